"""A mapping that passed the JSON Schema becomes a `Contract`; shorthands are written out here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fanwise.io.problems import Place
from fanwise.validator.contract.arrivals import arrivals_of
from fanwise.validator.contract.build_laws import Raw, correlation, distribution, excepts, names, source_in, spread
from fanwise.validator.contract.model import (
    Aggregate,
    Among,
    Axis,
    Check,
    Column,
    Contract,
    Defect,
    Distinct,
    Edge,
    Effect,
    Expectation,
    Moves,
    Numbered,
    Path,
    Rollup,
    Series,
    Stays,
    Table,
    Thresholds,
)
from fanwise.validator.contract.paths import paths_to
from fanwise.validator.contract.validate import Wrong

__all__ = ["build"]

EXPECTATION = "FW-CONTRACT-EXPECTATION"


def build(raw: Raw, problems: list[Wrong]) -> Contract:
    """Return the contract that `raw` describes; what cannot be built is left out and added to `problems`."""
    tables = {name: _table(raw["tables"], name) for name in raw["tables"]}
    axes = {name: _axis(axis, _named(raw, name)) for name, axis in raw.get("axes", {}).items()}
    reader = _Entries(tables, axes, problems)
    effects = {name: reader.effect(name, entry) for name, entry in raw.get("effects", {}).items()}
    expectations = {name: reader.expectation(name, entry) for name, entry in raw.get("expect", {}).items()}
    checks = [reader.check(index, entry) for index, entry in enumerate(raw.get("checks", ()))]
    return Contract(
        name=raw["name"],
        tables=tables,
        axes=axes,
        effects={name: effect for name, effect in effects.items() if effect is not None},
        expectations={name: entry for name, entry in expectations.items() if entry is not None},
        checks=tuple(check for check in checks if check is not None),
        distributions=tuple(distribution(entry) for entry in raw.get("distributions", ())),
        correlations=tuple(correlation(entry) for entry in raw.get("correlations", ())),
        spreads=tuple(spread(entry) for entry in raw.get("spreads", ())),
        thresholds=_thresholds(raw.get("thresholds", {})),
        floors=frozenset(raw.get("thresholds", {}).get("min_effect", {})),
        gates=raw.get("gates", "all"),
        defects=tuple(Defect(each["table"], each.get("column"), each["name"]) for each in raw.get("defects", ())),
        origin=dict(raw.get("origin", {})),
    )


def _table(tables: Raw, name: str) -> Table:
    raw = tables[name]
    edges = [_edge(tables, raw["parent"], "parent")] if "parent" in raw else []
    edges += [_edge(tables, ref, "ref") for ref in raw.get("refs", ())]
    return Table(
        columns={column: _column(spec) for column, spec in raw["columns"].items()},
        key=names(raw.get("key")),
        edges=tuple(edges),
        rows=raw.get("rows"),
        values=_values(raw.get("values", ())),
        distinct=tuple(_distinct(tables, name, rule) for rule in raw.get("distinct", ())),
        order=raw.get("order"),
        unique=tuple(names(columns) for columns in raw.get("unique", ())),
    )


def _values(rows: Sequence[Raw]) -> tuple[Raw, ...]:
    """Return given rows with all their columns; what a row leaves out is null."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return tuple({name: row.get(name) for name in columns} for row in rows)


def _column(raw: str | Raw) -> Column:
    if isinstance(raw, str):
        raw = {"type": raw}
    kind = raw["type"]  # in a struct, a space is between the name of a part and its type
    rules: dict[str, Any] = {"type": kind if kind.startswith(("struct(", "list(")) else kind.replace(" ", "")}
    for bound in {"min", "max"} & raw.keys():
        rules[bound] = raw[bound] if isinstance(raw[bound], str) else float(raw[bound])
    rules |= {name: tuple(raw[name]) for name in ("values", "holds") if name in raw}
    if "rollup" in raw:
        rules["rollup"] = _rollup(raw["rollup"])
    if "among" in raw:
        rules["among"] = Among(tuple(raw["among"]["names"]), tuple(map(tuple, raw["among"]["rows"])))
    if "numbered" in raw:
        rules["numbered"] = Numbered(**raw["numbered"])
    if "series" in raw:
        rules["series"] = Series(**raw["series"])
    if "moves" in raw:
        following = {state: tuple(after) for state, after in raw["moves"]["next"].items()}
        rules["moves"] = Moves(raw["moves"].get("start"), following, raw["moves"].get("first"))
    if "arrivals" in raw:
        rules["arrivals"] = arrivals_of(raw["arrivals"])
    if "stays" in raw:
        rules["stays"] = _stays(raw["stays"])
    return Column(**{**raw, **rules, "without": excepts(raw), "source": source_in(raw.get("source"))})


