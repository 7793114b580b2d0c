"""A contract out of reference data: keys, references, types, nulls, and every effect of the segments that they show.

The ratio of an effect is claimed with a tolerance of the widest 99.9 % interval of the reference, and within its own
interval. That is √2 times the 99.9 % one, so that other data of the same size and the same effects lie inside with a
probability of 0.999. Where the reference is too small for a ratio, only the direction is claimed. No order is
claimed of two segments that are close in the reference, as other data of its size need not show it: only the interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fanwise.inference.findings import Findings, find_categories, find_effects
from fanwise.inference.laws.effects import Effect, shown_effects
from fanwise.inference.model import Column, Reference, Source, Table
from fanwise.inference.options import Options
from fanwise.inference.sources.names import odd_names
from fanwise.inference.sources.opening import opened
from fanwise.inference.structure.axis import as_named, choose_axis, whole_axis
from fanwise.inference.structure.discovered import add_segments, assigned, located
from fanwise.inference.structure.keys import find_keys, keep_keys
from fanwise.inference.structure.paths import make_views, way_to
from fanwise.inference.structure.promotion import actor_of, promote
from fanwise.inference.structure.references import choose_parents, find_references
from fanwise.inference.yaml_text import name_of
from fanwise.io.errors import InputError
from fanwise.validator.contract import model as contract
from fanwise.validator.data.types import contract_type

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["contract_like"]

_ERRORS = 4.65
_CLEAR = 7.5  # standard errors: data of the same size show the order again with a probability of 0.999
_LEAST_UNITS = 20
_NOT_BY = "not compared (--by TABLE.COLUMN compares them)"
_LEAVE = "leave out --by to judge keys, references, types and nulls only"
_LEAST, _WIDEST = 0.01, 0.15
_ALPHA = 3.29
_TYPES = {
    "TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32", "BIGINT": "int64", "DOUBLE": "float64",
    "FLOAT": "float64", "BOOLEAN": "bool", "DATE": "date", "TIMESTAMP": "timestamp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an effect is: its table, and the way from there to the axis."""

    effect: Effect
    table: str
    column: str
    value: str | None
    path: contract.Path
    per: str | None


