"""`gen init`: a schema to start from: a ready one, or one out of a source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fanwise.generator.cli.options import Threads
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError, UsageError
from fanwise.io.process import reduce_startup_cost

__all__ = ["init"]


def init(
    template: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="A ready dataset. Default: a small shop.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="SOURCE", help="Infer it from a folder, a database, DDL or a dbt manifest."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="TABLE.COLUMN", help="With --from: the column of the segments.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="FILE", help="With --from: segments by a model of `gen discover`.")
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option("--min-count", metavar="N", min=1, help="With --from: no value of fewer units (default 20)."),
    ] = None,
    no_values: Annotated[bool, typer.Option("--no-values", help="With --from: structure only.")] = False,
    dialect: Annotated[
        str | None, typer.Option("--dialect", metavar="D", help="With --from FILE.sql: of the DDL, such as mysql.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this new file instead of the terminal.")
    ] = None,
    threads: Threads = None,
) -> None:
    """Print a commented schema to start from."""
    screen = Screen()

    def action() -> int:
        if source is None:
            from fanwise.generator.cli.actions import print_template

            _refuse_without_source(by, model, min_count, dialect, no_values=no_values)
            return print_template(screen, template, out)
        options = {"by": by, "model": model, "values": not no_values, "dialect": dialect, "threads": threads}
        return _print_inferred(screen, source, template, out, {**options, "min_count": min_count or 20})

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def _refuse_without_source(
    by: str | None, model: str | None, min_count: int | None, dialect: str | None, *, no_values: bool
) -> None:
    """Raise UsageError for an option that needs --from."""
    given = {"--by": by, "--model": model, "--min-count": min_count, "--dialect": dialect, "--no-values": no_values}
    for option, value in given.items():
        if value:
            raise UsageError("FW-USAGE-CONFLICT", f"{option} needs --from", "add --from SOURCE")


def _print_inferred(
    screen: Screen, source: str, template: str | None, out: Path | None, options: Mapping[str, Any]
) -> int:
    """Print the schema of a source, or write it to a file that is not there yet."""
    from fanwise.generator.api.infer import infer
    from fanwise.generator.cli.reports import written

    if template is not None:
        raise UsageError("FW-USAGE-CONFLICT", "a template and --from cannot be combined", "give one of them")
    if out is not None and out.exists():
        raise OutputError("FW-OUTPUT-EXISTS", "exists and is not replaced", "choose another name", str(out))
    text = infer(source, **options, tell=screen.note)
    if out is None:
        screen.result(text.rstrip("\n"))
    else:
        written(out, text, replace=False)
        screen.note(f"Wrote {out}; try: gen check {out}")
    return 0
