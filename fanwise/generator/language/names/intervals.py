"""Intervals of instants: ends in the wrong order, ends that rows below one parent must share, and no overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.outline import ColumnOutline, Outline
from fanwise.generator.language.problems import Complaints, Fault
from fanwise.generator.language.spec import Column, End, Path
from fanwise.io.problems import Place

__all__ = ["check_interval", "cut_overlaps", "is_shared"]


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


def cut_overlaps(
    outline: Outline, complaints: Complaints, table: str, columns: Mapping[str, Column]
) -> dict[str, Column]:
    """Return the columns; the end of an interval that must not overlap comes before the next interval begins."""
    out = dict(columns)
    for raw, place in _intervals(outline.tables[table].raw.get("intervals"), ("tables", table, "intervals")):
        if raw.get("overlap", True):
            continue
        with complaints.catch():
            _check_parted(outline, table, raw, place)
            begin, end = (str(raw[name]) for name in ("from", "to"))
            if end in out:
                made = out[end].generator
                params = MappingProxyType({**made.params, "before": Path(begin, table, (), table, begin)})
                out[end] = replace(out[end], generator=replace(made, params=params))
    return out


def _intervals(raw: Any, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    if isinstance(raw, list):
        for at, found in enumerate(raw):
            yield from _intervals(found, (*place, at))
    elif isinstance(raw, dict) and {"from", "to"} <= raw.keys():
        yield raw, place


def _check_parted(outline: Outline, table: str, raw: Mapping[str, Any], place: Place) -> None:
    """Raise Fault where the rows below one parent cannot have intervals without overlap."""
    found = outline.tables[table]
    if found.parent is None:
        why, hint = f"{table} is a root table, so its rows have no siblings", "give the table parent: and fanout:"
        raise Fault("FW-SCHEMA-NEEDS-PARENT", place, why, hint)
    for word in ("from", "to"):
        if raw[word] not in found.columns:
            why = f"{table} has no column '{raw[word]}'"
            raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", (*place, word), why, nearest(str(raw[word]), found.columns))
    begin, end = (found.columns[str(raw[word])] for word in ("from", "to"))
    if not _is_ordered(begin) or "when" in begin.raw:
        why = f"'{raw['from']}' is not in the order of the rows"
        raise Fault("FW-SCHEMA-SIBLINGS", (*place, "from"), why, "sort it: order: ascending, or chain: true")
    given = _parameters(end)
    if "lag" not in given or given.get("column") != raw["from"] or given.get("chain"):
        why = f"'{raw['to']}' does not follow '{raw['from']}' of its row"
        hint = f"write {raw['to']}: {{after: {{column: {raw['from']}, lag: {{exponential: {{mean: 3d}}}}}}}}"
        raise Fault("FW-SCHEMA-SIBLINGS", (*place, "to"), why, hint)
    sorts = [outline.yields(table, str(raw[word])) for word in ("from", "to")]
    if sorts == ["timestamp", "date"]:
        why = f"'{raw['to']}' is a date, which may be after the instant at which the next interval begins"
        raise Fault("FW-SCHEMA-SIBLINGS", (*place, "to"), why, "make both dates, or both timestamps")


def _parameters(column: ColumnOutline) -> Mapping[str, Any]:
    return column.parameter if isinstance(column.parameter, dict) else {}


def _is_ordered(column: ColumnOutline) -> bool:
    """Return whether the values of the rows below one parent ascend."""
    given = _parameters(column)
    return column.traits.get("ordered") is True or given.get("order") is not None or given.get("chain") is True
