"""Where the uniforms of a column come from: its own key, or that and the normal scores of other columns.

The *normal score* of a value is Φ⁻¹(u) of the uniform u that it is drawn from. Scores are sums of independent normal
*innovations* (a Gaussian copula): one of each column and row, and one of each ancestor row where rows are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from fanwise.generator.columns.support.correlation import Impossible, Innovation, Weights, solved
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.segments import CellAxis
from fanwise.generator.context import SCORE, Codes, Floats, GenerationContext, Ints
from fanwise.generator.distributions.steps import NearScores
from fanwise.generator.language.spec import Alike, Covariate, Generator, Path
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.normal_cdf import normal_cdf
from fanwise.generator.numerics.randomness import name_key, uniform, uniform_lanes
from fanwise.generator.numerics.rough import SCORE_ERROR, Singles, add_exact_scores, add_scores, rounding_error

__all__ = ["EVERY", "CorrelatedUniforms", "KeyedUniforms", "UniformSource", "uniforms_of"]

EVERY = slice(None)
_LEAST = 2.0**-53  # the least uniform that is drawn
_ROUGH = 0.05  # error of scores, from which on exact ones take less time


class UniformSource(Protocol):
    """Gives a column its uniforms. A column that goes along with another one has a source that knows of both."""

    @property
    def key(self) -> int:
        """The key of the column, for what is no draw of uniforms: permutations, identifiers."""
        ...

    @property
    def axes(self) -> tuple[CellAxis, ...]:
        """What the correlations of the scores depend on."""
        ...

    @property
    def innovations(self) -> frozenset[Innovation]:
        """All that scores are sums of."""
        ...

    def draw(self, ctx: GenerationContext, lane: int = 0, rows: Ints | slice = EVERY) -> Floats:
        """Return one uniform in (0, 1) for each of these rows of the context; lanes are independent."""
        ...

    def draw_lanes(self, ctx: GenerationContext, lanes: range, rows: Ints | slice = EVERY) -> Floats:
        """Return what `draw` returns for each of several lanes from 1 on, float64 (lanes, n)."""
        ...

    def scores(self, ctx: GenerationContext, rows: Ints | slice = EVERY) -> Floats:
        """Return the normal scores of the uniforms of lane 0 of these rows, float64 (n,)."""
        ...

    def add_rough(self, ctx: GenerationContext, total: Singles, weight: Floats, cell: Codes | int) -> float:
        """Add the scores times the weight of each row's cell to `total`, and return the most that they are off by.

        Sums may be NaN where a score is not known (see `NearScores`).
        """
        ...

    def near_scores(self, ctx: GenerationContext) -> NearScores | None:
        """Return scores that may be rough where these take less time than uniforms do; else None."""
        ...

    def made_scores(self, ctx: GenerationContext) -> Floats | None:
        """Return the scores where they are made in any case, so that nobody has to go back; else None."""
        ...

    def terms(self, at: Mapping[Covariate, str | None]) -> Mapping[Innovation, float]:
        """Return the innovations that a score is the sum of, each with its coefficient; `at`: a key for each axis."""
        ...

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        """Yield how the uniform of one row comes about."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedUniforms:
    """Uniforms of the column's own key.

    shared: another column of the same rows is correlated with this one, so their scores are made once and kept.
    """

    key: int
    shared: bool = False

    @property
    def axes(self) -> tuple[CellAxis, ...]:
        return ()

    @property
    def innovations(self) -> frozenset[Innovation]:
        return frozenset({((), self.key)})

    def draw(self, ctx: GenerationContext, lane: int = 0, rows: Ints | slice = EVERY) -> Floats:
        return uniform(ctx.rows.keys[rows], self.key, lane)

    def draw_lanes(self, ctx: GenerationContext, lanes: range, rows: Ints | slice = EVERY) -> Floats:
        return uniform_lanes(ctx.rows.keys[rows], self.key, lanes)

    def scores(self, ctx: GenerationContext, rows: Ints | slice = EVERY) -> Floats:
        made: Floats | None = ctx.known(("scores", self.key))
        if made is not None:
            return made[rows]
        if self.shared and isinstance(rows, slice):
            return ctx.kept(("scores", self.key), lambda: self._scores(ctx, EVERY))[rows]
        return self._scores(ctx, rows)

    def add_rough(self, ctx: GenerationContext, total: Singles, weight: Floats, cell: Codes | int) -> float:
        near = self.near_scores(ctx)
        if near is not None:
            return near.add_to(total, weight, cell)
        add_scores(total, ctx.rows.keys, self.key, weight, cell)
        return SCORE_ERROR * float(np.abs(weight).max())

    def near_scores(self, ctx: GenerationContext) -> NearScores | None:
        made: Floats | None = ctx.known(("scores", self.key))
        if made is None and not self.shared:
            return None
        values = ctx.kept(("near scores", self.key), lambda: self._near_scores(ctx)) if made is None else made
        error = SCORE_ERROR if made is None else 0.0
        return NearScores(values, error, partial(self.scores, ctx), partial(self.draw, ctx, 0))

    def _near_scores(self, ctx: GenerationContext) -> Singles:
        total = np.zeros(len(ctx), dtype=np.float32)
        add_scores(total, ctx.rows.keys, self.key, np.ones(1), 0)
        return total

    def made_scores(self, ctx: GenerationContext) -> Floats | None:
        return self.scores(ctx) if self.shared else None

    def _scores(self, ctx: GenerationContext, rows: Ints | slice) -> Floats:
        u = self.draw(ctx, 0, rows)
        return normal_quantile(u, out=u)

    def terms(self, at: Mapping[Covariate, str | None]) -> Mapping[Innovation, float]:
        return {((), self.key): 1.0}

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("draw", float(self.draw(ctx)[row]))