def _rollup(raw: Raw) -> Rollup:
    options = {"slack", "where", "by", "path"}
    aggregate: Any = next(name for name in raw if name not in options)
    table, _, column = raw[aggregate].partition(".")
    path = tuple(names(step) for step in raw.get("path", ()))
    return Rollup(aggregate, table, column or None, float(raw.get("slack", 0.0)), raw.get("where"), raw.get("by"), path)


def _stays(raw: Raw) -> Stays:
    ends = {state: (low, math.inf if high is None else high) for state, (low, high) in raw["lasts"].items()}
    lasts = {state: (float(low), float(high)) for state, (low, high) in ends.items()}
    return Stays(raw["state"], raw["start"], lasts)


def _distinct(tables: Raw, name: str, raw: Raw) -> Distinct:
    parent = names(tables[name].get("parent", {}).get("columns"))
    path = tuple(names(step) for step in raw["path"]) if "path" in raw else (parent,)
    return Distinct(names(raw["columns"]), path)


def _edge(tables: Raw, raw: Raw, kind: Any) -> Edge:
    keys = names(raw.get("keys")) or names(tables.get(raw["table"], {}).get("key"))
    bounds = raw.get("min"), raw.get("max")
    nullable, detour = raw.get("nullable", False), raw.get("detour", False)
    orphans = float(raw.get("orphans", 0.0))
    return Edge(names(raw["columns"]), raw["table"], keys, kind, nullable, *bounds, raw.get("equals"), detour, orphans)


def _rank(raw: str | list[str] | None) -> tuple[str, ...]:
    if isinstance(raw, str):
        return tuple(part.strip() for part in raw.split(">"))
    return tuple(raw or ())


def _named(raw: Raw, axis: str) -> Iterator[str]:
    """Yield the segments of an axis that effects and expectations name."""
    for entry in raw.get("effects", {}).values():
        yield from entry["declared"] if entry["axis"] == axis else ()
    for entry in raw.get("expect", {}).values():
        if entry["by"] == axis:
            yield from _rank(entry.get("rank"))
            yield from (part.strip() for pair in entry.get("ratio", ()) for part in pair.split("/"))
            yield from (segment for pair in entry.get("ratios", ()) for segment in (pair["of"], pair["to"]))


def _axis(raw: Raw, named: Iterable[str]) -> Axis:
    rank = _rank(raw.get("rank"))
    return Axis(
        table=raw["table"],
        column=raw["column"],
        share=dict(raw["share"]) if "share" in raw else dict.fromkeys((*named, *rank), 0.0),
        rank=rank,
        assign=raw.get("assign", "balanced" if "share" in raw else "unknown"),
        counted="share" not in raw,
        source=source_in(raw.get("source")),
        rank_source=source_in(raw.get("rank_source")),
        unwatched=tuple(raw.get("unwatched", ())),
    )


def _thresholds(raw: Raw) -> Thresholds:
    values = {name: float(value) for name, value in raw.items() if name != "min_effect"}
    values |= {f"min_effect_{kind}": float(value) for kind, value in raw.get("min_effect", {}).items()}
    return Thresholds(**values)


