"""The first rows of each table, as a run would make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanwise.generator.cli.render import table
from fanwise.generator.engine.local import generate
from fanwise.generator.plan import Plan

_CHUNK_ROWS = 1_000
_CHUNKS = 200  # a table that is still empty then is shown empty: it is rare, and a preview is quick


def first_rows(plan: Plan, count: int, tables: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the first `count` rows of each of `tables`; fewer where the data, or the patience of a preview, end."""
    found = {name: plan.schema.tables[name].written.to_frame() for name in tables}
    for number, frames in enumerate(generate(plan, threads=1, chunk_rows=_CHUNK_ROWS)):
        for name in tables:
            if name in frames and found[name].height < count:
                found[name] = pl.concat([found[name], frames[name].head(count - found[name].height)])
        if number >= _CHUNKS or all(frame.height >= count for frame in found.values()):
            break
    return found


def sample_text(plan: Plan, frames: Mapping[str, pl.DataFrame]) -> str:
    """Return the rows as tables for a reader."""
    return "\n".join(_section(plan, name, frame) for name, frame in frames.items())


def _section(plan: Plan, name: str, frame: pl.DataFrame) -> str:
    numeric = frozenset(place for place, dtype in enumerate(frame.dtypes) if dtype.is_numeric())
    rows = [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]
    head = f"{name} ({frame.height:,} of about {plan.expected_rows[name]:,.0f} rows)"
    return f"{head}\n\n{table(frame.columns, rows, right=numeric)}"


def sample_document(frames: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the rows as JSON values: table -> list of rows."""
    return {name: frame.to_dicts() for name, frame in frames.items()}
