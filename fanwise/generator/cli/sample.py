"""The first rows of each table, as a run would make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanwise.generator.engine.local import generate
from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.plan import Plan
from fanwise.text.terminal import Style, table

_CELL = 36  # characters of a value that are shown
_CHUNK_ROWS = 1_000
_CHUNKS = 200  # a table that is still empty then is shown empty: it is rare, and a preview is quick


def first_rows(plan: Plan, count: int, tables: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the first `count` rows of each of `tables`; fewer where the data, or the patience of a preview, end."""
    found = {name: plan.schema.tables[name].written.to_frame() for name in tables if name in plan.schema.tables}
    for number, frames in enumerate(generate(plan, threads=1, chunk_rows=_CHUNK_ROWS)):
        for name in found:
            if name in frames and found[name].height < count:
                found[name] = pl.concat([found[name], frames[name].head(count - found[name].height)])
        if number >= _CHUNKS or all(frame.height >= count for frame in found.values()):
            break
    return found


def sample_text(plan: Plan, frames: Mapping[str, pl.DataFrame], style: Style) -> str:
    """Return the rows as tables for a reader."""
    return "\n\n".join(_section(plan, name, frame, style) for name, frame in frames.items()) + "\n"


def _section(plan: Plan, name: str, frame: pl.DataFrame, style: Style) -> str:
    words = [place for place, dtype in enumerate(frame.dtypes) if not dtype.is_numeric()]
    shown = json_texts(frame)
    columns = [_cells(shown[column], place in words) for place, column in enumerate(frame.columns)]
    head = f"{name} ({frame.height:,} of about {plan.expected_rows[name]:,.0f} rows)"
    lines = table(frame.columns, list(zip(*columns, strict=True)), style, left=words)
    return "\n".join([style.heading(head), "", *lines])


def _cells(column: pl.Series, words: bool) -> list[str]:
    """Return the values of a column as text: long words shortened, numbers aligned at the decimal point."""
    texts = ["" if value is None else str(value) for value in column]
    if words:
        return [text if len(text) <= _CELL else f"{text[: _CELL - 1]}…" for text in texts]
    deep = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [text + " " * (deep - len(text.partition(".")[2]) + (deep > 0 and "." not in text)) for text in texts]


def sample_document(frames: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the rows as JSON values: table -> list of rows."""
    return {name: frame.to_dicts() for name, frame in frames.items()}