def contract_like(
    real: Location,
    by: str | None = None,
    *,
    model: str | None = None,
    merged: bool = False,
    threads: int | None = None,
    judged: Location | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> contract.Contract:
    """Return what reference data promise; raises SourceError and InputError for what cannot be used.

    by: TABLE.COLUMN of the segments; without it, only the integrity of the data is promised. model: a file of `gen
    discover`, which gives the segments instead: a column that the data have which are judged. merged: rare segments
    are one, and keys that only happen to be unique are none, as in an inferred schema. judged: the data which
    are judged; names that both have stay as they are. tell: called with the tables
    that the database does not show to this user.
    """
    segments = assigned(model, located(real)) if model is not None else None
    kept = odd_names(judged) if judged is not None else frozenset[str]()
    with opened(real, whole=True, kept=kept, threads=threads) as found:
        by = as_named(found.source, by) if by else by
        for note in found.source.lost:
            tell(note)
        find_keys(found)
        find_references(found)
        if segments is not None or merged:
            promote(found)
        by = add_segments(found, segments) if segments is not None else by
        choose_parents(found, by.rpartition(".")[0] if by else None)
        clusters = _clusters(found.source)
        if by:
            found.source.axis = choose_axis(found, by, _LEAST_UNITS) if merged else whole_axis(found, by)
        _leave_out(found.source)
        if merged:
            keep_keys(found.source.tables, declared=True)
        make_views(found, clusters)
        findings = Findings(found, Options(by, 1), {}, {}, find_categories(found, 1), None)
        made = _contract(findings, clusters, merged=merged)
        if by and not made.expectations and not (merged and list(found.source.children(by.rpartition(".")[0]))):
            raise _nothing_compared(findings, by)
        return made


def _nothing_compared(findings: Findings, by: str) -> InputError:
    """Return why no effect of the axis is there to compare: an audit without one would pass whatever is lost."""
    source = findings.found.source
    home = source.axis.table if source.axis is not None else by.rpartition(".")[0]
    none = f"--by {by}: no effect was compared"
    if list(source.children(home)):
        why = f"{none}: the reference data show none that chance does not explain"
        return InputError("FW-USAGE-VALUE", why, f"give more rows, or {_LEAVE}")
    notes = [f"{table.name}.{each.name} is {each.note}" for table in source.tables.values() for each in _lost(table)]
    why = "; ".join([f"{none}: no table below {home}, and its own columns do not differ", *notes])
    hint = f"declare the link as a foreign key of a database, name it {home}_id and complete it, or {_LEAVE}"
    return InputError("FW-USAGE-VALUE", why, hint)


def _lost(table: Table) -> Iterator[Column]:
    yield from (each for each in table.columns.values() if each.note.startswith("not a reference"))


def _leave_out(source: Source) -> None:
    """Leave out tables that were made up, but that of the segments: other data do not have them."""
    axis = source.axis.table if source.axis is not None else None
    made = {table.name for table in source.tables.values() if table.hidden and table.name != axis}
    for table in source.tables.values():
        table.references = list(_without(source, table.references, table, made))
    source.tables = {name: table for name, table in source.tables.items() if name not in made}


def _without(source: Source, references: Sequence[Reference], table: Table, made: set[str]) -> Iterator[Reference]:
    """Yield the references of a table; one to a table that was made up is that to the rows above it."""
    for each in references:
        if each.target not in made:
            if set(each.columns) <= set(table.columns):
                yield replace(each)
        elif each.parent:
            yield from _without(source, source.tables[each.target].references, table, made)


def _clusters(source: Source) -> dict[str, str]:
    """Return the column of a flat table whose values are the units: rows of one customer are not independent."""
    lone = (table for table in source.tables.values() if not table.references and not list(source.children(table.name)))
    return {table.name: actor.name for table in lone if (actor := actor_of(table)) is not None}


def _contract(findings: Findings, clusters: dict[str, str], *, merged: bool) -> contract.Contract:
    source, effects, expected = findings.found.source, {}, {}
    axis = source.axis
    axes, tolerance = {}, 0.005
    if axis is not None:
        total = sum(axis.units.values())
        share = {name: units / total for name, units in axis.units.items()}
        axes[axis.name] = contract.Axis(axis.table, axis.column, share, assign="unknown")
        taken: set[str] = set()
        for place in _places(findings):
            tolerance = max(tolerance, _width(place.effect) if _width(place.effect) <= _WIDEST else 0.0)
            name = name_of("_".join(filter(None, (place.table, place.column, place.value))) + _of(place), taken)
            declared = place.effect.levels(_CLEAR)
            if len(set(declared.values())) > 1:
                effects[name] = _effect(place, declared, axis.name, clusters.get(axis.table))
            expected[name] = _expectation(place, axis.name, clusters.get(axis.table))
    tables = {name: _table(table, source, merged=merged) for name, table in source.tables.items()}
    name = name_of(source.shown.rstrip("/").rpartition("/")[2].partition(".")[0] or "reference", set())
    return contract.Contract(
        name,
        tables,
        axes,
        effects,
        expected,
        thresholds=contract.Thresholds(ratio_tolerance=float(f"{tolerance:.4g}")),
        origin={"reference": name}
        | ({} if expected else {"segments": "not compared, as no effect is shown" if axis else _NOT_BY}),
    )


def _of(place: _Place) -> str:
    return f"_per_{place.per}" if place.per else ""


def _places(findings: Findings) -> Iterator[_Place]:
    """Yield the effects that chance does not explain."""
    source = findings.found.source
    assert source.axis is not None
    effects = dict(find_effects(findings))
    shown = shown_effects(effects.values())
    for (table, thing), effect in effects.items():
        if effect.name not in shown:
            continue
        column, _, value = thing.partition(" = ")
        edge = source.tables[table].parent if not thing else source.tables[table].reference_of(column)
        if edge is not None:
            above = way_to(source, edge.target, source.axis.table)
            if above is not None:
                path = (edge.columns, *(each.columns for each in above))
                yield _Place(effect, table, "", None, path, edge.target)
            continue
        way = way_to(source, table, source.axis.table)
        if way is not None:
            is_flag = source.tables[table].columns[column].sort == "bool"
            path = tuple(each.columns for each in way)
            yield _Place(effect, table, column, value or ("true" if is_flag else None), path, None)


def _effect(place: _Place, levels: dict[str, float], axis: str, cluster: str | None) -> contract.Effect:
    declared = {name: float(f"{ratio:.6g}") for name, ratio in levels.items()}
    close = all(
        abs(math.log(levels[name] / ratio)) <= _ALPHA * error for name, (ratio, error) in place.effect.ratios.items()
    )
    claim: contract.Claim = "ratio" if close and _width(place.effect) <= _WIDEST else "direction"
    if place.per:
        return contract.Effect("fanout", place.table, axis, place.path, declared, per=place.per, claim=claim)
    kind: Literal["value", "share"] = "value" if place.value is None else "share"
    return contract.Effect(
        kind, place.table, axis, place.path, declared, place.column, place.value, claim=claim, cluster=cluster
    )


def _width(effect: Effect) -> float:
    """Return the half-width of the widest 99.9 % interval of a ratio."""
    return max((_ALPHA * error for _, error in effect.ratios.values()), default=0.0)


def _expectation(place: _Place, axis: str, cluster: str | None) -> contract.Expectation:
    ratios = []
    for segment in place.effect.ratios:
        low, high = place.effect.interval(segment, _ERRORS)
        ratio = place.effect.ratios[segment][0]
        low, high = min(low, ratio * (1 - _LEAST)), max(high, ratio * (1 + _LEAST))
        ratios.append((segment, place.effect.base, float(f"{low:.4g}"), float(f"{high:.4g}")))
    if place.per:
        return contract.Expectation("count", place.table, axis, place.path, per=place.per, ratios=tuple(ratios))
    return contract.Expectation(
        "mean" if place.value is None else "share",
        place.table,
        axis,
        place.path,
        place.column,
        place.value,
        ratios=tuple(ratios),
        cluster=cluster,
    )


def _table(table: Table, source: Source, *, merged: bool) -> contract.Table:
    edges = tuple(
        contract.Edge(
            each.columns,
            each.target,
            each.keys,
            "parent" if each.parent else "ref",
            any(table.columns[name].count < (table.rows or 0) for name in each.columns),
            orphans=_orphans(each, table),
        )
        for each in table.references
    )
    needed = {*table.key, *(name for each in table.references for name in each.columns)}
    columns = {
        name: _column(column, table, merged=merged)
        for name, column in table.columns.items()
        if merged or name in needed or not column.source_type or contract_type(column.source_type)
    }
    return contract.Table(columns, table.key, edges)


def _orphans(each: Reference, table: Table) -> float:
    """Return the share of orphans that data like these have at most; the error is that of a count of Poisson."""
    rows = min((table.columns[name].count for name in each.columns), default=0)
    return float(f"{(each.orphans + _ERRORS * math.sqrt(each.orphans)) / rows:.4g}") if each.orphans else 0.0


def _column(column: Column, table: Table, *, merged: bool) -> contract.Column:
    """Return the promise of a column. Made data (merged) have text for types that a schema has no kind for."""
    if column.source_type and not merged:
        kind = contract_type(column.source_type) or "text"
        return contract.Column(kind, column.count < (table.rows or 0), column.unique)
    kind = column.type.lower() if column.type.startswith("DECIMAL") else _TYPES.get(column.type, "text")
    whole = column.sort == "int" and kind == "float64"
    return contract.Column("float64" if whole else kind, column.count < (table.rows or 0), column.unique)
