"""An assertion for tests: the segments of these frames differ, in this order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fanwise.io.problems import nearest
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.frames import kept
from fanwise.validator.auditing import audit
from fanwise.validator.contract.model import Axis, Column, Contract, Edge, Expectation, Table, Thresholds
from fanwise.validator.contract.paths import paths_to
from fanwise.validator.data.counted_shares import counted_rows
from fanwise.validator.data.infer_edges import References, id_columns
from fanwise.validator.data.types import contract_type
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.errors import ContractError, Problem, SourceError
from fanwise.validator.findings import Status
from fanwise.validator.report.model import Report

__all__ = ["assert_distinct"]

MOST_SHOWN = 6


def assert_distinct(
    frames: Mapping[str, Any],
    *,
    segment: str,
    rank: str | Sequence[str],
    fanout: str | Sequence[str] = (),
    value: str | Sequence[str] = (),
    key: Mapping[str, str | Sequence[str]] | None = None,
    references: Mapping[str, str] | None = None,
    cluster: str | None = None,
    min_effect: float | None = None,
    allow_inconclusive: bool = False,
) -> Report:
    """Assert that segments differ in the order of `rank`; return the report.

        >>> import polars as pl
        >>> customer = pl.DataFrame({"customer_id": range(60), "tier": ["VIP", "Basic"] * 30})
        >>> order = pl.DataFrame({"customer_id": [i for i in range(60) for _ in range(6 - 3 * (i % 2) + i % 3)]})
        >>> frames = {"customer": customer, "order": order}
        >>> assert_distinct(frames, segment="customer.tier", fanout="order", rank="VIP > Basic").exit_code
        0

    frames: polars, pandas or pyarrow frames, record batch readers or DuckDB relations, by the names of their tables.

    segment: the column, as `table.column`, that holds the segments.

    rank: the segments from highest to lowest; others in the column are described only.

    fanout: tables whose rows per row of the segment's table must show the rank. value: columns, as `table.column`,
    whose means must show it. At least one of the two is needed.

    key: the column or columns that identify a row of a table, where shared names do not tell. references: columns that
    refer to one of another name: `{"order.buyer_id": "customer.customer_id"}`.

    cluster: a column of the segment's table, as `table.column`. Its values are then the independent units, such as the
    households of a table of order lines; by default, each row of that table is one.

    min_effect: how far each segment must lie above the next one at least, as a share: 0.1 for 10 %. The default is any
    difference in the order of `rank`.

    allow_inconclusive: accept what too little data can neither show nor exclude.

    Raises AssertionError, whose message is the verdict, where the rank is not shown or rows refer to nothing;
    ContractError where a name is unknown or it is unclear what refers to what; SourceError for anything but a mapping.
    """
    __tracebackhide__ = True
    read = _read(frames, references or {})
    with _opened(read) as warehouse:
        claim = _Claim(warehouse, key or {}, references or {}, min_effect)
        contract = claim.contract(segment, rank, _many(fanout), _many(value), cluster)
    report = audit(read, contract)
    allowed = {Status.PASS, *([Status.INCONCLUSIVE] if allow_inconclusive else ())}
    if report.status not in allowed:
        raise AssertionError(_message(report))
    return report


def _opened(frames: Mapping[str, Any]) -> Warehouse:
    return Warehouse.open(frames, Contract("", {name: Table({}) for name in frames}))


def _read(frames: object, references: Mapping[str, str]) -> dict[str, Any]:
    """Return frames that can be read again and again, with integers for whole numbers in floats that may be keys."""
    if not isinstance(frames, Mapping):
        hint = "give a mapping from table names to frames; for files and databases use audit with a contract."
        raise SourceError("FW-USAGE-CLAIM", f"{type(frames).__name__} is not a mapping of frames", hint, "frames")
    read = {str(name): kept(frame) for name, frame in frames.items()}
    with _opened(read) as warehouse:
        whole = _whole_floats(warehouse, references)
    return read | {name: _as_integers(read[name], columns) for name, columns in whole.items()}


def _whole_floats(warehouse: Warehouse, references: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the float columns of each table that hold whole numbers only and may refer to another table."""
    found: dict[str, list[str]] = {}
    for table, types in warehouse.columns.items():
        others = {name: columns for name, columns in warehouse.columns.items() if name != table}
        shared = {column for columns in others.values() for column in columns}
        ids = {one for name, columns in others.items() if "id" in columns for one in id_columns(name)}
        shared |= {name for name in types if name.lower() in ids}
        shared |= {
            name.rpartition(".")[2] for pair in references.items() for name in pair if name.startswith(f"{table}.")
        }
        for column in [name for name, kind in types.items() if kind in ("DOUBLE", "FLOAT") and name in shared]:
            value = quote_ident(column)
            whole = f"coalesce(bool_and({value} = trunc({value}) AND abs({value}) < 1e15), false)"
            if warehouse.rows(f"SELECT {whole} FROM {table_sql(table)} WHERE NOT isnan({value})")[0][0]:
                found.setdefault(table, []).append(column)
    return found


