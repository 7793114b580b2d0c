"""Dataset -> Plan: kinds bound, keys derived, ratios solved; all problems of all columns at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import polars as pl

from fanwise.generator.columns import Binding, ColumnKind, kinds, literal
from fanwise.generator.columns.base import DEFAULT_ROUND
from fanwise.generator.columns.bound import BoundColumn, BoundFanout, BoundTable, BoundWhen
from fanwise.generator.columns.support.types import common_type, rounding_of
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.errors import Mark, PlanError, Problem, UsageError, nearest
from fanwise.generator.language.literals import type_yields
from fanwise.generator.language.spec import (
    ByKey,
    Check,
    Column,
    Dataset,
    Defect,
    Fanout,
    Generator,
    Multiplier,
    Path,
    Table,
)
from fanwise.generator.language.sql.expressions import type_of
from fanwise.generator.language.sql.operands import ExpressionError
from fanwise.generator.moments.profiles import Profiles
from fanwise.generator.moments.sampled_rows import never
from fanwise.generator.moments.uniqueness import must_be_unique, uniqueness
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.plan.correlations import check_correlation
from fanwise.generator.plan.on_demand import OnDemand
from fanwise.generator.plan.row_numbers import uses_row_numbers
from fanwise.generator.plan.targets import check_distinct, check_target
from fanwise.generator.plan.value_ranges import misfit
from fanwise.io.problems import Place
from fanwise.text.numbers import count as counted

MAX_ROWS = 10**10


def root_rows(dataset: Dataset, scale: float, rows: Mapping[str, int]) -> dict[str, int]:
    """Return the rows of each root: `rows` where given, else the file's times `scale`, rounded half up, at least 1."""
    if not scale > 0 or scale == float("inf"):
        raise UsageError("FW-USAGE-VALUE", f"scale {scale} is not a positive number", "for example 0.1 or 10")
    problems = []
    for name, count in rows.items():
        table = dataset.tables.get(name)
        if table is None:
            problems.append(Problem("FW-USAGE-NAME", f"no table '{name}'", nearest(name, dataset.tables), "rows"))
        elif table.parent is not None:
            problems.append(
                Problem(
                    "FW-USAGE-VALUE", f"'{name}' is a child of '{table.parent}'", "set the rows of a root table", "rows"
                )
            )
        elif table.given is not None:
            hint = f"change the {'file' if table.given.file else 'values'} of the table"
            problems.append(Problem("FW-USAGE-VALUE", f"the rows of '{name}' are given", hint, "rows"))
        elif count < 0:
            problems.append(Problem("FW-USAGE-VALUE", f"{count} rows for '{name}'", "give 0 or more", "rows"))
    if problems:
        raise UsageError(problems)
    return {
        name: rows[name] if name in rows else _scaled(table, scale)
        for name, table in dataset.tables.items()
        if table.parent is None
    }


def _scaled(table: Table, scale: float) -> int:
    declared = table.rows or 0
    if not table.scale or not declared:
        return declared
    # As decimals: 50 rows times 0.29 is 14.5, which binary arithmetic puts just below.
    return max(1, int((Decimal(declared) * Decimal(repr(scale))).to_integral_value(ROUND_HALF_UP)))


