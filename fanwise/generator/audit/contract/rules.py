"""Rules that every row of the files keeps, from the declarations of a plan.

| declared at | rule |
|---|---|
| `clamp`, a law with ends, an interval between two instants | `min` and `max` of the column |
| `choice`, `states`, `constant`, `sample` | `values` |
| `timestamp`, `date`, `after` with a column as an end | `holds`: the order of the instants |
| `person`, `place` | `holds`: what agrees with other columns of the row |
| `pattern` | `holds`: the fixed characters, at their places |
| `expr`, `rowsum`, a column that is read from the parent or along a reference | `equals` |
| `match`, `not` and `within` of a `ref` | `holds` |
| `match` of a `sample` | `among` |
| `rollup` | `rollup` |
| `{count: path}` | `equals` of the foreign key |
| `sequence` | `numbered` |
| what follows from rows below the same parent | see `siblings`, `arrivals` |
| a fanout | `min` and `max` of the foreign key |
| `distinct_in` | `distinct` |

What a reader of the files cannot compute, because a column is hidden or a function is not exact, is left out;
`not_recomputed` says so.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from fanwise.generator.audit.contract.arrivals import with_arrivals
from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.contract.domains import MOST_VALUES, as_written, iso, listed_values
from fanwise.generator.audit.contract.expressions import expression_of
from fanwise.generator.audit.contract.reading import Off, Reader, is_common
from fanwise.generator.audit.contract.referred import reference_rules
from fanwise.generator.audit.contract.rollups import rolled_up
from fanwise.generator.audit.contract.siblings import sibling_rules
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.instants import DAY, SECOND
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import End, Path, Step
from fanwise.generator.plan import Plan
from fanwise.generator.plan.nulls import Nulls
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import Among, Column, Distinct, Edge, Except, Numbered, Table
from fanwise.validator.contract.rules import column_problems

__all__ = ["ruled"]


def ruled(plan: Plan, tables: Mapping[str, Table]) -> tuple[dict[str, Table], dict[str, str]]:
    """Return the tables of a contract with their rules, and why columns are not recomputed, by `table.column`."""
    off: dict[str, str] = {}
    children = [name for name, table in tables.items() if table.parent is not None]
    orders = {name: Reader(plan, tables, name).order(name) for name in children}
    tables = {name: replace(table, order=orders.get(name)) for name, table in tables.items()}
    bounded = {name: tuple(map(_Rules(plan, tables, name, off).bounded, table.edges)) for name, table in tables.items()}
    tables = {name: replace(table, edges=bounded[name]) for name, table in tables.items()}
    out = {name: _Rules(plan, tables, name, off).table() for name in tables}
    return {name: with_arrivals(plan, out, name, off) for name in out}, off


@dataclass(frozen=True, slots=True)
class _Rules:
    """One table of a plan and of its contract, `off` to be filled."""

    plan: Plan
    tables: Mapping[str, Table]
    name: str
    off: dict[str, str]

    @property
    def reader(self) -> Reader:
        return Reader(self.plan, self.tables, self.name)

    def table(self) -> Table:
        table = self.tables[self.name]
        columns = {name: self._column(name, column) for name, column in table.columns.items()}
        edges = tuple(map(self._counted, table.edges))
        return replace(table, columns=columns, edges=edges, distinct=tuple(self._distinct()))

    def bounded(self, edge: Edge) -> Edge:
        """Return an edge with the fewest and the most rows along it."""
        fanout = self.plan.tables[self.name].fanout
        if edge.kind != "parent" or fanout is None:
            return edge
        low, high = fanout.generator.support
        most = high if fanout.spec.max is None else min(high, fanout.spec.max)
        undetermined = fanout.generator.may_be_null(Nulls(self.plan.tables))
        least = max(fanout.spec.min or 0, 0 if undetermined else low, 0)
        return replace(edge, min=math.ceil(least) or None, max=None if math.isinf(most) else math.floor(most))

    def _counted(self, edge: Edge) -> Edge:
        """Return an edge with the expression of the parent that gives the number of rows below it, if there is one."""
        fanout = self.plan.tables[self.name].fanout
        counted = None if edge.kind != "parent" or fanout is None else fanout.generator.counted
        if counted is None or fanout is None:
            return edge
        try:
            number = Reader(self.plan, self.tables, edge.table).readable(replace(counted, table=edge.table))
        except Off as why:
            self.off[f"{self.name} (fanout)"] = str(why)
            return edge
        least, most = fanout.spec.min, fanout.spec.max
        number = number if (least, most) == (None, None) else f"coalesce({number}, 0)"
        number = number if least is None else f"greatest({number}, {least})"
        return replace(edge, equals=number if most is None else f"least({number}, {most})")

    def _distinct(self) -> Iterator[Distinct]:
        schema = self.plan.schema.tables[self.name]
        for key in schema.foreign_keys:
            column = None if key.step.column is None else self.plan.tables[self.name].columns[key.step.column]
            ref = None if column is None else column.generator.reference
            if ref is None or ref.distinct_in is None or column is None or column.when is not None:
                continue
            steps: list[Step] = []
            table = self.name
            while table != ref.distinct_in:
                table = self.plan.tables[table].parent or ""
                steps.append(Step(table))
            route = self.plan.schema.route(self.name, tuple(steps))
            own = {*key.columns, *(route[0] if route and len(route) == 1 else ())}
            if route is not None and not (set(schema.key) <= own and schema.key):
                yield Distinct(key.columns, route)

    def _column(self, name: str, column: Column) -> Column:
        bound = self.plan.tables[self.name].columns[name]
        column = replace(column, source=source_of(self.plan.dataset, bound.spec.place))
        if type(bound) is not BoundColumn:
            return column  # pinned values need not be what the kind would draw
        if bound.spec.null and bound.when is None and not bound.generator.may_be_null(Nulls(self.plan.tables)):
            column = replace(column, nulls=bound.spec.null)
        for rules in (self._stated, self._drawn, self._computed, self._beside):
            try:
                if found := rules(bound, column):
                    column = self._known(name, replace(column, **found))
            except Off as why:
                self.off.setdefault(f"{self.name}.{name}", str(why))
        return self._varied(bound, column)

    def _varied(self, bound: BoundColumn, column: Column) -> Column:
        """Return a column of texts with how often they repeat; none of them is empty where none is drawn so."""
        kind, name = bound.generator, bound.spec.name
        if bound.dtype != pl.String() or bound.when is not None or bound.spec.clamp is not None or bound.spec.unique:
            return column
        if kind.distribution is None and kind.repeats is not None and column.type != "json":
            column = replace(column, repeats=float(f"{kind.repeats:.6g}"))
        fewest = (kind.lengths or (0, 0))[0]
        if (
            fewest
            and not column.values
            and not column.holds
            and column.type != "uuid"
            and not column.type.startswith("char(")
        ):
            own = self.reader.readable(Path(name, self.name, (), self.name, name))
            column = self._known(name, replace(column, holds=(f"{own} <> ''",)))
        return column

    def _known(self, name: str, made: Column) -> Column:
        """Return a column (raises Off where the validator cannot use its rules)."""
        table = self.tables[self.name]
        tables = {**self.tables, self.name: replace(table, columns={**table.columns, name: made})}
        for _, _, why, _ in column_problems(tables, {}, self.name, name):
            raise Off(why)
        return made

    def _stated(self, bound: BoundColumn, column: Column) -> dict[str, Any]:
        """Return the rules on a value and what it is declared to lie between."""
        kind, rules, values = bound.generator, dict[str, Any](), listed_values(bound)
        numeric = bound.dtype.is_numeric()
        if numeric and (values is None or len(values) > 1):
            rules |= self._bounds(bound)
        # A database may write a JSON text in another way.
        if values is not None and (numeric or bound.dtype == pl.String()) and column.type != "json":
            rules["values"] = values
        if kind.numbering is not None and bound.dtype.is_integer() and _plain(bound):
            rules["numbered"] = Numbered(kind.numbering.start, kind.numbering.step)
        if kind.interval is not None and bound.dtype in (TIMESTAMP, pl.Date()):
            rules |= self._instants(bound, *kind.interval)
        return rules

    def _drawn(self, bound: BoundColumn, column: Column) -> dict[str, Any]:
        """Return the rules on a value that goes with others of the row."""
        kind, rules = bound.generator, dict[str, Any]()
        if kind.reference is not None:
            holds, off = reference_rules(self.reader, kind.reference)
            rules = {"holds": tuple(holds), "without": self._without(bound)} if holds else {}
            self.off.update({f"{self.name}.{bound.spec.name}": off} if off else {})
        if conditions := tuple(self._conditions(kind.conditions)):
            rules = {"holds": conditions, "without": self._without(bound)}
        if kind.combinations is not None:
            rules = {"among": self._together(bound, *kind.combinations), "without": self._without(bound)}
        return rules

    def _together(self, bound: BoundColumn, paths: tuple[Path, ...], rows: tuple[tuple[str, ...], ...]) -> Among:
        """Return what a value and others are together (raises Off)."""
        if bound.spec.clamp is not None or len(rows) > MOST_VALUES:
            raise Off("it is clamped" if bound.spec.clamp is not None else f"it has more than {MOST_VALUES:,} values")
        names = [self.reader.readable(Path(bound.spec.name, self.name, (), self.name, bound.spec.name))]
        for path in paths:
            names.append(self.reader.readable(path))
            found = self.plan.schema.made[path.target].columns[path.column].dtype
            if not (found == pl.String() or found.is_integer()):
                raise Off(f"'{path.text}' is not text")
        if not bound.dtype.is_numeric():
            return Among(tuple(names), rows)
        return Among(tuple(names), tuple((repr(as_written(bound, float(first))), *rest) for first, *rest in rows))

    def _computed(self, bound: BoundColumn, column: Column) -> dict[str, Any]:
        """Return the rules on a value that follows from others of the row, or from the rows below."""
        kind, rules = bound.generator, dict[str, Any]()
        if kind.formula is not None and bound.spec.reference is None and not self._is_key(bound):
            rules = {"equals": expression_of(self.reader, bound, column, kind.formula), "without": self._without(bound)}
        if kind.aggregation is not None:
            rules = {"rollup": rolled_up(self.reader, bound, kind.aggregation), "without": self._without(bound)}
        return self._nulls_from_one_place(bound, column, rules)

    def _beside(self, bound: BoundColumn, column: Column) -> dict[str, Any]:
        """Return the rules that speak of other rows below the same parent."""
        rules = sibling_rules(self.reader, bound, column)
        if "series" in rules:
            rules = self._nulls_from_one_place(bound, column, rules | {"without": self._without(bound)})
        return rules

    def _nulls_from_one_place(self, bound: BoundColumn, column: Column, rules: dict[str, Any]) -> dict[str, Any]:
        if rules and bound.spec.null and column.nulls is None:
            raise Off("null values come from two places")
        return rules

    def _conditions(self, found: Sequence[Formula]) -> Iterator[str]:
        """Yield the conditions whose columns are written as their kinds draw them."""
        columns = self.plan.tables[self.name].columns
        for formula in found:
            if all(type(columns[name]) is BoundColumn for name in formula.names):
                with contextlib.suppress(Off):
                    yield self.reader.formula(formula)

    def _is_key(self, bound: BoundColumn) -> bool:
        keys = self.plan.schema.tables[self.name].foreign_keys
        return any(bound.spec.name in key.columns for key in keys)

    def _bounds(self, bound: BoundColumn) -> dict[str, float]:
        low, high = bound.generator.support
        if bound.spec.clamp is not None and not bound.generator.bounded:
            ends = bound.spec.clamp
            low = low if ends[0] is None else max(low, ends[0])
            high = high if ends[1] is None else min(max(high, low), ends[1])
        for case in bound.when.generators if bound.when is not None else ():
            least, most = case.support
            low, high = min(low, least), max(high, most)
        written = {}
        for name, end in (("min", low), ("max", high)):
            if math.isfinite(end):
                with contextlib.suppress(PlanError):  # the type holds less than that
                    written[name] = as_written(bound, end)
        return written

    def _without(self, bound: BoundColumn) -> tuple[Except, ...]:
        when = bound.spec.when
        if when is None:
            return ()
        seen = self.plan.schema.readable(when.path)
        if seen is None:
            raise Off(f"'{when.path.text}', which decides the replaced rows, is not in the files")
        return (Except(seen, tuple(when.cases)),)

    def _instants(self, bound: BoundColumn, start: End, end: End | None) -> dict[str, Any]:
        kind, day = bound.generator, bound.dtype == pl.Date()
        rules: dict[str, Any] = {}
        cases = bound.when.generators if bound.when is not None else ()
        ends = [case.interval for case in (kind, *cases)]
        firsts = [one[0].instant for one in ends if one is not None and one[0].instant is not None]
        lasts = [
            one[1].instant for one in ends if one is not None and one[1] is not None and one[1].instant is not None
        ]
        if len(firsts) == len(ends):
            rules["min"] = iso(min(firsts), day=day)
            if len(lasts) == len(ends):
                last = max(max(end - SECOND, start) for start, end in zip(firsts, lasts, strict=True))
                rules["max"] = iso(last, day=day)
                return rules
        if kind.ascends and not all(map(is_common, (start, end))):
            return rules  # the instant of a row follows from the ends of its siblings too
        holds = self._order(bound.spec.name, start, end, day=day)
        return rules | ({"holds": tuple(holds), "without": self._without(bound)} if holds else {})

    def _order(self, name: str, start: End, end: End | None, *, day: bool) -> list[str]:
        """Return the conditions that an instant is not before its start, and before its end where that is later."""
        own, holds = self.reader.readable(Path(name, self.name, (), self.name, name)), []
        first = self.reader.end(start, day=day)
        if start.path is not None:
            holds.append(f"{own} >= {self.reader.end(start, day=False)}")
        if end is not None and (start.path is not None or end.path is not None):
            last = self.reader.end(end, day=day)
            before = "<" if not day or self._at_midnight(end) else "<="
            none = f"{own} <= {first} + 1" if day else f"{own} = {first}"
            holds.append(f"{own} {before} {last} or {none}")
        return holds

    def _at_midnight(self, end: End) -> bool:
        """Whether a day that has begun before an end is an earlier day."""
        if end.path is None:
            return end.instant is not None and end.instant % DAY == 0
        return self.plan.tables[end.path.target].columns[end.path.column].dtype == pl.Date()


def _plain(bound: BoundColumn) -> bool:
    """Whether every row has the number that was drawn."""
    return bound.when is None and not bound.spec.null and bound.spec.clamp is None
