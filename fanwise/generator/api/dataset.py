"""The Python API: a data set as tables that are made when asked for.

    >>> import fanwise
    >>> shop = fanwise.dataset("ecommerce", rows={"customer": 50})
    >>> shop["customer"].shape
    (50, 6)
    >>> shop["order"].columns
    ['order_id', 'customer_id', 'ordered_at', 'gross_amount']

A data set is a pure function of schema, seed, scale, rows and pins; what is asked first never changes what comes later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from fanwise.generator.api.pins import Pins, pinned
from fanwise.generator.api.repr import html_page, summary, table_of
from fanwise.generator.engine.executor import chunks, frame_of
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.plan import Plan
from fanwise.generator.plan.cache import Schema, planned, whole_number

if TYPE_CHECKING:
    import duckdb
    import pandas
    import pyarrow
    from rich.table import Table

    from fanwise import validator
    from fanwise.generator.api.explain import Explanation
    from fanwise.generator.api.frame_store import FrameStore
    from fanwise.generator.language.spec import Gates

__all__ = ["Dataset", "dataset"]

_WHOLE = 2_000_000  # rows of a root's largest table up to which all are made in one piece and shared by the tables


def dataset(
    schema: Schema,
    *,
    seed: int | None = None,
    scale: float | None = None,
    rows: Mapping[str, int] | None = None,
    pin: Pins | None = None,
) -> Dataset:
    """Return the data set of a schema; no row is made yet.

    schema: a path, YAML text, a mapping of the same shape, or the name of a ready dataset. seed: in place of the
    schema's. scale: multiplies the rows of each root table that allows it. rows: rows of single roots. pin: cells to
    hold, table -> row number from 0 -> column -> value (see `Dataset.override`).

    Raises SchemaError for a schema that breaks the language, PlanError for one that no data can satisfy, UsageError
    for a file, table, row or value that does not fit; each names the place and the way out.

    >>> dataset("ecommerce", rows={"customer": 3})["customer"]["customer_segment"].to_list()
    ['Casual', 'VIP', 'Casual']
    >>> dataset("ecommerce", rows={"customer": 3}, pin={"customer": {0: {"country": "FR"}}})["customer"]["country"][0]
    'FR'
    """
    plan = planned(schema, seed=seed, scale=scale, rows=rows)
    return Dataset(pinned(plan, pin) if pin else plan)


class Dataset(Mapping[str, pl.DataFrame]):
    """The tables of a data set by name, each a polars.DataFrame made when first asked for, and kept.

    Only the asked table, those that drive it and the columns that it refers to are made. Row numbers count from 0
    within a table. Instants are in UTC without zone, in microseconds; dates are dates.
    """

    def __init__(self, plan: Plan, store: FrameStore | None = None) -> None:
        self._plan = plan
        self._references = TableReferences(plan.tables)
        self._store = store

    @property
    def name(self) -> str:
        """The name that the schema gives."""
        return self._plan.dataset.name

    @property
    def plan(self) -> Plan:
        """What is to be made: tables in order, bound columns, expected rows."""
        return self._plan

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in the order of the schema.

        >>> dataset("ecommerce").tables
        ('customer', 'product', 'order', 'order_item')
        """
        return tuple(name for name, table in self._plan.dataset.tables.items() if not table.hidden)

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return a table, shape (rows, written columns), in row order (UsageError for an unknown name)."""
        self._known(table)
        frame: pl.DataFrame = self._references.once(("frame", table), lambda: self._frame(table))
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, table: object) -> bool:
        return table in self._plan.tables

    def get(self, table: str, default: Any = None) -> Any:
        """Return a table, or `default` where there is none of this name."""
        if table not in self:
            return default
        return self[table]

    # Two data sets are equal if they are the same object: comparing all rows would make all tables.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def iter_chunks(
        self, *, chunk_rows: int | None = None, threads: int | None = None, workers: int = 1
    ) -> Iterator[dict[str, pl.DataFrame]]:
        """Yield the data set piece by piece, in row order: root rows with all that hangs below them.

        chunk_rows: rows of a piece's largest table (None: a piece has about 3 million cells). threads: by default one
        per processor. workers: processes, 1 for threads of this one; they end with the iterator. None of them changes a
        value, and memory stays that of a few pieces.

        >>> sum(frames["order"].height for frames in dataset("ecommerce").iter_chunks() if "order" in frames)
        22813
        """
        from fanwise.generator.engine.local import generate
        from fanwise.generator.run.sizing import processes_for

        _refuse_fewer_than_one(chunk_rows=chunk_rows, threads=threads, workers=workers)
        if (processes := processes_for(workers)) > 1:
            from fanwise.generator.workers.stream import frames_on_workers

            return frames_on_workers(self._plan, workers=processes, chunk_rows=chunk_rows)
        return generate(self._plan, threads=threads, chunk_rows=chunk_rows)

    def subtree(self, table: str, row: int) -> dict[str, pl.DataFrame]:
        """Return one row of `table` and all rows below it, by table; equal to the same rows of the full data set.

        No other root row is made. Where a table below has a running number, its fanouts are counted over all roots at
        the first call, and kept.

        >>> customer = dataset("ecommerce", scale=1000).subtree("customer", 17)
        >>> customer["customer"]["customer_id"].item()
        18
        >>> list(customer)
        ['customer', 'order', 'order_item']
        """
        at = self._row(table, row)
        ctx, place = self._references.locate(table, np.array([at]))
        found: dict[str, pl.DataFrame] = {}
        for name in self.tables:
            if name == table or name in self._plan.tables[table].below:
                target = ctx.reach(name)
                frame = frame_of(self._plan, target)
                rows = np.flatnonzero(target.ancestor(table)[1] == place[0])
                found[name] = frame if len(rows) == frame.height else frame[rows]
        return found

    def override(self, table: str, *, row: int, **cells: Any) -> Dataset:
        """Return the data set in which these cells of one row are held, and all that is derived from them follows.

        A held segment changes the fanouts and values below that row; what hangs below other rows keeps its draws (only
        running numbers move, as they do whenever a table gets more rows). Raises UsageError for a value that breaks a
        type, a key, a reference or a bound.

        >>> shop = dataset("ecommerce", rows={"customer": 20})
        >>> vip = shop.override("customer", row=0, customer_segment="VIP")
        >>> shop["order"].height, vip["order"].height
        (448, 461)
        """
        return Dataset(pinned(self._plan, {table: {row: cells}}))

    def explain(self, table: str, *, row: int, column: str) -> Explanation:
        """Return why a cell holds its value: parents, segment, parameters, draw, bounds, result.

        >>> why = dataset("ecommerce").explain("order", row=123, column="gross_amount")
        >>> why["segment"], why["solved"]
        ('tier Standard', 'lognormal(mean 72, sd 58)')
        """
        from fanwise.generator.api.explain import explain

        return explain(self._plan, self._references, table, self._row(table, row), column)

    def audit(self, *, gates: Gates | None = None) -> validator.Report:
        """Return the audit's judgement of the tables in memory; it is a result, never an error.

        gates: what can fail it, "all", "integrity" or "none", in place of the schema's `audit.gates`.

        >>> dataset("ecommerce").audit().exit_code
        0
        """
        from fanwise import validator
        from fanwise.generator.audit.contract import compile_contract

        return validator.audit(dict(self.items()), compile_contract(self._plan), gates=gates)

    def to_pandas(self) -> dict[str, pandas.DataFrame]:
        """Return every table as a pandas.DataFrame (MissingExtraError without pandas and pyarrow)."""
        from fanwise.io.extras import require

        require("pandas", "pandas", "to_pandas()")
        require("pyarrow", "pandas", "to_pandas()")
        return {name: frame.to_pandas() for name, frame in self.items()}

    def to_arrow(self) -> dict[str, pyarrow.Table]:
        """Return every table as a pyarrow.Table (MissingExtraError without pyarrow)."""
        from fanwise.io.extras import require

        require("pyarrow", "arrow", "to_arrow()")
        return {name: frame.to_arrow() for name, frame in self.items()}

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None, *, workers: int = 1
    ) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB connection, `connection` or a new one in memory, that holds the tables.

        Keys are primary keys and references foreign keys, except references of a table to itself, which DuckDB cannot
        check while the table is filled. All or nothing: a connection that is closed or holds one of the tables already
        is an error of our tree and stays as it was. workers: processes that make the rows, 1 for threads of this one.

        >>> db = dataset("ecommerce", rows={"customer": 10}).to_duckdb()
        >>> db.execute('select count(*) from "order" join customer using (customer_id)').fetchall()
        [(207,)]
        """
        from fanwise.generator.api.sql import fill_duckdb

        _refuse_fewer_than_one(workers=workers)
        if workers > 1:
            self._make_all(workers)
        return fill_duckdb(self._plan.schema, self._in_order_of_need(), connection)

    def to_sql(self, url: str) -> None:
        """Create and fill the tables, with keys and foreign keys, in the database at `url`.

        url: `sqlite:///shop.db` (relative), `sqlite:////tmp/shop.db` (absolute) or `postgresql://user@host/name`. All
        or nothing. MissingExtraError without the extra `sql`.
        """
        from fanwise.generator.api.sql import fill_database

        fill_database(self._plan.schema, self._in_order_of_need, url)

    def write(
        self,
        folder: str | Path,
        *,
        file_format: str = "parquet",
        compression: str | None = None,
        workers: int = 1,
        force: bool = False,
    ) -> Path:
        """Write the tables and a manifest into `folder` without an audit, as `gen run --no-audit` does; return it.

        file_format: parquet, csv, jsonl or arrow. workers: processes, 1 for threads of this one; never changes a byte.
        force: replace an earlier data set. The manifest does not know of pins. Raises OutputError for a folder that is
        not ours, or a disk that refuses: it is then as it was.
        """
        from fanwise.generator.run.options import RunOptions
        from fanwise.generator.run.run import write

        _refuse_fewer_than_one(workers=workers)
        options = RunOptions(
            out=Path(folder),
            format=file_format,
            compression=compression,
            rows=dict(self._plan.rows),
            workers=workers,
            force=force,
        )
        return write(self._plan, options).folder

    def __repr__(self) -> str:
        return summary(self._plan)

    def __rich__(self) -> Table:
        return table_of(self._plan)

    def _repr_html_(self) -> str:
        return html_page(self._plan)

    def _known(self, table: str) -> None:
        if table not in self._plan.tables:
            raise UsageError("FW-USAGE-NAME", f"{self.name} has no table '{table}'", nearest(str(table), self.tables))

    def _row(self, table: str, row: int) -> int:
        self._known(table)
        at, size = whole_number(row, "row"), self._references.size(table)
        if not 0 <= at < size:
            raise UsageError(
                "FW-USAGE-VALUE", f"{table} has {size:,} rows, so there is no row {at}", "rows are counted from 0"
            )
        return at

    def _in_order_of_need(self) -> dict[str, pl.DataFrame]:
        """Return the tables, each after those that it refers to."""
        return {name: self[name] for name in self._plan.schema.tables}

    def _make_all(self, workers: int) -> None:
        """Make all tables on worker processes, and keep them."""
        pieces: dict[str, list[pl.DataFrame]] = {}
        for frames in self.iter_chunks(workers=workers):
            for table, frame in frames.items():
                pieces.setdefault(table, []).append(frame)
        for table, found in pieces.items():
            self._references.once(("frame", table), partial(pl.concat, found, rechunk=False))

    def _frame(self, table: str) -> pl.DataFrame:
        kept = self._store.get(table) if self._store is not None else None
        if kept is not None:
            return kept
        made = self._made(table)
        if self._store is not None:
            self._store.put(table, made)
        return made

    def _made(self, table: str) -> pl.DataFrame:
        root = self._references.root(table)
        if max(self._plan.expected_rows[name] for name in (root, *self._plan.tables[root].below)) <= _WHOLE:
            return frame_of(self._plan, self._references.whole(table))
        pieces = []
        for chunk in chunks(self._plan):
            if chunk.root == root:
                top, _ = self._references.locate(root, np.arange(chunk.start, chunk.stop))
                pieces.append(frame_of(self._plan, top.reach(table)))
        return pl.concat(pieces, rechunk=False)


def _refuse_fewer_than_one(**numbers: int | None) -> None:
    for name, number in numbers.items():
        if number is not None and whole_number(number, name) < 1:
            raise UsageError("FW-USAGE-VALUE", "must be at least 1", "leave it out", name, str(number))
