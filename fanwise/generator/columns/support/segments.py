"""Segments: how rows get one, and how declared multipliers become parameters per row.

A *cell* is one combination of the segments and categories that a generator's parameters depend on. Kinds see a cell
number per row and never learn which segment it stands for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.language.spec import Axis, ByKey, Generator, Multiplier, Path, Profile
from fanwise.generator.numerics.randomness import name_key, reverse32, scramble32, uniform
from fanwise.io.problems import Place

if TYPE_CHECKING:
    from fanwise.generator.context import GenerationContext

Codes = npt.NDArray[np.int32]
ELSE = None  # the key of a cell axis that stands for every other value, and for null


@dataclass(frozen=True, slots=True)
class CellAxis:
    """One coordinate of a cell: the value found at `path`, as its position in `keys`; len(keys) means none of them."""

    path: Path
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: its keys (None: any other value), the parameters there, and the product of its multipliers.

    axes: those of `keys`. params is None where a parameter names no value for the combination; such rows are null.
    """

    axes: tuple[CellAxis, ...]
    keys: tuple[str | None, ...]
    params: Mapping[str, Any] | None
    factor: float

    @property
    def label(self) -> str:
        return ", ".join("else" if key is None else key for key in self.keys)

    def acting(self, given: ByKey | Multiplier) -> tuple[float | None, Place]:
        """Return the number that acts in this cell, None where there is none, and its place."""
        numbers = given.values if isinstance(given, ByKey) else given.factors
        at = {axis.path.covariate: key for axis, key in zip(self.axes, self.keys, strict=True)}
        key = at[given.path.covariate]
        if key is None or key not in numbers:
            return given.default, (*given.place, "else")
        return numbers[key], (*given.place, key)


@dataclass(frozen=True, slots=True)
class Cells:
    """All combinations of a generator's axes, numbered with the last axis fastest."""

    axes: tuple[CellAxis, ...]
    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, generator: Generator, extra: Mapping[str, Any] | None = None) -> Cells:
        """Return the cells of a generator; `extra` are further parameters, each a number or a `ByKey`."""
        params = {**generator.params, **(extra or {})}
        by_key = {name: value for name, value in params.items() if isinstance(value, ByKey)}
        axes = _axes(
            [(v.path, v.values) for v in by_key.values()] + [(m.path, m.factors) for m in generator.multipliers]
        )
        return cls(axes, tuple(_cell(keys, axes, params, by_key, generator) for keys in _combinations(axes)))

    def __len__(self) -> int:
        return len(self.cells)

    def at(self, profile: Profile) -> int:
        """Return the number of a profile's cell."""
        code = 0
        for axis in self.axes:
            key = profile[axis.path.covariate]
            code = code * (len(axis.keys) + 1) + (axis.keys.index(key) if key in axis.keys else len(axis.keys))
        return code

    def of_row(self, ctx: GenerationContext, row: int) -> int:
        """Return the number of the cell of one row."""
        codes = self.codes(ctx)
        return codes if isinstance(codes, int) else int(codes[row])

    def codes(self, ctx: GenerationContext) -> Codes | int:
        """Return the cell number of each row of `ctx`, int32 (n,), or 0 when there is only one cell."""
        if not self.axes:
            return 0
        total: Codes | None = None
        for axis in self.axes:
            code = ctx.codes(axis.path, axis.keys)
            total = code if total is None else total * np.int32(len(axis.keys) + 1) + code
        assert total is not None
        return total


def _axes(found: list[tuple[Path, Mapping[str, float]]]) -> tuple[CellAxis, ...]:
    keys: dict[tuple[Any, str], tuple[Path, dict[str, None]]] = {}
    for path, values in found:
        keys.setdefault(path.covariate, (path, {}))[1].update(dict.fromkeys(values))
    return tuple(CellAxis(path, tuple(known)) for path, known in keys.values())


def _combinations(axes: tuple[CellAxis, ...]) -> Iterator[tuple[str | None, ...]]:
    return itertools.product(*((*axis.keys, ELSE) for axis in axes))


def _cell(
    keys: tuple[str | None, ...],
    axes: tuple[CellAxis, ...],
    params: Mapping[str, Any],
    by_key: Mapping[str, ByKey],
    generator: Generator,
) -> Cell:
    at = {axis.path.covariate: key for axis, key in zip(axes, keys, strict=True)}
    chosen: dict[str, Any] | None = dict(params)
    for name, value in by_key.items():
        key = at[value.path.covariate]
        number = value.default if key is None else value.values.get(key, value.default)
        if number is None:
            chosen = None
        elif chosen is not None:
            chosen[name] = number
    factor = math.prod(_factor(m, at[m.path.covariate]) for m in generator.multipliers)
    return Cell(axes, keys, chosen, factor)


def _factor(given: Multiplier, key: str | None) -> float:
    fallback = 1.0 if given.default is None else given.default
    return fallback if key is None else given.factors.get(key, fallback)


@dataclass(frozen=True, slots=True)
class Assignment:
    """How the rows of an axis' table get their segment: codes into the axis' segments, in the order of the file."""

    axis: Axis
    edges: npt.NDArray[np.float64]
    seed: int

    @classmethod
    def of(cls, axis: Axis, seed: int) -> Assignment:
        """Return the assignment of an axis for a data set's seed."""
        return cls(axis, np.cumsum(list(axis.share.values()))[:-1], seed)

    def codes(self, ctx: GenerationContext) -> Codes:
        """Return each row's segment as int32 (n,)."""
        if self.axis.assign == "balanced":
            point = balanced_points(ctx.rows.numbers, self.seed, self.axis.name)
        else:
            point = uniform(ctx.rows.keys, name_key(self.seed, "axis", self.axis.name))
        return np.searchsorted(self.edges, point, side="right").astype(np.int32)


def balanced_points(numbers: npt.NDArray[np.int64], seed: int, axis: str) -> npt.NDArray[np.float64]:
    """Return a low-discrepancy point in (0, 1) for each row number, float64 (n,).

    ``scramble(radical_inverse_2(shuffle(i)))`` of Burley 2020. Rows from 2^32 on start further, differently keyed
    sequences, so the prefix bound holds within each of them.
    """
    out = np.empty(numbers.shape, dtype=np.float64)
    epochs = numbers >> 32
    for epoch in np.unique(epochs):
        rows = epochs == epoch
        index = (numbers[rows] & 0xFFFFFFFF).astype(np.uint32)
        shuffled = scramble32(index, name_key(seed, "axis", axis, "shuffle", int(epoch)))
        value = scramble32(reverse32(shuffled), name_key(seed, "axis", axis, "value", int(epoch)))
        out[rows] = (value + 0.5) * 2.0**-32
    return out
