"""The commands of generating and auditing, with their options. A command imports its action when it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanwise.generator.cli.completion import schemas
from fanwise.generator.cli.options import (
    ChunkRows,
    Clean,
    Compression,
    Details,
    Engine,
    Force,
    Format,
    GatesOption,
    Json,
    Master,
    MaxRows,
    NoAudit,
    Out,
    Part,
    Quiet,
    Report,
    Resume,
    Rows,
    Scale,
    Schema,
    Seed,
    Shards,
    Threads,
    To,
    Workers,
)
from fanwise.generator.cli.screen import Screen
from fanwise.io.process import reduce_startup_cost

if TYPE_CHECKING:
    from fanwise.generator.cli.questions import Question


def _do(screen: Screen, action: Callable[[], int]) -> None:
    """Run `action` and exit with its code."""
    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def _asked(seed: int | None, scale: float, rows: Sequence[str] | None, gates: str | None) -> Question | None:
    """Return under what the forecast of a run is kept; asked before the generator is imported."""
    from fanwise.generator.cli.questions import Question

    return Question.of(seed, scale, rows, gates)


def run(
    context: typer.Context,
    schema: Schema,
    out: Out = None,
    file_format: Format = "parquet",
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    max_rows: MaxRows = None,
    threads: Threads = None,
    workers: Workers = None,
    chunk_rows: ChunkRows = None,
    gates: GatesOption = None,
    no_audit: NoAudit = False,
    force: Force = False,
    shard: Part = None,
    resume: Resume = False,
    compression: Compression = None,
    to: To = None,
    engine: Engine = "local",
    master: Master = None,
    shards: Shards = None,
    clean: Clean = False,
    report: Report = None,
    details: Details = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Generate a dataset, audit the files and publish them."""
    screen = Screen(quiet=quiet, machine=json, details=details)

    def action() -> int:
        asked = _asked(seed, scale, rows, gates)
        from fanwise.generator.cli.actions import run_schema, shard_of, table_rows
        from fanwise.generator.cli.engines import spark_of
        from fanwise.generator.cli.gates import gates_of
        from fanwise.generator.run.options import RunOptions

        sizes = (seed, scale, table_rows(rows or []), max_rows)
        options = RunOptions(
            *(out, file_format, compression, *sizes),
            threads=threads,
            workers=workers,
            chunk_rows=chunk_rows,
            gates=gates_of(gates, no_audit=no_audit),
            force=force,
            shard=shard_of(shard),
            resume=resume,
            to=to,
            spark=spark_of(engine, master, shards, log=context.find_root().params.get("debug", False)),
            clean=clean,
        )
        return run_schema(screen, schema, options, report or (), asked)

    _do(screen, action)


def merge(
    shards: Annotated[list[Path], typer.Argument(metavar="DIR…", help="The folders of all shards of one run.")],
    out: Out = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="SCHEMA",
            help="Audit against this schema, not the shards' copy.",
            autocompletion=schemas,
        ),
    ] = None,
    to: To = None,
    threads: Threads = None,
    gates: GatesOption = None,
    no_audit: NoAudit = False,
    force: Force = False,
    report: Report = None,
    details: Details = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Join the shards of a run, audit the result and publish it."""
    screen = Screen(quiet=quiet, machine=json, details=details)

    def action() -> int:
        from fanwise.generator.cli.actions import merge_shards
        from fanwise.generator.cli.gates import gates_of
        from fanwise.generator.run.merge import MergeOptions

        by = gates_of(gates, no_audit=no_audit)
        return merge_shards(screen, shards, MergeOptions(out, to, schema, threads, by, force), report or ())

    _do(screen, action)


def plan(
    schema: Schema,
    file_format: Format = "parquet",
    compression: Compression = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    json: Json = False,
) -> None:
    """Show tables, expected rows and bytes, effects and power."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.actions import plan_schema, table_rows

        given = table_rows(rows or [])
        return plan_schema(screen, schema, file_format, compression, seed=seed, scale=scale, rows=given)

    _do(screen, action)


def preview(
    schema: Schema,
    table: Annotated[str | None, typer.Option("--table", metavar="T", help="Show only this table.")] = None,
    count: Annotated[int, typer.Option("-n", metavar="N", min=1, max=1000, help="Rows per table.")] = 5,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    json: Json = False,
) -> None:
    """Show the first rows of each table without writing files."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.actions import preview_schema, table_rows

        return preview_schema(screen, schema, table, count, seed=seed, scale=scale, rows=table_rows(rows or []))

    _do(screen, action)


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A schema file, or the name of a ready dataset.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    by: Annotated[str | None, typer.Option("--by", metavar="AXIS", help="Rows and means by segment, too.")] = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    json: Json = False,
) -> None:
    """Compare the data of two schemas on the same draws."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.actions import diff_schemas, table_rows

        return diff_schemas(screen, a, b, by, seed=seed, scale=scale, rows=table_rows(rows or []))

    _do(screen, action)


def doctor(json: Json = False) -> None:
    """Show what is installed, and what is missing for which feature."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.doctor import examine

        return examine(screen)

    _do(screen, action)


def explain(
    schema: Schema,
    cell: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="For example order.gross_amount.")],
    row: Annotated[int, typer.Option("--row", metavar="N", min=0, help="Row number in the table, counted from 0.")],
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    json: Json = False,
) -> None:
    """Explain one value: parents, segment, parameters, draw."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.actions import explain_cell, table_rows

        return explain_cell(screen, schema, cell, row, seed=seed, scale=scale, rows=table_rows(rows or []))

    _do(screen, action)


def audit(
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="A folder or file, a DuckDB or SQLite file, or a URL."),
    ],
    schema: Annotated[
        str | None,
        typer.Option("--schema", metavar="SCHEMA", help="Audit against this schema.", autocompletion=schemas),
    ] = None,
    contract: Annotated[
        Path | None, typer.Option("--contract", metavar="FILE", help="Audit against this contract.")
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", metavar="REAL", help="Audit against what this reference data shows.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="TABLE.COLUMN", help="With --like: the column of the segments.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="With --like: keep the contract in this new file.")
    ] = None,
    report: Report = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Show what is worse than in this older report (.json)."),
    ] = None,
    gates: GatesOption = None,
    details: Details = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Audit data against a schema, a contract or reference data."""
    screen = Screen(quiet=quiet, machine=json, details=details)

    def action() -> int:
        from fanwise.generator.cli.audits import Promised, audit_data
        from fanwise.generator.cli.gates import gates_of

        wanted, promised = gates_of(gates), Promised(schema, contract, like, by, save)
        return audit_data(screen, data, promised, baseline=baseline, reports=report or [], gates=wanted)

    _do(screen, action)


def schema(
    dataset: Annotated[str | None, typer.Argument(metavar="[SCHEMA]", help="Include the names of this file.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file, for editors.")
    ] = None,
) -> None:
    """Print the JSON Schema of the language for editors."""
    screen = Screen()

    def action() -> int:
        from fanwise.generator.cli.editors import give_json_schema

        return give_json_schema(screen, dataset, out)

    _do(screen, action)
