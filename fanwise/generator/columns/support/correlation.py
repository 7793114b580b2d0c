"""The weights with which a normal score is made of others, so that it has the declared correlations with them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.segments import Cell, CellAxis, Cells
from fanwise.generator.language.spec import Alike, Correlate, Covariate, Path, Step
from fanwise.generator.numerics.exactmath import rounded
from fanwise.io.problems import Place

__all__ = ["Impossible", "Innovation", "Weights", "covariance", "seen_from", "solved"]

Floats = npt.NDArray[np.float64]
Innovation = tuple[tuple[Step, ...], int]
"""An independent standard normal: the way to the row that it is drawn for, and the key of the draw."""

Terms = Mapping[Innovation, float]
TermsOf = Callable[[Mapping[Covariate, str | None]], Terms]

_LEAST_OWN = 1e-6  # the least share of the variance that a column has for itself
_STEPS = 60  # bisections


class Impossible(Exception):
    """Correlations that no column has; `place` is of the number to change."""

    def __init__(self, place: Place, why: str, hint: str) -> None:
        self.place, self.why, self.hint = place, why, hint
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class _Problem:
    """What the weights of one cell have to meet: correlations r with sources whose terms are known, and shares."""

    terms: tuple[Terms, ...]
    r: Floats
    alike: tuple[Alike, ...]
    keys: tuple[int, ...]
    own: int

    def without(self, missing: int) -> _Problem:
        """Return the problem without the sources whose bit is set: such a source has neither terms nor correlation."""
        keep = [not missing >> place & 1 for place in range(len(self.terms))]
        terms = tuple(found if kept else {} for found, kept in zip(self.terms, keep, strict=True))
        return replace(self, terms=terms, r=np.where(keep, self.r, 0.0))

    def solve(self) -> tuple[Floats, Floats, float]:
        """Return the weights of the sources, the squared weights of the ancestors' draws, and that of the own draw.

        The weights w solve R w = r, where R holds the correlations of the sources with one another. An ancestor's draw
        adds what is left of the declared share after what the sources bring. Squares below 0 are impossible.
        """
        used = [place for place, found in enumerate(self.terms) if found]
        w = np.zeros(len(self.terms))
        if used:
            matrix = [[covariance(self.terms[a], self.terms[b]) for b in used] for a in used]
            w[used] = np.linalg.solve(np.array(matrix), self.r[used])
        made = combined(self.terms, w)
        squares = np.zeros(len(self.alike))
        for place, one in enumerate(self.alike):
            squares[place] = one.share - common(made, one.steps)
            made[one.steps, self.keys[place]] = math.sqrt(max(squares[place], 0.0))
        return w, squares, 1.0 - math.fsum(value * value for value in made.values())

    def slack(self, place: int, share: float) -> float:
        """Return what is left where the correlation of one source is multiplied by `share`; below 0: no weights.

        It is a concave function of `share`.
        """
        r = self.r.copy()
        r[place] *= share
        _, squares, own = replace(self, r=r).solve()
        return min(own - _LEAST_OWN, float(squares.min(initial=1.0)) + 1e-9)


@dataclass(frozen=True)
class Weights:
    """The weights of each cell: of the own draw, of each ancestor's, and of each source.

    terms: per cell, what the score is the sum of.
    """

    cells: Cells
    problems: tuple[_Problem, ...]
    terms: tuple[Terms, ...]
    _kept: dict[int, Floats] = field(default_factory=dict)

    def of(self, missing: int) -> Floats:
        """Return the weights where the sources whose bit is set have no score, float64 (cells, parts).

        The correlations with the others stay as they are.
        """
        if missing not in self._kept:
            self._kept[missing] = rounded(np.array([_row(problem.without(missing)) for problem in self.problems]))
        return self._kept[missing]


def _row(problem: _Problem) -> Floats:
    w, squares, own = problem.solve()
    left = 1.0 - _LEAST_OWN - (1.0 - own - math.fsum(np.maximum(squares, 0.0)))
    squares = np.minimum(np.maximum(squares, 0.0), max(left, 0.0))
    own = max(own, _LEAST_OWN)
    return np.concatenate([[math.sqrt(own)], np.sqrt(squares), w])


def covariance(a: Terms, b: Terms) -> float:
    """Return the covariance of two sums of innovations."""
    return math.fsum(value * b[key] for key, value in a.items() if key in b)


def combined(terms: Sequence[Terms], weights: Floats) -> dict[Innovation, float]:
    """Return the weighted sum of sums."""
    out: dict[Innovation, float] = {}
    for found, weight in zip(terms, weights.tolist(), strict=True):
        for key, value in found.items():
            out[key] = out.get(key, 0.0) + weight * value
    return out


def common(terms: Terms, steps: tuple[Step, ...]) -> float:
    """Return the share of the variance that rows below one row have in common; `steps` lead up to that row."""
    return math.fsum(value * value for (way, _), value in terms.items() if way[: len(steps)] == steps)


def seen_from(path: Path, axes: Sequence[CellAxis]) -> tuple[CellAxis, ...]:
    """Return the axes of the column at a path as the row at its beginning sees them."""
    start = path.text.rpartition(".")[0]
    return tuple(
        CellAxis(
            replace(
                axis.path,
                text=f"{start}.{axis.path.text}" if start else axis.path.text,
                table=path.table,
                steps=(*path.steps, *axis.path.steps),
            ),
            axis.keys,
        )
        for axis in axes
    )


def moved(path: Path, axes: Sequence[CellAxis], terms: TermsOf, at: Mapping[Covariate, str | None]) -> Terms:
    """Return the terms of the column at a path as the row at its beginning sees them."""
    own = {axis.path.covariate: at[(*path.steps, *axis.path.steps), axis.path.column] for axis in axes}
    return {((*path.steps, *steps), key): value for (steps, key), value in terms(own).items()}


def solved(
    correlate: Sequence[Correlate],
    sources: Sequence[tuple[tuple[CellAxis, ...], TermsOf]],
    alike: tuple[Alike, ...],
    keys: tuple[int, ...],
    own: int,
) -> Weights:
    """Return the weights of a column (raises Impossible).

    sources: of each column named, what its correlations depend on, and its terms. keys: of the ancestors' draws. own:
    the key of the column's draw.
    """
    given = [one.value for one in correlate if not isinstance(one.value, float)]
    axes = merged(
        [CellAxis(value.path, tuple(value.values)) for value in given]
        + [axis for one, (found, _) in zip(correlate, sources, strict=True) for axis in seen_from(one.path, found)]
    )
    cells = tuple(Cell(axes, chosen, {}, 1.0) for chosen in itertools.product(*((*axis.keys, None) for axis in axes)))
    problems, terms = [], []
    for cell in cells:
        at = {axis.path.covariate: key for axis, key in zip(axes, cell.keys, strict=True)}
        numbers = [one.value if isinstance(one.value, float) else cell.acting(one.value)[0] for one in correlate]
        each = tuple(moved(one.path, *source, at) for one, source in zip(correlate, sources, strict=True))
        problem = _Problem(each, np.array([number or 0.0 for number in numbers]), alike, keys, own)
        terms.append(_checked(problem, correlate, cell))
        problems.append(problem)
    return Weights(Cells(axes, cells), tuple(problems), tuple(terms))


def merged(found: Sequence[CellAxis]) -> tuple[CellAxis, ...]:
    """Return the axes with the keys of all that lead to the same column."""
    paths: dict[Covariate, tuple[Path, dict[str, None]]] = {}
    for axis in found:
        paths.setdefault(axis.path.covariate, (axis.path, {}))[1].update(dict.fromkeys(axis.keys))
    return tuple(CellAxis(path, tuple(known)) for path, known in paths.values())


def _checked(problem: _Problem, correlate: Sequence[Correlate], cell: Cell) -> Terms:
    """Return the terms of a score (raises Impossible)."""
    at = f" for {cell.label}" if cell.keys else ""
    alone = replace(problem, alike=(), keys=())
    if alone.solve()[2] < _LEAST_OWN:
        raise _lower(alone, correlate, cell, at)
    w, squares, own = problem.solve()
    for one, square in zip(problem.alike, squares.tolist(), strict=True):
        if square < -1e-9:
            share = one.share - square
            why = f"the rows below one {one.table} have a share of {share:.3g} in common already{at}"
            raise Impossible(one.place, why, f"write at least {math.ceil(share * 100) / 100:g}, or lower a correlation")
    if own < _LEAST_OWN:
        raise _lower(problem, correlate, cell, at)
    terms = combined(problem.terms, w)
    for one, key, square in zip(problem.alike, problem.keys, squares.tolist(), strict=True):
        terms[one.steps, key] = math.sqrt(max(square, 0.0))
    terms[(), problem.own] = math.sqrt(own)
    return terms


def _lower(problem: _Problem, correlate: Sequence[Correlate], cell: Cell, at: str) -> Impossible:
    """Return the error that names the correlation that needs the least change."""
    best: tuple[float, int, float] | None = None
    for place in range(len(correlate)):
        low, high = _widest(problem, place), 1.0
        if problem.slack(place, low) < 0:
            continue
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if problem.slack(place, middle) >= 0 else (low, middle)
        change = abs(problem.r[place]) * (1 - low)
        if best is None or change < best[0]:
            best = change, place, low
    if best is None and problem.alike:
        one = problem.alike[-1]
        left = math.floor((one.share + problem.solve()[2]) * 100) / 100
        hint = f"lower it to {left:g}" if left > 0 else "lower a correlation"
        return Impossible(one.place, f"a share of {one.share:g} leaves nothing to the row itself{at}", hint)
    place = int(np.argmax(np.abs(problem.r))) if best is None else best[1]
    given, number = correlate[place], float(problem.r[place])
    where = given.place if isinstance(given.value, float) else cell.acting(given.value)[1]
    beside = "the others" if len(correlate) > 1 else "alike"
    why = f"a correlation of {number:g} with {given.path.text} is impossible beside {beside}{at}"
    limit = 0.0 if best is None else math.floor(abs(number) * best[2] * 100) / 100
    hint = f"lower it to {math.copysign(limit, number):g}" if limit else "lower several of the correlations"
    return Impossible(where, f"{why}: the matrix of correlations is not positive definite", hint)


def _widest(problem: _Problem, place: int) -> float:
    """Return the share of one correlation that leaves the most slack, by thirds."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        third = (high - low) / 3
        if problem.slack(place, low + third) < problem.slack(place, high - third):
            low += third
        else:
            high -= third
    return low
