"""Runs the program over the parts of a source, and writes the feature table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fanwise.io.problems import nearest
from fanwise.io.quoting import quote_text
from fanwise.segmenter.axes import AXES, FeatureTable
from fanwise.segmenter.errors import FanwiseError, MappingError, Problem
from fanwise.segmenter.features import (
    category_exploration,
    communication_preference,
    customer_maturity,
    loyalty_trajectory,
    price_sensitivity,
    problem_complexity_profile,
    product_knowledge,
    purchase_cadence,
    purchase_frequency,
    purchase_value,
    repurchase_behavior,
    return_behavior,
    value_sophistication,
)
from fanwise.segmenter.features.availability import axis_states
from fanwise.segmenter.features.formula import AxisProgram
from fanwise.segmenter.features.program import CHANNEL, Program, channels_sql
from fanwise.segmenter.ingest.source import DECIMALS, Source
from fanwise.segmenter.ingest.warehouse import Warehouse, epoch_seconds
from fanwise.segmenter.model.scaling import significant

if TYPE_CHECKING:
    import polars as pl

__all__ = ["BUILTIN", "build_features"]

BUILTIN: Mapping[str, AxisProgram] = {
    "purchase_frequency": purchase_frequency.PROGRAM,
    "purchase_value": purchase_value.PROGRAM,
    "category_exploration": category_exploration.PROGRAM,
    "price_sensitivity": price_sensitivity.PROGRAM,
    "purchase_cadence": purchase_cadence.PROGRAM,
    "customer_maturity": customer_maturity.PROGRAM,
    "repurchase_behavior": repurchase_behavior.PROGRAM,
    "return_behavior": return_behavior.PROGRAM,
    "communication_preference": communication_preference.PROGRAM,
    "problem_complexity_profile": problem_complexity_profile.PROGRAM,
    "loyalty_trajectory": loyalty_trajectory.PROGRAM,
    "product_knowledge": product_knowledge.PROGRAM,
    "value_sophistication": value_sophistication.PROGRAM,
}
"""The program of each axis."""

DIGITS = 12
"""Significant digits of a feature: what doubles of different machines agree on."""

ROWS = 131_072
"""Rows of a row group of the feature table."""

COMPRESSION: Literal["lz4"] = "lz4"
"""Of the feature table, which is read a few times and then removed: quick rather than small."""

IN_MEMORY = 262_144
"""Customers whose features go through memory: 60 doubles each, 126 MB."""


def build_features(
    source: Source,
    axes: Sequence[str] | None = None,
    *,
    constants: Mapping[str, float] | None = None,
    customers: Sequence[str] | None = None,
    path: Path | None = None,
) -> FeatureTable:
    """Return the features of every customer of a source, in a Parquet file sorted by `customer_id`.

    axes: default all. constants: those of an earlier table, so that features mean the same; what they lack is learned.
    customers: only these, which needs `constants`: the population is not all there. path: default a new file in
    the work folder of the source. Raises MappingError for unknown axes.
    """
    unknown = [axis for axis in axes or () if axis not in AXES]
    if unknown:
        raise MappingError([Problem("FW-USAGE-NAME", f"unknown axis {axis}", nearest(axis, AXES)) for axis in unknown])
    if customers is not None and constants is None:
        raise FanwiseError(
            "FW-DEFECT", "features of single customers need the constants of the population", "give constants."
        )
    source.count_money(constants or {})
    states = axis_states(source.inputs, axes)
    builder = _Builder(source, _program(source, [name for state in states.values() for name in state.features]))
    learned = {DECIMALS: float(source.intake.decimals), **(constants or {})}
    statistics = builder.statistics(learned, customers)
    target = path or _free(source.warehouse.work)
    count, orders = source.warehouse.rows(f"SELECT count(*), coalesce(sum(n), 0) FROM {statistics}")[0]
    builder.write(statistics, learned, target, count)
    builder.forget()
    notes = source.notes
    if "amount" not in source.inputs:
        notes = (*notes, "there are no amounts: the value of a customer is the number of its orders")
    print_ = source.fingerprint()
    return FeatureTable(target, states, source.as_of, count, int(orders), print_, learned, notes, source.mapping)


def _free(folder: Path) -> Path:
    """Return a path in the work folder that no earlier table has."""
    names = itertools.chain(["features"], (f"features-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := folder / f"{name}.parquet").exists())


def _program(source: Source, names: Sequence[str]) -> Program:
    axes = {name.partition(".")[0] for name in names}
    programs = {axis: program for axis, program in BUILTIN.items() if axis in axes}
    money = 10.0**source.intake.decimals
    return Program(programs, names, epoch_seconds(source.as_of), money, "amount" in source.inputs)


class _Builder:
    """Holds intermediate results, and releases them."""

    def __init__(self, source: Source, program: Program) -> None:
        self._source, self._program = source, program
        self._made: list[str] = []
        self._pieces: list[Path] = []

    @property
    def _warehouse(self) -> Warehouse:
        return self._source.warehouse

    def statistics(self, constants: dict[str, float], customers: Sequence[str] | None) -> str:
        """Make the statistics of every customer and add the missing constants; return the relation."""
        canon = self._source.canon
        named = any(key.startswith(CHANNEL) for key in constants)
        if "communication_preference" in self._program.programs and not named:
            found = self._warehouse.rows(channels_sql(canon.relation("sale")))
            constants |= {f"{CHANNEL}{row[0]}": float(place) for place, row in enumerate(found, 1)}
        only = ""
        if customers is not None:
            only = f" WHERE CAST(c AS VARCHAR) IN (SELECT unnest({self._warehouse.variable(list(customers))}))"
        parts = [None] if canon.parts == 1 else range(canon.parts)
        queries = [self._program.statistics(canon, part, only, constants) for part in parts]
        relation = self._table(queries[0]) if len(queries) == 1 else self._files(queries)
        missing = self._program.priors(constants)
        if missing:
            columns = ", ".join(f"CAST({sql} AS DOUBLE) AS c{number}" for number, sql in enumerate(missing.values()))
            values = self._warehouse.rows(f"SELECT {columns} FROM {relation} WHERE n > 0")[0]
            constants |= {name: significant(value or 0.0, DIGITS) for name, value in zip(missing, values, strict=True)}
        return relation

    def _table(self, query: str) -> str:
        name = self._warehouse.new_name()
        self._warehouse.execute(f"CREATE TEMP TABLE {name} AS {query}")
        self._made.append(name)
        return name

    def _files(self, queries: Sequence[str]) -> str:
        # Parquet has no HUGEINT: DuckDB would round it to a double. As decimals, the sums stay exact.
        types = self._warehouse.columns(queries[0])
        wide = {name for name, kind in types.items() if kind == "HUGEINT"}
        sent = ", ".join(f"CAST({name} AS DECIMAL(38, 0)) AS {name}" if name in wide else name for name in types)
        for part, query in enumerate(queries):
            piece = self._warehouse.scratch / f"statistics-{part}.parquet"
            self._pieces.append(piece)
            self._warehouse.execute(f"COPY (SELECT {sent} FROM ({query})) TO {quote_text(str(piece))} (FORMAT parquet)")
        files = ", ".join(quote_text(str(piece)) for piece in self._pieces)
        kept = ", ".join(f"CAST({name} AS HUGEINT) AS {name}" if name in wide else name for name in types)
        return f"(SELECT {kept} FROM read_parquet([{files}]))"

    def write(self, statistics: str, constants: Mapping[str, float], target: Path, customers: int) -> None:
        """Write the features of the statistics, sorted by customer."""
        import polars as pl
        from polars.io.plugins import register_io_source

        columns = ", ".join(self._program.features(constants))
        query = f"SELECT {columns} FROM {statistics}"
        if customers <= IN_MEMORY:
            # Polars sorts wide rows in a third of the time.
            found = self._warehouse.frame(query).sort("customer_id")
            frame = significant_frame(found.lazy()).collect()
            frame.write_parquet(target, compression=COMPRESSION, row_group_size=ROWS)
            return
        raw = self._warehouse.scratch / "raw.parquet"
        self._pieces.append(raw)
        self._warehouse.execute(f"COPY ({query} ORDER BY customer_id) TO {quote_text(str(raw))} (FORMAT parquet)")
        # Piece by piece: a scan of the whole file would have read all of it before the first rows are written.
        scan = pl.scan_parquet(raw)

        def pieces(*_: object) -> Iterator[pl.DataFrame]:
            for start in range(0, customers, ROWS):
                yield significant_frame(scan.slice(start, ROWS)).collect()

        rounded = register_io_source(pieces, schema=scan.collect_schema(), is_pure=True)
        rounded.sink_parquet(target, compression=COMPRESSION, row_group_size=ROWS, maintain_order=True)

    def forget(self) -> None:
        """Remove what was made on the way."""
        for name in self._made:
            self._warehouse.execute(f"DROP TABLE {name}")
        for piece in self._pieces:
            piece.unlink()


def significant_frame(table: pl.LazyFrame) -> pl.LazyFrame:
    """Return a table whose floats have DIGITS significant digits; what is not finite is null."""
    import polars as pl
    from polars import selectors

    # Adding 0 makes −0 plain.
    floats = selectors.float()
    return table.with_columns(pl.when(floats.is_finite()).then(floats.round_sig_figs(DIGITS) + 0.0))