class _Entries:
    """Builds effects, expectations and checks against the tables and axes that are known by now."""

    def __init__(self, tables: Mapping[str, Table], axes: Mapping[str, Axis], problems: list[Wrong]) -> None:
        self.tables = tables
        self.axes = axes
        self.problems = problems

    def _path(self, place: Place, raw: Raw, table: str, axis: str) -> Path | None:
        if "path" in raw:
            return tuple(names(step) for step in raw["path"])
        if table not in self.tables or axis not in self.axes or self.axes[axis].table not in self.tables:
            return ()  # the names pass says so
        found = list(paths_to(self.tables, table, self.axes[axis].table))
        if len(found) == 1:
            return found[0]
        ways = "; ".join(" > ".join("+".join(step) for step in path) or "the table itself" for path in found)
        why = (
            f"{table} reaches {axis} on several paths: {ways}" if found else f"no path of edges from {table} to {axis}"
        )
        self.problems.append(("FW-CONTRACT-EDGES", place, why, "give 'path', the columns of each edge"))
        return None

    def effect(self, name: str, raw: Raw) -> Effect | None:
        path = self._path(("effects", name), raw, raw["table"], raw["axis"])
        if path is None:
            return None
        return Effect(
            kind=raw["kind"],
            table=raw["table"],
            axis=raw["axis"],
            path=path,
            declared={segment: float(mean) for segment, mean in raw["declared"].items()},
            column=raw.get("column"),
            value=raw.get("value"),
            per=raw.get("per"),
            claim=raw.get("claim", "ratio"),
            without=excepts(raw),
            dispersion=raw.get("dispersion"),
            negative=raw.get("negative", False),
            cluster=raw.get("cluster"),
            exposure=raw.get("exposure"),
            source=source_in(raw.get("source")),
            sources={segment: source_in(place) for segment, place in raw.get("sources", {}).items()},
        )

    def expectation(self, name: str, raw: Raw) -> Expectation | None:
        place = ("expect", name)
        kinds: list[Aggregate] = [kind for kind in ("count", "sum", "mean", "share") if kind in raw]
        if len(kinds) != 1:
            why = f"has {' and '.join(kinds) or 'no aggregate'}"
            self.problems.append((EXPECTATION, place, why, "give exactly one of count, sum, mean, share"))
            return None
        kind = kinds[0]
        target, _, value = raw[kind].partition("=") if kind == "share" else (raw[kind], "", "")
        table, _, column = target.strip().partition(".") if kind != "count" else (target, "", "")
        path = self._path(place, raw, table, raw["by"])
        ratios = self._ratios(place, raw)
        if path is None or ratios is None:
            return None
        return Expectation(
            aggregate=kind,
            table=table,
            axis=raw["by"],
            path=path,
            column=column or None,
            value=value.strip() if kind == "share" else None,
            per=raw.get("per"),
            rank=_rank(raw.get("rank")),
            ratios=ratios,
            cluster=raw.get("cluster"),
            source=source_in(raw.get("source")),
        )

    def _ratios(self, place: Place, raw: Raw) -> tuple[tuple[str, str, float, float], ...] | None:
        found: list[tuple[str, str, float, float]] = []
        for pair, (low, high) in raw.get("ratio", {}).items():
            of, slash, to = pair.partition("/")
            if not slash or "/" in to:
                why = f"'{pair}' is not a pair of segments"
                hint = "write A/B, or use 'ratios' where a segment contains '/'"
                self.problems.append((EXPECTATION, (*place, "ratio", pair), why, hint))
                return None
            found.append((of.strip(), to.strip(), float(low), float(high)))
        for entry in raw.get("ratios", ()):
            low, high = entry["between"]
            found.append((entry["of"], entry["to"], float(low), float(high)))
        return tuple(found)

    def check(self, index: int, raw: str | Raw) -> Check | None:
        from fanwise.validator.contract.conditions import home_of, unknown_name

        entry: Raw = {"text": raw} if isinstance(raw, str) else raw
        table = entry.get("table") or home_of(self.tables, self.axes, entry["text"])
        if table is None:
            hint = unknown_name(self.tables, self.axes, entry["text"])
            hint = hint or "name the table with 'table', or use names that one table can reach"
            why = f"no table reaches all names of: {entry['text']}"
            self.problems.append(("FW-CONTRACT-CONDITION", ("checks", index, "text"), why, hint))
            return None
        return Check(table, entry["text"], source_in(entry.get("source")))