@dataclass(frozen=True, slots=True)
class CorrelatedUniforms:
    """Uniforms whose normal scores are weighted sums of other scores, of draws of ancestor rows, and of an own draw.

    The weights make each sum a standard normal, so the uniforms stay uniform. sources: of the column at each path.
    Lanes other than the first are not correlated.
    """

    own: KeyedUniforms
    sources: tuple[UniformSource, ...]
    paths: tuple[Path, ...]
    alike: tuple[Alike, ...]
    weights: Weights

    @property
    def key(self) -> int:
        return self.own.key

    @property
    def axes(self) -> tuple[CellAxis, ...]:
        return self.weights.cells.axes

    @property
    def innovations(self) -> frozenset[Innovation]:
        return frozenset().union(*self.weights.terms)

    def draw_lanes(self, ctx: GenerationContext, lanes: range, rows: Ints | slice = EVERY) -> Floats:
        return self.own.draw_lanes(ctx, lanes, rows)

    def draw(self, ctx: GenerationContext, lane: int = 0, rows: Ints | slice = EVERY) -> Floats:
        if lane:
            return self.own.draw(ctx, lane, rows)
        return np.clip(normal_cdf(self.scores(ctx, rows)), _LEAST, 1.0 - _LEAST)

    def scores(self, ctx: GenerationContext, rows: Ints | slice = EVERY) -> Floats:
        made: Floats | None = ctx.known(("scores", self.key))
        if made is not None:
            return made[rows]
        if isinstance(rows, slice):
            return ctx.kept(("scores", self.key), lambda: self._scores(ctx, EVERY))[rows]
        return self._scores(ctx, rows)

    def made_scores(self, ctx: GenerationContext) -> Floats:
        return self.scores(ctx)

    def near_scores(self, ctx: GenerationContext) -> NearScores:
        if ctx.known(("scores", self.key)) is None:
            total, error = ctx.kept(("near scores", self.key), lambda: self._near_scores(ctx))
        else:
            total, error = self.scores(ctx), 0.0
        exactly, uniforms = partial(self.scores, ctx), partial(self.draw, ctx, 0)
        return NearScores(total, error, exactly, uniforms)

    def add_rough(self, ctx: GenerationContext, total: Singles, weight: Floats, cell: Codes | int) -> float:
        return self.near_scores(ctx).add_to(total, weight, cell)

    def _near_scores(self, ctx: GenerationContext) -> tuple[Floats | Singles, float]:
        """Return scores and the most that they are off by, 0.0 for exact ones."""
        far = [ctx.follow(path.steps, path.column + SCORE) for path in self.paths if path.steps]
        if any(values.null is not None for values in far):
            return self.scores(ctx), 0.0
        weights, cell, total = self.weights.of(0), self.weights.cells.codes(ctx), np.zeros(len(ctx), dtype=np.float32)
        error = self.own.add_rough(ctx, total, weights[:, 0], cell)
        for part, weight in zip(self._common(ctx), weights.T[1:], strict=False):
            add_exact_scores(total, part, weight, cell)
        above = iter(far)
        for path, source, weight in zip(self.paths, self.sources, weights.T[1 + len(self.alike) :], strict=True):
            if path.steps:
                add_exact_scores(total, np.asarray(next(above).data), weight, cell)
            else:
                error += source.add_rough(ctx, total, weight, cell)
        error += rounding_error(float(np.abs(weights).sum(axis=1).max()), weights.shape[1])
        return (total, error) if error < _ROUGH else (self.scores(ctx), 0.0)

    def _scores(self, ctx: GenerationContext, rows: Ints | slice) -> Floats:
        parts = [self.own.scores(ctx, rows), *(part[rows] for part in self._common(ctx))]
        missing = np.zeros(len(parts[0]), dtype=np.int64)
        for place, (path, source) in enumerate(zip(self.paths, self.sources, strict=True)):
            if not path.steps:
                parts.append(source.scores(ctx, rows))
                continue
            values = ctx.follow(path.steps, path.column + SCORE)
            parts.append(np.asarray(values.data)[rows])
            if values.null is not None:
                missing[values.null[rows]] |= 1 << place
        cell = self.weights.cells.codes(ctx)
        cell = cell if isinstance(cell, int) else cell[rows]
        if not missing.any():
            return _sum(parts, self.weights.of(0), cell)
        out = np.empty(len(missing))
        for pattern in np.unique(missing).tolist():
            some = np.flatnonzero(missing == pattern)
            here = cell if isinstance(cell, int) else cell.take(some)
            out[some] = _sum([part.take(some) for part in parts], self.weights.of(pattern), here)
        return out

    def terms(self, at: Mapping[Covariate, str | None]) -> Mapping[Innovation, float]:
        return self.weights.terms[self.weights.cells.at(at)]

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        code = self.weights.cells.of_row(ctx, row)
        weights = self.weights.of(0)[code].tolist()
        yield Fact("own score", _term(self.own.scores(ctx)[row], weights[0]))
        for alike, scores, weight in zip(self.alike, self._common(ctx), weights[1:], strict=False):
            yield Fact(f"of {alike.table}", _term(scores[row], weight))
        for path, weight in zip(self.paths, weights[1 + len(self.alike) :], strict=True):
            values = ctx.follow(path.steps, path.column + SCORE)
            absent = values.null is not None and bool(values.null[row])
            yield Fact(f"of {path.text}", "none" if absent else _term(np.asarray(values.data)[row], weight))
        yield Fact("draw", float(self.draw(ctx)[row]))

    def _common(self, ctx: GenerationContext) -> list[Floats]:
        """Return for each ancestor the score that all rows below one of its rows have in common."""
        found = []
        for alike in self.alike:
            above, places = ctx.ancestor(alike.table)
            found.append(normal_quantile(uniform(above.rows.keys, _common_key(self.own, alike))).take(places))
        return found


