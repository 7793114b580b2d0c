"""`gen check` and its options. The command imports its action when it runs."""

from __future__ import annotations

import typer

from fanwise.generator.cli.options import Json, Port, Quiet, Rows, Scale, Schema, Seed, Serve, Watch
from fanwise.generator.cli.screen import Screen
from fanwise.io.process import reduce_startup_cost

__all__ = ["check"]


def check(
    schema: Schema,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    watch: Watch = False,
    serve: Serve = False,
    port: Port = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Report all errors in a schema and forecast the audit."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.answers import known_answer, tell_answer
        from fanwise.generator.cli.questions import Question

        if watch or serve or port is not None:
            from fanwise.generator.cli.studio.command import watch_schema

            others = {"--seed": seed, "--scale": scale != 1.0, "--rows": rows, "--json": json}
            return watch_schema(screen, schema, port, serve=serve, others=others)
        asked = Question.of(seed, scale, rows)
        if asked is not None and (answer := known_answer(asked, schema)) is not None:
            return tell_answer(screen, answer)
        from fanwise.generator.cli.actions import check_schema, table_rows

        return check_schema(screen, schema, seed=seed, scale=scale, rows=table_rows(rows or []), asked=asked)

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))
