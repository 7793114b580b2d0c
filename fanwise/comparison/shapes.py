"""Values of a quantity in few numbers: quantiles and moments, of all rows, of each segment, and of halves of REAL.

Halves are halves of the units: rows of one unit are not independent. There are several ways to halve, by bits of a
hash of the unit, and a floor is the mean over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from fanwise.comparison.pair import Pair
from fanwise.comparison.subjects import Subject
from fanwise.inference.sources.opening import Opened

__all__ = ["HALVES", "MANY_HALVES", "MOST_ROWS", "Both", "Shape", "Shapes", "distance", "half", "shapes_of"]

Floats = npt.NDArray[np.float64]

MOST_ROWS = 300_000
"""More rows than these are sampled by unit."""

HALVES, MANY_HALVES = 3, 6
"""Ways to halve; more where that costs nothing."""

_POINTS = 500
_GRID = ", ".join(f"{(at + 0.5) / _POINTS:.4f}" for at in range(_POINTS))


@dataclass(frozen=True, slots=True)
class Shape:
    """count: values. units: those that have some. quantiles: 500 values of equal weight."""

    count: int
    units: int
    mean: float
    variance: float
    zeros: float
    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Both:
    """One segment of a quantity on both sides, and the halves of REAL."""

    segment: str
    real: Shape
    synth: Shape
    halves: tuple[tuple[Shape, Shape], ...]

    def floor(self, measure: Callable[[Shape, Shape], float]) -> float:
        """Return how far halves of REAL are from each other, on average over the ways to halve."""
        return fmean(measure(a, b) for a, b in self.halves) if self.halves else 0.0


Shapes = Mapping[Subject, tuple[Both, ...]]
_Key = tuple[str, int | None, int | None]


def half(unit: str, way: int) -> str:
    """Return the SQL of the half of a unit, 0 or 1."""
    return f"(hash({unit}) >> {20 + 7 * way}) & 1"


def distance(a: Shape, b: Shape) -> float:
    """Return the Kolmogorov-Smirnov distance, at most 0.002 off: each side is 500 points."""
    values = np.concatenate([a.quantiles, b.quantiles])
    shares = [np.searchsorted(each.quantiles, values, "right") / len(each.quantiles) for each in (a, b)]
    return float(np.max(np.abs(shares[0] - shares[1])))


def shapes_of(pair: Pair, subject: Subject, least: int) -> tuple[Both, ...]:
    """Return all rows, then each segment, where both sides have at least `least` units."""
    real, synth = _measured(pair.real, subject, halves=True), _measured(pair.synth, subject, halves=False)
    return tuple(_paired(real, synth, ["", *(pair.axis.units if pair.axis else ())], least))


def _paired(real: Mapping[_Key, Shape], synth: Mapping[_Key, Shape], segments: list[str], least: int) -> Iterator[Both]:
    for segment in segments:
        one, other = real.get((segment, None, None)), synth.get((segment, None, None))
        if one is None or other is None or min(one.units, other.units) < least:
            continue
        halves = tuple(
            (real[segment, way, 0], real[segment, way, 1])
            for way in range(HALVES)
            if (segment, way, 0) in real and (segment, way, 1) in real
        )
        yield Both(segment, one, other, halves)


def _measured(found: Opened, subject: Subject, *, halves: bool) -> dict[_Key, Shape]:
    session = found.session
    relation = session.load(f"SELECT s, u, v FROM ({subject.relation}) WHERE v IS NOT NULL AND isfinite(v)")
    rows = int(session.rows(f"SELECT count(*) FROM {relation}")[0][0])
    every = -(-rows // MOST_ROWS)
    sample = f"WHERE hash(u) % 1000003 % {every} = 0" if every > 1 else ""
    names = [f"h{way}" for way in range(HALVES)] if halves else []
    sets = ["()", "(s)", *(f"({part}{name})" for name in names for part in ("", "s, "))]
    grouping = ", ".join(f"GROUPING({name})" for name in names)
    parts = "".join(f", {half('u', way)} AS {name}" for way, name in enumerate(names))
    sql = (
        f"SELECT GROUPING(s), s, [{grouping}]::INT[], [{', '.join(names)}]::INT[], count(*), count(DISTINCT u), "
        f"favg(v), var_pop(v), avg(CAST(v = 0 AS INT)), quantile_disc(v, [{_GRID}]) "
        f"FROM (SELECT s, u, v{parts} FROM {relation} {sample}) "
        f"GROUP BY GROUPING SETS ({', '.join(sets)}) ORDER BY ALL"
    )
    out: dict[_Key, Shape] = {}
    for whole, segment, grouped, chosen, *numbers, quantiles in session.rows(sql):
        way = grouped.index(0) if 0 in grouped else None
        if quantiles is None or (not whole and segment is None):
            continue
        name = "" if whole else str(segment)
        count, units, mean, variance, zeros = numbers
        shape = Shape(count, units, mean, variance, zeros, np.array(quantiles, dtype=np.float64))
        out[name, way, chosen[way] if way is not None else None] = shape
    session.execute(f"DROP TABLE {relation}")
    return out
