"""What the names of a dataset stand for, read before anything is bound: tables, edges, columns, axes.

The outline is tolerant: a part that the schema pass refused is simply not there, and whatever would need it is skipped
instead of being reported a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.given import GivenRows
from fanwise.generator.language.literals import Scalar, label_of, scalar_yields, sort_of, type_yields, typed_options
from fanwise.generator.language.names.choices import chosen_labels
from fanwise.generator.language.names.graphs import find_cycle
from fanwise.generator.language.problems import Fault, Skip
from fanwise.generator.language.shape.definitions import Schema, definitions, kinds_in
from fanwise.generator.language.spec import Step
from fanwise.io.problems import Place

__all__ = ["AxisOutline", "ColumnOutline", "Edge", "Outline", "TableOutline"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of the table graph. stated: by `references`, at a column that has its values from elsewhere."""

    step: Step
    target: str
    stated: bool = False


@dataclass(frozen=True, slots=True)
class ColumnOutline:
    """A column as written; `kind` is "" where it is not known. traits: the kind's `x-kind`. given: its given values."""

    raw: Mapping[str, Any]
    kind: str
    traits: Mapping[str, Any]
    given: tuple[Scalar, ...] | None = None

    @property
    def parameter(self) -> Any:
        return self.raw.get(self.kind)

    @property
    def edge(self) -> str | None:
        """What the column follows to another row: "parent" or "ref"; None where it follows nothing."""
        return self.traits.get("edge")

    @property
    def refers(self) -> tuple[str, str] | None:
        """The (table, column) that `references` names."""
        table, dot, column = str(self.raw.get("references", "")).partition(".")
        return (table, column) if dot else None

    @property
    def axis(self) -> str | None:
        """The name of the axis whose segments the column holds, if it does."""
        return str(self.parameter) if self.traits.get("labels") == "axis" else None


