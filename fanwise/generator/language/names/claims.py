"""Claims: row conditions under `checks`, and `audit.expect`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.axes import read_rank
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.spec import AuditSpec, Check, Expect, Path
from fanwise.io.problems import Place

__all__ = ["bind_audit", "bind_check"]

AGGREGATES: tuple[Literal["count", "sum", "mean", "share"], ...] = ("count", "sum", "mean", "share")


def bind_check(binder: Binder, text: str, place: Place) -> Check:
    """Return a row condition and the one table from which all tables that it names are reached (raises Fault)."""
    outline = binder.outline
    names = binder.compiled(text, place).names
    if outline.cycle:
        raise Skip
    if not names:
        raise Fault("FW-SCHEMA-CHECK", place, "a check needs at least one column", "write table.column")
    mentioned = [_tables_of(outline, name, place) for name in names]
    for table in dict.fromkeys(table for tables in mentioned for table in tables):
        if all(not outline.reachable[table].isdisjoint(tables) for tables in mentioned):
            expression = replace(binder, scope=Scope(outline, table)).expression(text, place)
            _check_written(outline, expression.names.values(), place)
            return Check(table, expression, place)
    named = list(dict.fromkeys(tables[0] for tables in mentioned))
    if outline.is_torn(*named):
        raise Skip
    why = f"no table reaches all of {', '.join(named)}"
    raise Fault("FW-SCHEMA-CHECK", place, why)


def _tables_of(outline: Outline, name: str, place: Place) -> list[str]:
    """Return the tables that a name of a check may start at; several for a foreign key column that several have."""
    first, dot, _ = name.partition(".")
    if dot and first in outline.tables:
        return [first]
    holders = [t for t, found in outline.tables.items() if first in found.columns]
    if dot:
        owners = [t for t in holders if outline.tables[t].columns[first].edge]
        if owners:
            return owners
    elif name in outline.axes:
        if outline.axes[name].table not in outline.tables:
            raise Skip
        return [outline.axes[name].table]
    elif len(holders) == 1:
        return holders
    elif holders:
        ways = ", ".join(f"{holder}.{name}" for holder in holders[:4])
        raise Fault("FW-SCHEMA-AMBIGUOUS-NAME", place, f"'{name}' is a column of several tables", f"write {ways}")
    if outline.has_refused_names:
        raise Skip
    columns = {f"{t}.{c}" for t, found in outline.tables.items() for c in found.columns}
    hint = nearest(name, columns) if dot else nearest(name, {c.partition(".")[2] for c in columns})
    raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, f"'{name}' is neither a column nor an axis of any table", hint)


def _check_written(outline: Outline, paths: Any, place: Place) -> None:
    for path in paths:
        here, used = path.table, []
        for step in path.steps:
            used += [(here, step.column)] if step.column else []
            here = step.table
        for table in {path.table, path.target, *(step.table for step in path.steps)}:
            if outline.tables[table].raw.get("hidden") is True:
                why = f"the table {table} is hidden, and the audit reads the files"
                raise Fault("FW-SCHEMA-HIDDEN", place, why, f"delete hidden: of {table}")
        for table, column in [*used, (path.target, path.column)]:
            if outline.tables[table].columns[column].raw.get("hidden") is True:
                why = f"{table}.{column} is hidden, and the audit reads the files"
                raise Fault("FW-SCHEMA-HIDDEN", place, why, f"delete hidden: of {table}.{column}")


def bind_audit(binder: Binder, raw: Mapping[str, Any]) -> AuditSpec:
    """Return the expectations and thresholds; every problem of them is reported."""
    audit = raw.get("audit")
    if not isinstance(audit, dict):
        return AuditSpec()
    found: list[Expect] = []
    for name, entry in (audit.get("expect") or {}).items():
        with binder.complaints.catch():
            found.append(_expect(binder, name, entry, ("audit", "expect", name)))
    effects = audit.get("min_effect") or {}
    default = AuditSpec()
    return AuditSpec(
        tuple(found),
        float(effects.get("fanout", default.min_effect_fanout)),
        float(effects.get("value", default.min_effect_value)),
        float(audit.get("cov", default.cov)),
        frozenset(effects),
        audit.get("gates", default.gates),
        float(audit.get("equivalence", default.equivalence)),
    )


class _Subject(NamedTuple):
    aggregate: Literal["count", "sum", "mean", "share"]
    table: str
    column: str | None
    value: str | None


def _expect(binder: Binder, name: str, raw: Mapping[str, Any], place: Place) -> Expect:
    outline, complaints = binder.outline, binder.complaints
    subject = _subject(outline, raw, place)
    if "by" not in raw:
        raise Skip
    path = replace(binder, scope=Scope(outline, subject.table)).path(raw["by"], (*place, "by"))
    if path.axis is None and outline.tables[path.target].columns[path.column].axis is not None:
        raise Skip
    if path.axis is None:
        why = f"{path.target}.{path.column} is not a segment axis"
        raise Fault("FW-SCHEMA-UNKNOWN-AXIS", (*place, "by"), why, nearest(raw["by"], outline.axes))
    columns = [] if subject.column is None else [Path(subject.column, subject.table, (), subject.table, subject.column)]
    _check_written(outline, [path, *columns], place)
    segments = outline.axes[path.axis].segments
    rank: tuple[str, ...] = ()
    with complaints.catch():
        rank = read_rank(raw["rank"], segments, (*place, "rank")) if "rank" in raw else ()
    ratios = tuple(_ratios(complaints, raw, segments, place))
    if not {"rank", "ratio", "ratios"} & raw.keys():
        raise Fault(
            "FW-SCHEMA-EXPECTATION", place, "has neither rank nor ratio", f"add rank: {' > '.join(segments)} or ratio:"
        )
    per = _per(raw, subject, path, place)
    return Expect(name, *subject, per, path.axis, path, rank, ratios)


def _subject(outline: Outline, raw: Mapping[str, Any], place: Place) -> _Subject:
    found = [aggregate for aggregate in AGGREGATES if aggregate in raw]
    if len(found) != 1:
        why = f"has {' and '.join(found)}" if found else "has no aggregate"
        raise Fault(
            "FW-SCHEMA-EXPECTATION",
            place,
            f"an expectation has exactly one of {', '.join(AGGREGATES)}; this one {why}",
            "keep one",
        )
    aggregate, text = found[0], str(raw[found[0]])
    here = (*place, aggregate)
    if aggregate == "count":
        if text not in outline.tables:
            raise outline.unknown_table(here, text)
        return _Subject(aggregate, text, None, None)
    left, equals, value = (part.strip() for part in text.partition("="))
    if (aggregate == "share") != bool(equals):
        form = "table.column = value" if aggregate == "share" else "table.column"
        raise Fault("FW-SCHEMA-EXPECTATION", here, f"is not {form}", f"write {aggregate}: {form}")
    table, _, column = left.partition(".")
    if table not in outline.tables:
        raise outline.unknown_table(here, table)
    if column not in outline.tables[table].columns:
        hint = nearest(column, outline.tables[table].columns)
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", here, f"{table} has no column '{column}'", hint)
    sort = outline.yields(table, column)
    if aggregate != "share":
        if sort not in {"integer", "number", "any"}:
            why = f"{table}.{column} holds {sort}; only numbers have a {aggregate}"
            raise Fault("FW-SCHEMA-COLUMN-TYPE", here, why)
        return _Subject(aggregate, table, column, None)
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    labels = outline.labels(table, column)
    if labels is not None and value not in labels:
        raise Fault("FW-SCHEMA-UNKNOWN-LABEL", here, f"'{value}' is not a value of {left}", nearest(value, labels))
    return _Subject(aggregate, table, column, value)


def _per(raw: Mapping[str, Any], subject: _Subject, path: Path, place: Place) -> str | None:
    per = raw.get("per")
    if subject.aggregate in {"mean", "share"}:
        if per is not None:
            why = f"'per' is only for count and sum, not for {subject.aggregate}"
            raise Fault("FW-SCHEMA-EXPECTATION", (*place, "per"), why, "delete it")
        return None
    way = tuple(dict.fromkeys(step.table for step in path.steps))
    if not way:
        why = f"rows of {subject.table} cannot be counted per row of {subject.table}"
        raise Fault("FW-SCHEMA-EXPECTATION", place, why, "count or sum a table below it, or use mean")
    if per is not None and per not in way:
        why = f"'{per}' is not on the way from {subject.table} to the axis '{path.axis}' of {path.target}"
        raise Fault("FW-SCHEMA-EXPECTATION", (*place, "per"), why, nearest(per, way))
    return per or path.target


def _ratios(
    complaints: Complaints, raw: Mapping[str, Any], segments: tuple[str, ...], place: Place
) -> Iterator[tuple[str, str, float, float]]:
    if not segments:
        return
    for key, band in (raw.get("ratio") or {}).items():
        here = (*place, "ratio", key)
        with complaints.catch():
            cuts = [at for at, character in enumerate(key) if character == "/"]
            pairs = [(key[:at].strip(), key[at + 1 :].strip()) for at in cuts]
            known = [pair for pair in pairs if set(pair) <= set(segments)]
            if len(known) != 1:
                why = "is not A/B with two segments of this axis" if not known else "can be read in several ways"
                unknown = [part for pair in pairs[:1] for part in pair if part not in segments]
                hint = (
                    nearest(unknown[0], segments)
                    if len(pairs) == 1 and unknown
                    else "use ratios: [{of: A, to: B, between: …}]"
                )
                raise Fault("FW-SCHEMA-UNKNOWN-LABEL", here, why, hint, on_key=True)
            yield _band(*known[0], band, here)
    for at, entry in enumerate(raw.get("ratios") or ()):
        here = (*place, "ratios", at)
        with complaints.catch():
            for side in ("of", "to"):
                if entry[side] not in segments:
                    raise Fault(
                        "FW-SCHEMA-UNKNOWN-LABEL",
                        (*here, side),
                        f"'{entry[side]}' is not a segment of this axis",
                        nearest(entry[side], segments),
                    )
            yield _band(entry["of"], entry["to"], entry["between"], (*here, "between"))


def _band(of: str, to: str, band: list[float], place: Place) -> tuple[str, str, float, float]:
    low, high = float(band[0]), float(band[1])
    if of == to:
        raise Fault("FW-SCHEMA-EXPECTATION", place, f"the ratio of '{of}' to itself is 1", "name two segments")
    if low >= high:
        raise Fault("FW-SCHEMA-ORDER", place, "the band is empty: its low end is not below its high end")
    return of, to, low, high