class Compiler:
    """Binds every fanout and column of a data set; `tables` holds the result, `problems` what went wrong."""

    def __init__(self, dataset: Dataset, seed: int, rows: Mapping[str, int], profiles: Profiles | None = None) -> None:
        """profiles: those of the same data set with another seed; None: to be computed."""
        self.dataset = dataset
        self.seed = seed
        self.tables = {t.name: BoundTable(t.name, t.parent, rows.get(t.name), None) for t in dataset.tables.values()}
        for table in dataset.tables.values():
            self.tables[table.name].columns = OnDemand(dataset, table, self._bind_column)
        self.profiles = profiles or Profiles(self.tables)
        self.problems: list[Problem] = []
        self.lags: dict[Place, ColumnKind] = {}

    def compile(self) -> None:
        """Bind everything, and look for problems that binding does not meet; raise PlanError with all of them."""
        self.connect()
        columns = [(table, column) for table in self.dataset.tables.values() for column in table.columns.values()]
        self._collect(self._column, [(table.name, column.name) for table, column in columns])
        self._check(columns)
        self._collect(self._bind_lag, [(defect,) for defect in self.dataset.defects if defect.lag is not None])
        self._collect(self._check_size, [(t,) for t in self.dataset.tables.values()])
        if self.problems:
            raise PlanError(sorted(dict.fromkeys(self.problems), key=lambda p: (p.mark or Mark(), p.path, p.why)))
        for table in self.dataset.tables.values():
            bound = self.tables[table.name]
            bound.columns = {name: bound.columns[name] for name in table.columns}

    def connect(self) -> None:
        """Put the tables below their parents and bind the fanouts; columns are bound when they are asked for."""
        for table in self.dataset.tables.values():
            if table.parent is not None:
                self.tables[table.parent].children[table.name] = self.tables[table.name]
        for bound in self.tables.values():
            bound.below = frozenset(self._below(bound))
        # Parents first: a column that a fanout reads may ask how many rows its table has.
        self._collect(
            self._bind_fanout, [(t,) for t in sorted(self.dataset.tables.values(), key=self._depth) if t.fanout]
        )

    def _check(self, columns: Sequence[tuple[Table, Column]]) -> None:
        """Collect the problems of tables and columns that are bound."""
        fanouts = [(table, table.fanout) for table in self.dataset.tables.values() if table.fanout]
        self._collect(self._check_correlation, [*fanouts, *columns])
        self._collect(self._check_row_numbers, [(t,) for t in self.dataset.tables.values() if t.fanout])
        for check in (check_distinct, check_target):
            self._collect(partial(check, self.dataset, self.tables, self.profiles), columns)
        self._collect(self._check_type, columns)
        self._collect(self._check_unique, [(t,) for t in self.dataset.tables.values()])
        self._collect(self._check_condition, [(check,) for check in self.dataset.checks])

    def _below(self, bound: BoundTable) -> set[str]:
        return {name for child in bound.children.values() for name in {child.name, *self._below(child)}}

    def _depth(self, table: Table) -> int:
        return 0 if table.parent is None else 1 + self._depth(self.dataset.tables[table.parent])

    def _column(self, table: str, column: str) -> BoundColumn:
        return self.tables[table].columns[column]

    def _collect(self, step: Callable[..., object], items: Iterable[tuple[Any, ...]]) -> None:
        for item in items:
            try:
                step(*item)
            except PlanError as error:
                self.problems.extend(error.problems)
            except OverflowError:
                why, hint = "a number is too large to compute with", "use numbers up to 1e100"
                self.problems.append(self.dataset.problem("FW-PLAN-PARAMETER", self._place(item), why, hint))

    def _place(self, item: tuple[Any, ...]) -> Place:
        """Return the place of what a step was given: a table, a column, or the names of a table and its column."""
        if isinstance(item[0], str):
            return self.dataset.tables[item[0]].columns[item[1]].place
        place: Place = item[-1].place
        return place

    def _bind_fanout(self, table: Table) -> None:
        fanout = table.fanout
        assert fanout is not None
        bounds = (None if fanout.min is None else float(fanout.min), None if fanout.max is None else float(fanout.max))
        generator = self._bind(table, "", fanout.generator, bounds, part="fanout")
        self.tables[table.name].fanout = BoundFanout(self.dataset, fanout, generator)

    def _bind_column(self, table: Table, name: str) -> BoundColumn:
        column = table.columns[name]
        rounding = rounding_of(DEFAULT_ROUND if column.round is None else column.round, column.type)
        bounds, day = column.clamp or (None, None), column.type == "date"
        generator = self._bind(
            table, name, column.generator, bounds, unique=column.unique, rounding=rounding, as_day=day
        )
        if column.type is not None and not _writable(generator.dtype, type_yields(column.type)):
            why, hint = f"this column holds {_sort(generator.dtype)}, not {column.type}", "write another type, or none"
            place = (*column.place, "type")
            raise PlanError(self.dataset.problem("FW-SCHEMA-COLUMN-TYPE", place, why, hint))
        when = None
        if column.when is not None:
            cases = column.when.cases
            bound = tuple(
                self._bind(table, column.name, case, (None, None), part=f"when {key}", rounding=rounding, as_day=day)
                if isinstance(case, Generator)
                else literal(case, generator.dtype)
                for key, case in cases.items()
            )
            types = [generator.dtype, *(case.dtype for case in bound)]
            try:
                when = BoundWhen(column.when.path, tuple(cases), bound, common_type(types, column.type))
            except pl.exceptions.PolarsError:
                why = f"no common type for the replacements of `when`: {', '.join(map(str, dict.fromkeys(types)))}"
                place = (*column.place, "when")
                hint = "use values of one type, or write them as text: type: text"
                raise PlanError(self.dataset.problem("FW-PLAN-TYPE", place, why, hint)) from None
        null_key = name_key(self.seed, table.name, column.name, "null")
        return BoundColumn.of(self.dataset, column, generator, null_key, when)

    def _bind(
        self,
        table: Table,
        column: str,
        generator: Generator,
        bounds: tuple[float | None, float | None],
        *,
        part: str = "",
        unique: bool = False,
        rounding: Rounding | None = None,
        as_day: bool = False,
    ) -> ColumnKind:
        def nested(inner: Generator, name: str, of: str = column) -> ColumnKind:
            return self._bind(table, of, inner, (None, None), part=f"{part} {name}".strip())

        def inner(column_of_it: Column, name: str) -> BoundColumn:
            own = f"{part} {name}".strip()
            made = self._bind(table, column, column_of_it.generator, (None, None), part=own)
            null_key = name_key(self.seed, table.name, column, own, "null")
            return BoundColumn.of(self.dataset, column_of_it, made, null_key, None)

        known = kinds()
        name = f"unique {generator.kind}" if unique and f"unique {generator.kind}" in known else generator.kind
        made = known[name].bind(
            Binding(
                self.dataset,
                table.name,
                column,
                generator,
                self.seed,
                self.profiles.rows,
                self._column,
                nested,
                bounds,
                unique,
                part,
                rounding,
                as_day,
                inner=inner,
            )
        )
        given = generator.correlate or generator.alike
        if given and isinstance(made.quantile_of, str):
            why = f"the column cannot be correlated: {made.quantile_of}"
            raise PlanError(self.dataset.problem("FW-PLAN-CORRELATION", given[0].place, why))
        return made

    def _bind_lag(self, defect: Defect) -> None:
        """Bind the lag of a defect, whose draws are of the table and the column that it moves."""
        table, column = self.dataset.tables[defect.table], defect.column or ""
        assert defect.lag is not None
        self.lags[defect.place] = self._bind(table, column, defect.lag, (None, None), part="defect")

    def _check_condition(self, check: Check) -> None:
        """Raise PlanError for a row condition that does not go with the types of its columns."""
        expression = check.expression
        try:
            types = {name: self._column(path.target, path.column).dtype for name, path in expression.names.items()}
            dtype = type_of(expression.compiled, tuple(types.items()))
        except ExpressionError as error:
            raise PlanError(self.dataset.problem(error.code, check.place, error.why, error.hint)) from None
        if dtype not in (pl.Boolean(), pl.Null()):
            why, hint = "is not a condition: its value is not true or false", "compare two values, such as a > 0"
            raise PlanError(self.dataset.problem("FW-SCHEMA-CHECK", check.place, why, hint))

    def _check_row_numbers(self, table: Table) -> None:
        assert table.fanout is not None
        generator = table.fanout.generator
        for given in (*generator.multipliers, *generator.params.values()):
            if isinstance(given, Path) and uses_row_numbers(self.tables, given):
                why = f"the fanout depends on a row number through '{given.text}', and rows are numbered later"
                raise PlanError(self.dataset.problem("FW-PLAN-ROW-NUMBER", generator.place, why))
            if isinstance(given, ByKey | Multiplier) and uses_row_numbers(self.tables, given.path):
                why = f"the fanout depends on a row number through '{given.path.text}', and rows are numbered later"
                raise PlanError(self.dataset.problem("FW-PLAN-ROW-NUMBER", given.place, why))

    def _check_correlation(self, table: Table, part: Column | Fanout) -> None:
        bound = self.tables[table.name]
        made = bound.columns[part.name] if isinstance(part, Column) else bound.fanout
        if made is not None:
            check_correlation(self.dataset, self.tables, made.generator)

    def _check_type(self, table: Table, column: Column) -> None:
        """Refuse values that a column's declared type cannot hold, and a type that its key does not have."""
        bound = self.tables[table.name].columns[column.name]
        found = misfit(bound, self.profiles.rows(table.name))
        if bound.generator.reference is not None and bound.dtype.is_numeric() != bound.generator.dtype.is_numeric():
            found = "the key that it refers to has another type", "leave out the type: a reference has that of its key"
        if found is not None:
            raise PlanError(self.dataset.problem("FW-PLAN-TYPE", (*column.place, "type"), *found))

    def _check_unique(self, table: Table) -> None:
        """Refuse a key, or a unique column, that has fewer values than the table has rows."""
        for columns in must_be_unique(self.dataset, table.name):
            found = uniqueness(self.profiles, self.dataset, self.tables, table.name, columns)
            if found.values < found.rows:
                about = "about " if found.rows % 1 else ""
                named = ", ".join(columns)
                together = f"({named}) must be unique together" if len(columns) > 1 else "unique"
                what = f"the key ({named}) must be unique" if columns == table.key else together
                why = f"{what}, but only {counted(round(found.values), 'value')} for {about}{found.rows:,.0f} rows"
                raise PlanError(self.dataset.problem("FW-PLAN-UNIQUE", table.unique_place(columns), why))

    def _check_size(self, table: Table) -> None:
        rows = self.profiles.rows
        if table.fanout and not rows(table.name) and (why := never(self.tables, table.name)):
            raise PlanError(self.dataset.problem("FW-PLAN-ARRIVALS", table.fanout.place, why, "let some end later"))
        if rows(table.name) > MAX_ROWS and not (table.parent and rows(table.parent) > MAX_ROWS):
            told = f"{rows(table.name):,.0f}" if rows(table.name) < 1e15 else f"{rows(table.name):.3g}"
            place = (*table.place, "fanout" if table.parent else "rows")
            why, hint = f"about {told} rows, more than {MAX_ROWS:,}", "lower the fanout, the rows or --scale"
            raise PlanError(self.dataset.problem("FW-PLAN-ROWS", place, why, hint))


def _sort(dtype: pl.DataType) -> str:
    """Return what sort of values these are, as far as it matters for a type."""
    if dtype.is_numeric() or dtype == pl.Boolean():
        return "numbers"
    return "instants" if dtype.is_temporal() else "others"


def _writable(dtype: pl.DataType, declared: str) -> bool:
    """Return whether values may be written as what a type yields: numbers are not instants, nor instants numbers."""
    never = {"numbers": ("date", "timestamp", "time"), "instants": ("integer", "number", "bool"), "others": ()}
    return declared not in never[_sort(dtype)]