def uniforms_of(
    key: int,
    generator: Generator,
    source: Callable[[Path], UniformSource | str],
    *,
    shared: bool = False,
) -> UniformSource:
    """Return the uniforms of a column with this key and the correlations of its generator (raises Impossible).

    source: the uniforms of the column at a path; as text, why it has none. shared: see
    `KeyedUniforms`.
    """
    if not (generator.correlate or generator.alike):
        return KeyedUniforms(key, shared)
    own = KeyedUniforms(key)
    found, sources = [], []
    for one in generator.correlate:
        uniforms = source(one.path)
        if isinstance(uniforms, str):
            why = f"{one.path.target}.{one.path.column} cannot be correlated with: {uniforms}"
            raise Impossible(one.place, why, "")
        found.append((uniforms.axes, uniforms.terms))
        sources.append(uniforms)
    keys = tuple(_common_key(own, one) for one in generator.alike)
    weights = solved(generator.correlate, found, generator.alike, keys, own.key)
    paths = tuple(one.path for one in generator.correlate)
    return CorrelatedUniforms(own, tuple(sources), paths, generator.alike, weights)


def _common_key(own: KeyedUniforms, alike: Alike) -> int:
    """Return the key of the draw that the rows below one ancestor have in common."""
    return name_key(own.key, "alike", alike.table)


def _term(score: float, weight: float) -> str:
    return f"score {score:.6g}, weight {weight:.6g}"


def _sum(parts: list[Floats], weights: Floats, cell: Codes | int) -> Floats:
    """Return the sum of the parts, each times its weight in the row's cell, column by column of `weights`."""
    total: Floats | None = None
    for part, weight in zip(parts, weights.T, strict=True):
        if not weight.any():
            continue
        if total is None:
            total = np.zeros(len(part))
        _add(total, part, weight, cell)
    assert total is not None  # the own draw has a weight
    return total


def _add(total: Floats, part: Floats, weight: Floats, cell: Codes | int) -> None:
    """Add a part times its weight, block by block, so that products stay in the cache."""
    for rows in blocks(len(part)):
        factor = float(weight[cell]) if isinstance(cell, int) else weight.take(cell[rows])
        total[rows] += part[rows] * factor
