"""Parameters of a kind to their final types, driven by the kind's `$defs` entry.

What a parameter becomes follows from the `$ref` of its JSON Schema: `#/$defs/number` is a number or a `ByKey`,
`path` a `Path`, `end` an `End`, `lag` a nested `Generator`, … Any other schema keeps the value as written. So a new
kind, built in or from a plugin, needs its `$defs` entry and nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.literals import NESTED, typed_options
from fanwise.generator.language.names.below import bind_rollup
from fanwise.generator.language.names.bounds import broken_bound
from fanwise.generator.language.names.correlation import bind_correlation
from fanwise.generator.language.names.inner import bind_inner, bind_inners, bind_length
from fanwise.generator.language.names.instants import is_instant, parse_duration, parse_instant
from fanwise.generator.language.names.intervals import check_interval
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.roles import (
    bind_chain,
    bind_choices,
    bind_components,
    bind_counts,
    bind_exposure,
    bind_knots,
    bind_otherwise,
)
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.shape.definitions import Schema, definitions, kinds_in
from fanwise.generator.language.spec import ByKey, End, Expression, Generator, Multiplier, Number, Path
from fanwise.generator.language.sql.expressions import Compiled, ExpressionError, compile_expression
from fanwise.io.problems import Place, Refused

__all__ = ["Binder"]

ELSE = "else"


@dataclass(frozen=True)
class Binder:
    """Binds the parameters in the scope of one table; `timed` where numbers may be durations."""

    outline: Outline
    complaints: Complaints
    scope: Scope
    window: tuple[int, int] | None
    timed: bool = False

    def generator(self, kind: str, entry: str, value: Any, place: Place) -> Generator:
        """Return the generator of one kind with its parameters; `place` is where its value stands."""
        node = definitions(self.outline.schema)[entry]
        parameter = node["x-kind"].get("parameter")
        params: dict[str, Any] = {}
        if parameter is not None and not (isinstance(value, dict) and "properties" in node):
            with self.complaints.catch():
                bound = self.bind(value, {k: v for k, v in node.items() if k != "x-kind"}, place)
                params |= bound if _role(node) in _FLAT else {parameter: bound}
            value = {}
        for name, schema in node.get("properties", {}).items():
            with self.complaints.catch():
                self._parameter(name, schema, value, place, params)
        self._check_together(params, place)
        check_interval(self.outline, self.complaints, params, place)
        return Generator(kind, MappingProxyType(params), (), place[:-1])

    def _parameter(
        self, name: str, schema: Schema, value: Mapping[str, Any], place: Place, params: dict[str, Any]
    ) -> None:
        target = {**definitions(self.outline.schema).get(_role(schema), {}), **schema}
        if name in value:
            if "x-needs-parent" in schema and value[name] and self.outline.tables[self.scope.table].parent is None:
                why, fix = f"{self.scope.table} is a root table, so its rows have no siblings", schema["x-needs-parent"]
                self.complaints.add("FW-SCHEMA-NEEDS-PARENT", (*place, name), why, fix, on_key=True)
            bound = self.bind(value[name], schema, (*place, name))
            if _role(schema) == "between":
                params["start"], params["end"] = bound
            elif _role(schema) in _FLAT:
                params |= bound
            else:
                params[name] = bound
        elif "default" in target and name not in params:
            params[name] = target["default"]

    def _check_together(self, params: Mapping[str, Any], place: Place) -> None:
        low, high = params.get("min"), params.get("max")
        if isinstance(low, float) and isinstance(high, float) and low > high:
            self.complaints.add("FW-SCHEMA-ORDER", (*place, "max"), f"max is below min ({low:g})")
        edges, weights = params.get("edges"), params.get("weights")
        if edges is None or weights is None:
            return
        fallen = next((at for at, (low, high) in enumerate(pairwise(edges), 1) if low >= high), None)
        if fallen is not None:
            hint = "sort them from the lowest to the highest"
            self.complaints.add("FW-SCHEMA-ORDER", (*place, "edges", fallen), "edges must ascend", hint)
        if len(weights) != len(edges) - 1:
            why = f"{len(edges)} edges make {len(edges) - 1} bins, but there are {len(weights)} weights"
            self.complaints.add("FW-SCHEMA-WRONG-SIZE", (*place, "weights"), why, "write one weight for each bin")
        elif not sum(weights) > 0:
            self.complaints.add("FW-SCHEMA-ZERO-WEIGHTS", (*place, "weights"), "all weights are 0")

    def bind(self, value: Any, schema: Schema, place: Place) -> Any:
        """Return the final value of a parameter (raises Fault)."""
        role = _role(schema)
        bound = _ROLES.get(role)
        if bound is not None:
            return bound(self, value, schema, place)
        node = {**definitions(self.outline.schema).get(role, {}), **{k: v for k, v in schema.items() if k != "$ref"}}
        if "$ref" in node:
            return self.bind(value, node, place)
        if isinstance(value, dict):
            others = node.get("additionalProperties")
            named = {**dict.fromkeys(value, others if isinstance(others, dict) else {}), **node.get("properties", {})}
            return MappingProxyType({key: self.bind(found, named[key], (*place, key)) for key, found in value.items()})
        if isinstance(value, list):
            items = node.get("items", {})
            return tuple(self.bind(found, items, (*place, index)) for index, found in enumerate(value))
        if node.get("type") == "integer":
            return int(value)
        return float(value) if node.get("type") == "number" else value

    def path(self, name: str, place: Place, *, on_key: bool = False) -> Path:
        """Return the path that a name means here (raises Fault)."""
        try:
            return self.scope.resolve(name)
        except Refused as error:
            raise Fault(error.code, place, error.why, error.hint, on_key=on_key) from error

    def number(self, value: Any, schema: Schema, place: Place) -> Number:
        """Return a number or a ByKey (raises Fault)."""
        if not isinstance(value, dict):
            return self._plain(value, schema, place)
        if not value:
            raise Skip
        name, raw = next(iter(value.items()))
        here = (*place, name)
        path = self.path(name, here, on_key=True)
        numbers = {key: self._plain(found, schema, (*here, key)) for key, found in raw.items()}
        values, default = self.keyed(path, numbers, here)
        return ByKey(path, values, default, here)

    def _plain(self, value: Any, schema: Schema, place: Place) -> float:
        if isinstance(value, str):
            if not self.timed:
                raise Fault("FW-SCHEMA-OPTION", place, "durations are only for a lag", "write a number")
            try:
                value = parse_duration(value)
            except ValueError as error:
                raise Fault("FW-SCHEMA-BAD-TIME", place, str(error), "write 90s, 15m, 3h, 2d or 1w") from error
        fault = broken_bound(float(value), schema)
        if fault:
            raise Fault("FW-SCHEMA-OUT-OF-RANGE", place, f"must be {fault}", f"write a number that is {fault}")
        return float(value)

    def keyed(self, path: Path, numbers: Mapping[str, float], place: Place) -> tuple[Mapping[str, float], float | None]:
        """Return (values, else) of numbers per key; keys are exhaustive or carry `else` (raises Fault)."""
        values = {key: number for key, number in numbers.items() if key != ELSE}
        labels = self.outline.labels(path.target, path.column)
        if (sort := self.outline.yields(path.target, path.column)) in NESTED:
            why = f"{path.target}.{path.column} holds a {sort}, which has no categories"
            raise Fault("FW-SCHEMA-COLUMN-TYPE", place, why, "use another column")
        if labels is not None:
            for key in values:
                if key not in labels:
                    what = f"a segment of {path.axis}" if path.axis else f"a value of {path.target}.{path.column}"
                    raise Fault(
                        "FW-SCHEMA-UNKNOWN-LABEL",
                        (*place, key),
                        f"'{key}' is not {what}",
                        nearest(key, labels),
                        on_key=True,
                    )
        absent = [label for label in labels or () if label not in values]
        if ELSE not in numbers and (labels is None or absent):
            if not absent:
                raise Fault("FW-SCHEMA-NO-ELSE", place, "other values are possible")
            why = f"no value for {', '.join(map(repr, absent[:5]))}"
            raise Fault("FW-SCHEMA-NO-ELSE", place, why)
        return MappingProxyType(values), numbers.get(ELSE)

    def multipliers(self, raw: Mapping[str, Any], place: Place) -> tuple[Multiplier, ...]:
        """Return the multipliers of one generator; each that is at fault is reported and left out."""
        found: dict[tuple[Any, str], Multiplier] = {}
        for name, factors in raw.items():
            here = (*place, name)
            with self.complaints.catch():
                path = self.path(name, here, on_key=True)
                values, default = self.keyed(path, {key: float(value) for key, value in factors.items()}, here)
                first = found.get((path.steps, path.column))
                if first is not None:
                    why = f"'{name}' and '{first.path.text}' are the same"
                    raise Fault("FW-SCHEMA-DUPLICATE", here, why)
                found[path.steps, path.column] = Multiplier(path, values, default, here)
        return tuple(found.values())

    def end(self, value: str, place: Place) -> End:
        """Return one end of an interval: an instant or a path to a column of time (raises Fault)."""
        if value in {"window.start", "window.end"}:
            if self.window is None:
                if "window" in self.outline.raw:
                    raise Skip
                hint = "add window: {start: 2024-01-01, end: 2025-01-01}"
                raise Fault("FW-SCHEMA-WINDOW", place, "the dataset has no window", hint)
            return End(instant=self.window[value == "window.end"])
        if is_instant(value):
            try:
                return End(instant=parse_instant(value))
            except ValueError as error:
                raise Fault("FW-SCHEMA-BAD-TIME", place, str(error)) from error
        return End(path=self.typed(value, {"$ref": "#/$defs/time_path"}, place))

    def between(self, ends: list[str], place: Place) -> tuple[End, ...]:
        """Return the ends of an interval; each that is at fault is reported and left open."""
        bound = [End() for _ in ends]
        for at, value in enumerate(ends):
            with self.complaints.catch():
                bound[at] = self.end(value, (*place, at))
        return tuple(bound)

    def typed(self, name: str, schema: Schema, place: Place) -> Path:
        """Return the path to a column that holds what `x-holds` of its role lists (raises Fault)."""
        path, holds = self.path(name, place), definitions(self.outline.schema)[_role(schema)]["x-holds"]
        sort = self.outline.yields(path.target, path.column)
        if sort not in {*holds, "any"}:
            why = f"{path.target}.{path.column} holds {sort}, not {' or '.join(f'{one}s' for one in holds)}"
            raise Fault("FW-SCHEMA-COLUMN-TYPE", place, why)
        return path

    def expression(self, text: str, place: Place) -> Expression:
        """Return a parsed expression with its names resolved (raises Fault)."""
        compiled = self.compiled(text, place)
        paths: dict[str, Path] = {}
        for name in compiled.names:
            with self.complaints.catch():
                paths[name] = self.path(name, place)
        return Expression(text, compiled, MappingProxyType(paths))

    @staticmethod
    def compiled(text: str, place: Place) -> Compiled:
        """Return a compiled expression (raises Fault, which says where in the expression it fails)."""
        try:
            return compile_expression(text)
        except ExpressionError as error:
            why, hint = f"{error.why}{error.place(text)}", error.hint
            raise Fault(error.code, place, why, hint) from error

    def lag(self, raw: Mapping[str, Any], place: Place) -> Generator:
        """Return the generator of a lag; its durations are in seconds."""
        return replace(self, timed=True).single(raw, "lag", place)

    def single(self, raw: Mapping[str, Any], where: str, place: Place) -> Generator:
        """Return the generator of an object that holds one kind (raises Skip where the schema pass refused it)."""
        found = [(kind, entry) for kind, entry in kinds_in(self.outline.schema, where).items() if kind in raw]
        if len(found) != 1:
            raise Skip
        kind, entry = found[0]
        made = self.generator(kind, entry, raw[kind], (*place, kind))
        traits = definitions(self.outline.schema)[entry]["x-kind"]
        if "multiplier" in raw and "factor" in traits:
            made = replace(made, multipliers=self.multipliers(raw["multiplier"], (*place, "multiplier")))
        elif "multiplier" in raw:
            why, hint = f"a multiplier is not possible for '{kind}'", "use a parameter or a weight per segment instead"
            self.complaints.add("FW-SCHEMA-OPTION", (*place, "multiplier"), why, hint, on_key=True)
        made = bind_correlation(self, made, raw, place, traits)
        return bind_exposure(self, made, raw, place, able=traits.get("exposure")) if "exposure" in raw else made

    def curve(self, name: str | None, place: Place) -> str | None:
        """Return the name of a declared curve (raises Fault)."""
        curves = self.outline.raw.get("curves", {})
        if name is not None and name not in curves:
            raise Fault(
                "FW-SCHEMA-UNKNOWN-CURVE",
                place,
                f"unknown curve '{name}'",
                nearest(name, curves) or "declare it under curves:",
            )
        return name

    def curved(self, made: Generator, name: str | None, place: Place) -> Generator:
        """Return a fanout with the curve beside it (raises Fault)."""
        entry = kinds_in(self.outline.schema, "fanout")[made.kind]
        if "curve" not in definitions(self.outline.schema)[entry]["x-kind"]:
            raise Fault(
                "FW-SCHEMA-OPTION", place, f"a curve is not possible for '{made.kind}'", "delete it", on_key=True
            )
        return replace(made, params=MappingProxyType({**made.params, "curve": self.curve(name, place)}))

    def options(self, raw: Mapping[str, Any], schema: Schema, place: Place) -> tuple[tuple[Any, Number], ...]:
        """Return the (value, weight) pairs of a choice, values typed as their keys are written (raises Fault)."""
        weight = definitions(self.outline.schema)["options"]["additionalProperties"]
        values = typed_options(tuple(raw))
        return tuple(
            (value, self.number(found, weight, (*place, key)))
            for value, (key, found) in zip(values, raw.items(), strict=True)
        )


def _role(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


_FLAT = frozenset({"components", "chain", "aggregate", "knots", "count_knots"})  # roles of several parameters


_ROLES: Mapping[str, Callable[[Binder, Any, Schema, Place], Any]] = {
    "number": Binder.number,
    "quantity": Binder.number,
    "options": Binder.options,
    "choices": lambda binder, value, schema, place: bind_choices(binder, value, place),
    "counts": lambda binder, value, schema, place: bind_counts(value, place),
    "knots": lambda binder, value, schema, place: bind_knots(binder, value, place, "knot"),
    "count_knots": lambda binder, value, schema, place: bind_knots(binder, value, place, "count knot"),
    "components": lambda binder, value, schema, place: bind_components(binder, value, place),
    "chain": lambda binder, value, schema, place: bind_chain(binder, value, place),
    "aggregate": lambda binder, value, schema, place: bind_rollup(
        binder, value, place, lambda table: replace(binder, scope=Scope(binder.outline, table))
    ),
    "path": lambda binder, value, schema, place: binder.path(value, place),
    "time_path": Binder.typed,
    "number_path": Binder.typed,
    "end": lambda binder, value, schema, place: binder.end(value, place),
    "until": lambda binder, value, schema, place: None if value is None else binder.end(value, place),
    "between": lambda binder, value, schema, place: binder.between(value, place),
    "otherwise": lambda binder, value, schema, place: bind_otherwise(binder, value, place),
    "curve_name": lambda binder, value, schema, place: binder.curve(value, place),
    "expression": lambda binder, value, schema, place: binder.expression(value, place),
    "lag": lambda binder, value, schema, place: binder.lag(value, place),
    "inner": lambda binder, value, schema, place: bind_inner(binder, value, place),
    "inners": lambda binder, value, schema, place: bind_inners(binder, value, place),
    "length": lambda binder, value, schema, place: bind_length(binder, value, place),
}
