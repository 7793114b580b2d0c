"""Intervals of instants: ends in the wrong order, and ends that rows below one parent must share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.spec import End, Path
from fanwise.io.problems import Place

__all__ = ["check_interval", "is_shared"]


def check_interval(outline: Outline, complaints: Complaints, params: Mapping[str, Any], place: Place) -> None:
    """Report what is wrong with the ends of the interval in the parameters of a kind, if they have one."""
    ends = [params.get("start"), params.get("end")]
    start, end = (found.instant if isinstance(found, End) else None for found in ends)
    if start is not None and end is not None and start > end:
        complaints.add("FW-SCHEMA-ORDER", (*place, "between", 1), "the interval ends before it starts")
    if params.get("order") is None:
        return
    for at, found in enumerate(ends):
        path = found.path if isinstance(found, End) else None
        if path is not None and not is_shared(outline, path):
            why = f"'{path.text}' may differ between the rows below one parent, and sorted draws need one interval"
            hint = "write an instant, or a column of the parent"
            complaints.add("FW-SCHEMA-SIBLINGS", (*place, "between", at), why, hint)


def is_shared(outline: Outline, path: Path) -> bool:
    """Return whether a path leads to the same value from all rows below one parent."""
    if path.steps:
        return path.steps[0].column is None
    return outline.tables[path.table].columns[path.column].edge == "parent"