@dataclass(frozen=True, slots=True)
class AxisOutline:
    """An axis as written; `column` is its segment column, "" where there is none."""

    table: str
    column: str
    segments: tuple[str, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class TableOutline:
    """A table as written; `dangling` says that one of its edges leads nowhere."""

    name: str
    raw: Mapping[str, Any]
    columns: Mapping[str, ColumnOutline]
    parent: str | None
    edges: tuple[Edge, ...]
    dangling: bool
    key: tuple[str, ...] = ()
    given: GivenRows | None = None

    def refs(self) -> Iterator[tuple[str, str]]:
        """Yield (column, table referred to)."""
        return ((edge.step.column, edge.target) for edge in self.edges if edge.step.column is not None)


@dataclass
class Outline:
    """All names of a dataset."""

    raw: Mapping[str, Any]
    schema: Schema
    given: Mapping[str, GivenRows] = field(default_factory=dict)
    tables: Mapping[str, TableOutline] = field(init=False)
    axes: Mapping[str, AxisOutline] = field(init=False)

    def __post_init__(self) -> None:
        raw_tables = _mapping(self.raw.get("tables"))
        known = definitions(self.schema)
        traits = {kind: known[entry]["x-kind"] for kind, entry in kinds_in(self.schema, "column").items()}
        self.tables = {
            name: _table(name, _mapping(raw), raw_tables, traits, self.given.get(name))
            for name, raw in raw_tables.items()
        }
        self.axes = {name: self._axis(name, _mapping(raw)) for name, raw in _mapping(self.raw.get("segments")).items()}

    def _axis(self, name: str, raw: Mapping[str, Any]) -> AxisOutline:
        table = str(raw.get("table", ""))
        columns = self.tables[table].columns if table in self.tables else {}
        column = next((c for c, found in columns.items() if found.axis == name), "")
        return AxisOutline(table, column, tuple(_mapping(raw.get("share"))), raw)

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """A cycle of parent and ref edges, as table names with the first repeated at the end; () if there is none."""
        return find_cycle(self.tables, self._targets)

    def _targets(self, table: str) -> Iterator[str]:
        return (edge.target for edge in self.tables[table].edges if edge.target != table)

    @cached_property
    def reachable(self) -> Mapping[str, frozenset[str]]:
        """For each table the tables that its rows reach, itself included."""
        return {table: self._reach(table) for table in self.tables}

    def _reach(self, start: str) -> frozenset[str]:
        seen, todo = {start}, [start]
        while todo:
            for edge in self.tables[todo.pop()].edges:
                if edge.target not in seen:
                    seen.add(edge.target)
                    todo.append(edge.target)
        return frozenset(seen)

    @property
    def has_refused_names(self) -> bool:
        """Whether a table has an invalid name (or `tables` itself is invalid), so references to it cannot resolve."""
        return not self.tables or any(not _NAME.match(table) for table in self.tables)

    def unknown_table(self, place: Place, name: str) -> Exception:
        """Return the error for a table that is not declared; a Skip if a table's own name is invalid."""
        if self.has_refused_names:
            return Skip()
        return Fault("FW-SCHEMA-UNKNOWN-TABLE", place, f"unknown table '{name}'", nearest(name, self.tables))

    def is_torn(self, *tables: str) -> bool:
        """Return whether an edge on the way from one of these tables leads nowhere, so that names cannot be judged."""
        return bool(self.cycle) or any(self.tables[t].dangling for table in tables for t in self.reachable[table])

    def ancestors(self, table: str) -> tuple[str, ...]:
        """Return the driving parents of `table`, nearest first; none of a table that is not there."""
        out: list[str] = []
        parent = self.tables[table].parent if table in self.tables else None
        while parent is not None and parent in self.tables and parent not in (table, *out):
            out.append(parent)
            parent = self.tables[parent].parent
        return tuple(out)

    def repeats(self, table: str, edge: Edge) -> bool:
        """Return whether a stated edge leads where parents and refs lead already, since its key is carried down.

        Only the name of its column goes along it; the name of a table goes along the others.
        """
        if not edge.stated or edge.target in self.ancestors(table):
            return edge.stated
        found = self.tables[table].columns[edge.step.column or ""]
        above = self.tables.get(self.tables[table].parent or "")
        if found.edge != "parent" or above is None:
            return False
        return any(one.step.column == found.parameter and one.target == edge.target for one in above.edges)

    def source(self, table: str, column: str) -> tuple[str, str] | None:
        """Return the (table, column) whose values a `parent` or `ref` column repeats; None for any other column."""
        found = self.tables[table].columns[column]
        if found.edge == "parent":
            parent = self.tables[table].parent
            return (parent, str(found.parameter)) if parent is not None and parent in self.tables else None
        if found.edge == "ref" and found.parameter in self.tables:
            target = self.tables[str(found.parameter)]
            name = found.raw.get("column") or (target.key[0] if len(target.key) == 1 else None)
            return (target.name, str(name)) if name else None
        return None

    def _origin(self, table: str, column: str) -> ColumnOutline | None:
        for _ in range(len(self.tables) + 1):
            if column not in self.tables[table].columns:
                return None
            source = self.source(table, column)
            if source is None:
                return self.tables[table].columns[column]
            table, column = source
        return None

    def yields(self, table: str, column: str) -> str:
        """Return what a column holds: integer, number, text, bool, timestamp, date, or any where it is not known."""
        declared = self.tables[table].columns[column].raw.get("type")
        if isinstance(declared, str):
            return type_yields(declared)
        found = self._origin(table, column)
        if found is None or not found.kind:
            return "any"
        if isinstance(found.raw.get("type"), str):
            return type_yields(found.raw["type"])
        if "when" in found.raw and found.traits["yields"] == "literal":
            return "any"
        return self.drawn(found)

    def drawn(self, found: ColumnOutline) -> str:
        """Return what the kind of a column draws."""
        return sort_of(found.given) if found.given is not None else self.kind_yields(found.kind, found.parameter)

    def kind_yields(self, kind: str, parameter: Any, place: str = "column") -> str:
        """Return what a kind with this parameter draws."""
        declared = str(definitions(self.schema)[kinds_in(self.schema, place)[kind]]["x-kind"].get("yields", "any"))
        if declared == "literal":
            return scalar_yields(parameter)
        if declared == "options":
            values = typed_options(tuple(_mapping(parameter)))
            numeric = {"integer", "number"}
            found = {scalar_yields(value) for value in values}
            return found.pop() if len(found) == 1 else "number" if found <= numeric and found else "text"
        if declared == "aggregate":
            return self._rollup_yields(_mapping(parameter))
        if declared == "components":
            sorts = {self._component_yields(_mapping(component)) for component in _mapping(parameter).values()}
            return "integer" if sorts == {"integer"} else "number"
        return "any" if declared in {"source", "given"} else declared

    def _rollup_yields(self, parameter: Mapping[str, Any]) -> str:
        for aggregate, text in parameter.items():
            if aggregate in {"where", "by"}:
                continue
            if aggregate in {"count", "count_distinct", "mean"}:
                return "number" if aggregate == "mean" else "integer"
            way, _, column = str(text).rpartition(".")
            table = way.rpartition(".")[2]
            found = self.tables[table].columns.get(column) if table in self.tables else None
            # What a child repeats from its parent, or rolls up itself, would lead in a circle where names are wrong.
            if found is None or found.edge or found.traits.get("yields", "aggregate") == "aggregate":
                return "number" if aggregate == "sum" else "any"
            sort = self.yields(table, column)
            return "integer" if sort == "bool" and aggregate not in {"first", "last"} else sort
        return "any"

    def _component_yields(self, component: Mapping[str, Any]) -> str:
        found = [kind for kind in component if kind in kinds_in(self.schema, "component")]
        return self.kind_yields(found[0], component[found[0]], "component") if len(found) == 1 else "number"

    def labels(self, table: str, column: str) -> tuple[str, ...] | None:
        """Return all values that a column can have, as text, where they can be listed."""
        found = self._origin(table, column)
        if found is not None and not found.kind:
            raise Skip
        changed = {"clamp", "round", "type"}
        if found is None or changed & {*found.raw, *self.tables[table].columns[column].raw}:
            return None
        known: tuple[str, ...]
        listed = found.traits.get("labels")
        if found.axis is not None and found.axis in self.axes:
            known = self.axes[found.axis].segments
            if not known:
                raise Skip
        elif found.given is not None:
            known = tuple(dict.fromkeys(label_of(value) for value in found.given if value is not None))
        elif isinstance(listed, list):
            known = tuple(listed)
        elif isinstance(listed, dict):
            beside = next(each.columns.values() for each in self.tables.values() if found in each.columns.values())
            chosen = chosen_labels(found.traits, found.parameter, [c.raw.get(found.kind) for c in beside])
            if chosen is None:
                return None
            known = chosen
        elif listed == "keys":
            known = tuple(_mapping(found.parameter))
        elif listed == "chain":
            chain = _mapping(found.parameter)
            moves = [(state, *_mapping(after)) for state, after in _mapping(chain.get("next")).items()]
            states = dict.fromkeys(state for move in moves for state in move)
            known = tuple(sorted(states, key=lambda state: state != str(chain.get("start"))))
        else:
            return None
        replaced = [value for cases in _mapping(found.raw.get("when")).values() for value in _mapping(cases).values()]
        if any(isinstance(value, dict) for value in replaced):
            return None
        return tuple(dict.fromkeys([*known, *(label_of(value) for value in replaced if value is not None)]))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _table(
    name: str, raw: Mapping[str, Any], tables: Mapping[str, Any], kinds: Mapping[str, Any], given: GivenRows | None
) -> TableOutline:
    values = {} if given is None else given.columns
    columns = {
        column: _column(_mapping(found), kinds, values.get(column))
        for column, found in _mapping(raw.get("columns")).items()
    }
    edges: list[Edge] = []
    dangling = "parent" in raw and (raw["parent"] not in tables or raw["parent"] == name)
    parent = raw.get("parent")
    if parent in tables and parent != name:
        edges.append(Edge(Step(str(parent)), str(parent)))
    for column, found in columns.items():
        if found.edge == "ref" and found.parameter in tables:
            edges.append(Edge(Step(str(found.parameter), column), str(found.parameter)))
        refers = found.refers
        carried = found.edge == "parent" and refers == (
            parent,
            found.parameter,
        )  # the parent's key is an edge by itself
        if refers is not None and refers[0] in tables and found.edge != "ref" and not carried:
            edges.append(Edge(Step(refers[0], column), refers[0], stated=True))
        dangling = dangling or (refers is not None and refers[0] not in tables)
        dangling = dangling or found.kind == "" or (found.edge == "ref" and found.parameter not in tables)
    key = raw.get("key", [])
    listed = (key,) if isinstance(key, str) else tuple(key) if isinstance(key, list) else ()
    return TableOutline(
        name, raw, columns, str(parent) if parent is not None else None, tuple(edges), dangling, listed, given
    )


def _column(raw: Mapping[str, Any], kinds: Mapping[str, Any], given: tuple[Scalar, ...] | None) -> ColumnOutline:
    found = [key for key in raw if key in kinds]
    if len(found) != 1:
        return ColumnOutline(raw, "", {})
    traits = kinds[found[0]]
    return ColumnOutline(raw, found[0], traits, given if traits.get("yields") == "given" else None)
