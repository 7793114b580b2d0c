"""Runs the program over the parts of a source, and writes the feature table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from segmenter.axes import AXES, FeatureTable
from segmenter.errors import DiscoveryError, MappingError, Problem
from segmenter.features import (
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
from segmenter.features.formula import AxisProgram
from segmenter.features.program import CHANNEL, Program, channels_sql
from segmenter.features.states import axis_states
from segmenter.mapping import did_you_mean
from segmenter.quoting import quote_text
from segmenter.source import Source
from segmenter.warehouse import Warehouse, epoch_seconds

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
    customers: only these, which needs `constants`: the population is not all there. path: default `features.parquet` in
    the work folder of the source. Raises MappingError for unknown axes.
    """
    unknown = [axis for axis in axes or () if axis not in AXES]
    if unknown:
        raise MappingError([Problem(f"there is no axis {axis}", did_you_mean(axis, AXES)) for axis in unknown])
    if customers is not None and constants is None:
        raise DiscoveryError(Problem("features of some customers need the constants of all", "give constants."))
    states = axis_states(source.inputs, axes)
    builder = _Builder(source, _program(source, [name for state in states.values() for name in state.features]))
    learned = dict(constants or {})
    statistics = builder.statistics(learned, customers)
    target = path or source.warehouse.folder / "features.parquet"
    builder.write(statistics, learned, target)
    count, orders = source.warehouse.rows(f"SELECT count(*), coalesce(sum(n), 0) FROM {statistics}")[0]
    builder.forget()
    notes = source.notes
    if "amount" not in source.inputs:
        notes = (*notes, "there are no amounts: the value of a customer is the number of its orders")
    return FeatureTable(target, states, source.as_of, count, int(orders), source.fingerprint(), learned, notes)


def _program(source: Source, names: Sequence[str]) -> Program:
    axes = {name.partition(".")[0] for name in names}
    programs = {axis: program for axis, program in BUILTIN.items() if axis in axes}
    money = 10.0**source.intake.decimals
    return Program(programs, names, epoch_seconds(source.as_of), money, "amount" in source.inputs)


class _Builder:
    """Holds what is made on the way, and lets go of it."""

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
        if "communication_preference" in self._program.programs and not any(
            key.startswith(CHANNEL) for key in constants
        ):
            found = self._warehouse.rows(channels_sql(canon.relation("sale")))
            constants |= {f"{CHANNEL}{row[0]}": float(place) for place, row in enumerate(found, 1)}
        only = ""
        if customers is not None:
            only = f" WHERE c IN (SELECT unnest({self._warehouse.variable(list(customers))}))"
        if canon.parts == 1:
            relation = self._warehouse.new_name()
            sql = self._program.statistics(canon, None, only, constants)
            self._warehouse.execute(f"CREATE TEMP TABLE {relation} AS {sql}")
            self._made.append(relation)
        else:
            for part in range(canon.parts):
                piece = self._warehouse.folder / f"statistics-{part}.parquet"
                sql = self._program.statistics(canon, part, only, constants)
                self._warehouse.execute(f"COPY ({sql}) TO {quote_text(str(piece))} (FORMAT parquet)")
                self._pieces.append(piece)
            relation = f"read_parquet([{', '.join(quote_text(str(piece)) for piece in self._pieces)}])"
        missing = self._program.priors(constants)
        if missing:
            columns = ", ".join(f"CAST({sql} AS DOUBLE) AS c{number}" for number, sql in enumerate(missing.values()))
            values = self._warehouse.rows(f"SELECT {columns} FROM {relation} WHERE n > 0")[0]
            constants |= {name: significant(value or 0.0) for name, value in zip(missing, values, strict=True)}
        return relation

    def write(self, statistics: str, constants: Mapping[str, float], target: Path) -> None:
        """Write the features of the statistics, sorted by customer."""
        self._warehouse.execute(_SIGNIFICANT)
        columns = ", ".join(self._program.features(constants))
        ordered = f"SELECT {columns} FROM {statistics} ORDER BY customer_id"
        self._warehouse.execute(f"COPY ({ordered}) TO {quote_text(str(target))} (FORMAT parquet, COMPRESSION zstd)")

    def forget(self) -> None:
        """Remove what was made on the way."""
        for name in self._made:
            self._warehouse.execute(f"DROP TABLE {name}")
        for piece in self._pieces:
            piece.unlink()


_SIGNIFICANT = (
    "CREATE OR REPLACE TEMP MACRO significant(x) AS CASE WHEN x = 0 THEN 0::DOUBLE WHEN isfinite(CAST(x AS DOUBLE)) "
    f"THEN round(CAST(x AS DOUBLE), {DIGITS - 1} - CAST(floor(log10(abs(CAST(x AS DOUBLE)))) AS INTEGER)) END"
)


def significant(value: float) -> float:
    """Return a number with DIGITS significant digits."""
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value)))) if value and math.isfinite(value) else 0.0
