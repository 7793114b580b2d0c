"""`gen contract`: what a schema promises of its data, as a contract of Fanwise or of another tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanwise.generator.cli.completion import words
from fanwise.generator.cli.options import Rows, Scale, Seed
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import UsageError, nearest
from fanwise.io.process import reduce_startup_cost

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.validator.exports.base import Words

__all__ = ["contract"]

_SOURCES = ("schema", "contract", "odcs")


def contract(
    source: Annotated[str, typer.Argument(metavar="SCHEMA", help="A schema, or with --from another document.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="F",
            help="contract (default), odcs, pandera, pointblank or gx.",
            autocompletion=words("contract", "odcs", "pandera", "pointblank", "gx"),
        ),
    ] = "contract",
    read: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="F",
            help="What SCHEMA is: schema (default), contract or odcs.",
            autocompletion=words("schema", "contract", "odcs"),
        ),
    ] = "schema",
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this new file.")] = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
) -> None:
    """Write what a schema promises as a contract, for other tools."""
    screen = Screen()

    def action() -> int:
        from fanwise.generator.cli.actions import table_rows
        from fanwise.generator.cli.reports import written

        given = table_rows(rows or [])
        if read != "schema" and (seed is not None or scale != 1.0 or given):
            why = "--seed, --scale and --rows are for schemas"
            raise UsageError("FW-USAGE-CONFLICT", why, "leave them out, or leave out --from")
        promised, words = _read(source, read, seed=seed, scale=scale, rows=given)
        text, left_out = _rendered(to, promised, words)
        if out is None:
            screen.result(text)
        else:
            written(out, text, replace=False)
            screen.note("\n".join((f"Wrote {out}", *left_out)))
        return 0

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def _read(
    source: str, kind: str, *, seed: int | None, scale: float, rows: dict[str, int]
) -> tuple[validator.Contract, Words]:
    """Return the contract that a document states, and what its tables and columns mean."""
    from fanwise import validator

    if kind not in _SOURCES:
        raise UsageError("FW-USAGE-NAME", f"--from {kind}: unknown kind of document", nearest(kind, _SOURCES))
    if kind == "contract":
        return validator.load_contract(source), {}
    if kind == "odcs":
        from fanwise.validator.exports.odcs_reading import read_odcs

        return read_odcs(Path(source)), {}
    from fanwise.generator.audit.contract import compile_contract
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan

    plan = compile_plan(load(source), seed=seed, scale=scale, rows=rows)
    return compile_contract(plan), {
        name: {"": words.table, **words.columns} for name, words in plan.schema.words.items()
    }


def _rendered(to: str, promised: validator.Contract, words: Words) -> tuple[str, tuple[str, ...]]:
    """Return the contract in a format, and what nothing in it judges."""
    from fanwise.validator.exports import contract_formats

    formats = contract_formats()
    if to == "contract":
        import yaml

        from fanwise import validator

        return yaml.safe_dump(validator.to_dict(promised), sort_keys=False, allow_unicode=True), ()
    if to not in formats:
        raise UsageError("FW-USAGE-NAME", f"--to {to}: unknown format", nearest(to, ["contract", *formats]))
    return formats[to].render(promised, words), formats[to].left_out(promised)