def _as_integers(frame: Any, columns: Sequence[str]) -> Any:
    import polars as pl

    read = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    return read.with_columns(pl.col(columns).fill_nan(None).cast(pl.Int64))


def _many(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _message(report: Report) -> str:
    """Return the verdict and what is wrong, a few lines that pytest shows as they are."""
    wrong = report.with_status(Status.ERROR, Status.FAIL, Status.INCONCLUSIVE)
    lines = [f"{report.status}: {report.verdict.line}"]
    for finding in wrong[:MOST_SHOWN]:
        lines.append(f"  {finding.status}  {finding.message}")
        lines += [f"        → {finding.hint}"] if finding.hint else []
    if len(wrong) > MOST_SHOWN:
        lines.append(f"  and {len(wrong) - MOST_SHOWN} more")
    return "\n".join(lines)


class _Claim:
    """Builds the contract of an assertion from the columns that the frames have."""

    def __init__(
        self,
        warehouse: Warehouse,
        keys: Mapping[str, str | Sequence[str]],
        references: Mapping[str, str],
        min_effect: float | None,
    ) -> None:
        self.warehouse, self.min_effect = warehouse, min_effect
        self.problems: list[Problem] = []
        for name, fault in warehouse.faults.items():
            self.problems.append(Problem("FW-USAGE-CLAIM", fault.message, fault.hint, f"frames['{name}']"))
        self.keys = {name: _many(key) for name, key in keys.items()}
        for name, columns in self.keys.items():
            for column in columns:
                self._known("key", name, column)
        self.stated = [edge for pair in references.items() if (edge := self._stated(*pair)) is not None]

    def contract(
        self,
        segment: str,
        rank: str | Sequence[str],
        fanout: Sequence[str],
        value: Sequence[str],
        cluster: str | None = None,
    ) -> Contract:
        """Return the contract; raises ContractError with everything that is unknown or unclear."""
        home, column = self._column("segment", segment)
        order = tuple(part.strip() for part in rank.split(">")) if isinstance(rank, str) else tuple(rank)
        counted = [table for table in fanout if self._known("fanout", table, None)]
        averaged = [self._column("value", each) for each in value]
        place, unit = self._column("cluster", cluster) if cluster is not None else (home, None)
        if place != home:
            why = f"{cluster} is not a column of {home}, which has the segments"
            self.problems.append(Problem("FW-USAGE-CLAIM", why, f"name a column of {home}.", "cluster"))
        if self.min_effect is not None and not 0 <= self.min_effect < math.inf:
            why = f"{self.min_effect} is not a share of 0 or more"
            self.problems.append(Problem("FW-USAGE-CLAIM", why, "write 0.1 for 10 %.", "min_effect"))
        if not fanout and not value:
            self.problems.append(Problem("FW-USAGE-CLAIM", "nothing to test", path="assert_distinct"))
        self._stop()
        edges = self._edges()
        tables = {name: self._table(name, edges[name], segment) for name in edges}
        expected = {}
        for table, name in [*((table, None) for table in counted), *averaged]:
            path = self._path(tables, table, home, counting=name is None)
            expected[f"{table}.{name}" if name else table] = Expectation(
                "mean" if name else "count", table, "segment", path, name, per=None if name else home, rank=order,
                cluster=unit,
            )  # fmt: skip
        axis = Axis(home, column, self._shares(home, column, order), order, "unknown", counted=True)
        self._stop()
        contract = Contract(segment, tables, {"segment": axis}, expectations=expected)
        if self.min_effect is None:
            return contract
        limits = Thresholds(min_effect_fanout=self.min_effect, min_effect_value=self.min_effect)
        return replace(contract, thresholds=limits, floors=frozenset({"fanout", "value"}))

    def _stop(self) -> None:
        if self.problems:
            raise ContractError(self.problems)

    def _known(self, place: str, table: str, column: str | None) -> bool:
        types = self.warehouse.columns
        if table not in types:
            known = ", ".join(sorted(types)) or "none"
            self.problems.append(Problem("FW-USAGE-CLAIM", f"there is no frame '{table}'", f"frames: {known}.", place))
            return False
        if column is not None and column not in types[table]:
            hint = f"{table} has {', '.join(types[table])}."
            self.problems.append(Problem("FW-USAGE-CLAIM", f"{table} has no column '{column}'", hint, place))
            return False
        return True

    def _column(self, place: str, text: str) -> tuple[str, str]:
        table, dot, column = text.rpartition(".")
        if not dot:
            why, hint = f"'{text}' is not a column", "write table.column."
            self.problems.append(Problem("FW-USAGE-CLAIM", why, hint, path=place))
        else:
            self._known(place, table, column)
        return table, column

    def _stated(self, near: str, far: str) -> tuple[str, Edge] | None:
        before = len(self.problems)
        (table, column), (other, key) = self._column("references", near), self._column("references", far)
        if len(self.problems) > before:
            return None
        for said in References(self.warehouse, self.keys).obstacle((table, column), (other, key)):
            hint = f"give {other} one row for each {key}, of the same type."
            self.problems.append(Problem("FW-USAGE-CLAIM", said, hint, "references"))
        return table, Edge((column,), other, (key,), "ref", nullable=True)

    def _edges(self) -> dict[str, list[Edge]]:
        """Return the edges of each table: those that were stated, and those that shared names tell."""
        told = References(self.warehouse, self.keys, self.problems)
        found = {}
        for name in self.warehouse.columns:
            stated = [edge for table, edge in self.stated if table == name]
            reached = {edge.table for edge in stated}
            found[name] = [*stated, *(edge for edge in told.edges(name) if edge.table not in reached)]
        return found

    def _table(self, name: str, edges: Sequence[Edge], segment: str) -> Table:
        columns = {
            column: Column(declared, nullable=f"{name}.{column}" != segment)
            for column, kind in self.warehouse.columns[name].items()
            if (declared := contract_type(kind)) is not None
        }
        return Table(columns, self.keys.get(name, ()), tuple(edges))

    def _path(self, tables: Mapping[str, Table], table: str, home: str, *, counting: bool) -> Any:
        """Return the shortest path up to the segments; a longer one leads to the same row, or shared names mislead."""
        if table == home and counting:
            why = f"{table} has the segments itself, one row per unit"
            self.problems.append(Problem("FW-USAGE-CLAIM", why, f"give a table whose rows refer to {home}.", "fanout"))
            return ()
        found = list(paths_to(tables, table, home))
        shortest = [path for path in found if len(path) == len(found[0])]
        if len(shortest) == 1:
            return shortest[0]
        ways = " or ".join(", ".join("+".join(step) for step in path) for path in shortest)
        if found:
            why = f"{table} reaches {home} by {ways}"
        else:
            reasons = "; ".join(References(self.warehouse, self.keys).obstacles(table, home))
            why = f"no shared column leads from {table} to {home}" + (f": {reasons}" if reasons else "")
        hint = f"pass references={{'{table}.COLUMN': '{home}.COLUMN'}}."
        if not found and reasons:
            hint = "give both columns one type, and one row for each value of the key."
        problem = Problem("FW-USAGE-CLAIM", why, hint, "references")
        if problem not in self.problems:  # a fanout and a value of one table lack the same path
            self.problems.append(problem)
        return ()

    def _shares(self, table: str, column: str, rank: Sequence[str]) -> dict[str, float]:
        found = counted_rows(self.warehouse, table, column)
        counts = {value: rows for value, rows in found.items() if value is not None}
        for name in dict.fromkeys(name for name in rank if name not in counts):
            hint = nearest(name, counts) or "the column has no values."
            why = f"{table}.{column} has no segment '{name}'"
            self.problems.append(Problem("FW-USAGE-CLAIM", why, hint, path="rank"))
            counts[name] = 0
        total = sum(counts.values())
        return {value: rows / total if total else 1 / len(counts) for value, rows in counts.items()}
