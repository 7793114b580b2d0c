"""`given`: a column of the rows that the table lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.laws import Declared, Exact, Moments
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.literals import label_of, sort_of
from fanwise.generator.language.spec import Covariate, Generator, Profile
from fanwise.generator.values import TEXT, Values

_LISTED = 2_000  # rows up to which each is a profile of its own
_TYPES: Mapping[str, pl.DataType] = {"integer": pl.Int64(), "number": pl.Float64(), "bool": pl.Boolean()}


@dataclass(frozen=True, slots=True)
class Given(ColumnKind):
    """The value of the row with this number. values: of all rows."""

    names: ClassVar[tuple[str, ...]] = ("given",)
    spec: Generator
    name: str
    values: Values
    labels: tuple[str | None, ...]
    sha256: Mapping[str, str]
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        rows = binding.dataset.tables[binding.table].given
        assert rows is not None
        given = rows.columns[binding.column]
        labels = tuple(None if value is None else label_of(value) for value in given)
        values = _values(given)
        files = {rows.file: rows.sha256} if rows.file else {}
        return cls(binding.generator, binding.column, values, labels, files, values.dtype)

    def draw(self, ctx: GenerationContext) -> Values:
        return self.values.take(ctx.rows.numbers)

    @property
    def digits(self) -> int | None:
        return None  # as they are given

    @property
    def files(self) -> Mapping[str, str]:
        return self.sha256

    @property
    def listed(self) -> Sequence[str | None] | None:
        return self.labels if len(self.labels) <= _LISTED else None

    @property
    def lengths(self) -> tuple[int, int] | None:
        sizes = [len(label) for label in self.labels if label is not None]
        return (min(sizes), max(sizes)) if sizes else None

    def may_be_null(self, nulls: Nullability) -> bool:
        return None in self.labels

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        if self.listed is None:
            return None
        distinct = dict.fromkeys(self.labels)
        return [(label, self.labels.count(label) / len(self.labels)) for label in distinct]

    def moments(self, profile: Profile) -> Moments | None:
        """Return the moments over all rows; of the one value, where the profile holds it."""
        if not (self.dtype.is_numeric() or self.dtype == pl.Boolean()):
            return None
        own: Covariate = ((), self.name)
        if own in profile:
            label = profile[own]
            return Exact(0.0, 0.0, 0.0) if label is None else Exact(self._number(label), 0.0)
        some = [self._number(label) for label in self.labels if label is not None]
        if not some:
            return Exact(0.0, 0.0, 0.0)
        return Exact(float(np.mean(some)), float(np.var(some)), len(some) / len(self.labels))

    def declared(self) -> Declared | None:
        if self.listed is None or self.moments({}) is None:
            return None
        return Declared(self._mean, frozenset({((), self.name)}))

    def _mean(self, profile: Profile) -> float | None:
        found = self.moments(profile)
        return found.mean if found is not None and found.chance else None

    def _number(self, label: str) -> float:
        return float(label == "true") if self.dtype == pl.Boolean() else float(label)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        return "its table lists its values; change them there"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        where = next(iter(self.sha256), "values")
        yield Fact("given", f"{where}, row {int(ctx.rows.numbers[row]) + 1}")


def _values(given: Sequence[Any]) -> Values:
    """Return the given values; texts as a pool with a place for each row."""
    sort = sort_of(given)
    if sort in _TYPES:
        return Values.of(pl.Series(given, dtype=_TYPES[sort]))
    places = {text: at for at, text in enumerate(dict.fromkeys(text for text in given if text is not None))}
    pool = pl.Series([*places] or [""], dtype=pl.String)
    null = np.array([text is None for text in given])
    codes = np.array([0 if text is None else places[text] for text in given], dtype=np.int32)
    return Values(codes, TEXT, pool, null if null.any() else None)
