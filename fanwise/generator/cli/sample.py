"""The first rows of each table, as a run would make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.plan import Plan
from fanwise.text.terminal import Style, table

_CELL = 36  # characters of a value that are shown
_CHUNK_ROWS = 1_000
_TREE_ROWS = 5_000_000  # of one table below one row of a root: a second's work, and some hundred megabytes
_CHUNKS = 200  # a table that is still empty then is shown empty: it is rare, and a preview is quick


def first_rows(plan: Plan, count: int, tables: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the first `count` rows of each of `tables`; fewer where the data, or the patience of a preview, end.

    Raises PlanError where one row of a root has so many below it, which are made with it, that they fill the memory.
    """
    _refuse_large_trees(plan)
    found = {name: plan.schema.tables[name].written.to_frame() for name in tables if name in plan.schema.tables}
    for number, frames in enumerate(generate(plan, threads=1, chunk_rows=_CHUNK_ROWS)):
        for name in found:
            if name in frames and found[name].height < count:
                found[name] = pl.concat([found[name], frames[name].head(count - found[name].height)])
        if number >= _CHUNKS or all(frame.height >= count for frame in found.values()):
            break
    return found


def _refuse_large_trees(plan: Plan) -> None:
    for name, expected in plan.expected_rows.items():
        root = plan.dataset.tables[name]
        while root.parent is not None:
            root = plan.dataset.tables[root.parent]
        below = expected / max(plan.expected_rows[root.name], 1)
        if below > _TREE_ROWS:
            why = f"one row of {root.name} has about {below:,.0f} rows of {name} below it, all of them made with it"
            hint = "lower the fanouts for the preview"
            raise PlanError(plan.dataset.problem("FW-PLAN-MAX-ROWS", plan.dataset.tables[name].place, why, hint))


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
