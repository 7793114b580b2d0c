"""Who the person of a row is: locale, gender and name. Every column about the person draws the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.support.people.names import DOMAINS, GENDERS, NamePool, country_of
from fanwise.generator.columns.support.people.phones import phone_numbers
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.weights import Weights
from fanwise.generator.context import GenerationContext
from fanwise.generator.numerics.randomness import bits
from fanwise.generator.values import Mask

__all__ = ["Identity", "Lane"]

Codes = npt.NDArray[np.int64]

FAMILY_FIRST = frozenset({"ja_JP"})
_TAG = "abcdefghijkmnopqrstuvwxyz2345679"
_STYLES = (0.45, 0.65, 0.80)  # ada.lovelace, alovelace, ada_lovelace; the rest ada.lovelace42


class Lane(IntEnum):
    """What each lane of the person's draws decides; a number that changes is another person."""

    LOCALE = 0
    GENDER = 1
    FIRST = 2
    LAST = 3
    BIRTH = 4
    PHONE = 5
    STYLE = 6
    FIGURES = 7
    DOMAIN = 8
    TAG = 9


@dataclass(frozen=True, slots=True)
class Identity:
    """The people of one table, one for each row.

    uniforms: keyed by the table and by whom `of` names, not by the column. locales, genders: the options, drawn by
    their weights.
    """

    uniforms: UniformSource
    locales: tuple[str, ...]
    locale_weights: Weights
    genders: tuple[str, ...]
    gender_weights: Weights

    def locale(self, ctx: GenerationContext) -> Codes:
        """Return the number of each row's locale, int64 (n,)."""
        return self._option(ctx, self.locale_weights, Lane.LOCALE)

    def gender(self, ctx: GenerationContext) -> Codes:
        """Return the place of each row's gender in `GENDERS`, int64 (n,)."""
        places = np.array([GENDERS.index(gender) for gender in self.genders])
        return places[self._option(ctx, self.gender_weights, Lane.GENDER)]

    def null(self, ctx: GenerationContext) -> Mask | None:
        """Return where the weights say nothing about a row."""
        found = [w.null(w.cells.codes(ctx)) for w in (self.locale_weights, self.gender_weights)]
        masks = [mask for mask in found if mask is not None]
        return np.logical_or.reduce(masks) if masks else None

    def first(self, ctx: GenerationContext) -> tuple[NamePool, Codes]:
        """Return the first names, and which is that of each row."""
        return self._name(ctx, NamePool.first(self.locales), Lane.FIRST)

    def last(self, ctx: GenerationContext) -> tuple[NamePool, Codes]:
        """Return the last names, and which is that of each row."""
        return self._name(ctx, NamePool.last(self.locales), Lane.LAST)

    def full_name(self, ctx: GenerationContext) -> pl.Series:
        """Return first and last names in the order of the locale, String (n,)."""
        (firsts, first), (lasts, last) = self.first(ctx), self.last(ctx)
        names = [firsts.names.gather(first), lasts.names.gather(last)]
        turned = np.array([locale in FAMILY_FIRST for locale in self.locales])
        if turned.all():
            names.reverse()
        if turned.all() or not turned.any():
            return _joined([names[0], _of(" "), names[1]])
        there = pl.Series(turned[self.locale(ctx)])
        one, other = pl.lit(names[0]), pl.lit(names[1])
        before, after = pl.when(there).then(other).otherwise(one), pl.when(there).then(one).otherwise(other)
        return pl.select(pl.concat_str([before, pl.lit(" "), after]).alias("")).to_series()

    def user_name(self, ctx: GenerationContext, *, tagged: bool) -> pl.Series:
        """Return the user name, made of the name, String (n,); with `tagged`, a suffix makes it the row's own."""
        (firsts, first), (lasts, last) = self.first(ctx), self.last(ctx)
        u = self.uniforms.draw(ctx, Lane.STYLE)
        style = np.add.reduce([u >= edge for edge in _STYLES], dtype=np.int64)
        given = firsts.short.gather(first + len(firsts.plain) * (style == 1))
        figures = 1 + (self.uniforms.draw(ctx, Lane.FIGURES) * 90).astype(np.int64)
        number = _FIGURES.gather(np.where(style == 3, figures, 0))
        parts = [given, _SIGNS.gather(style), lasts.plain.gather(last), number]
        return _joined([*parts, *(self._tag(ctx) if tagged else ())])

    def email(self, ctx: GenerationContext, *, tagged: bool) -> pl.Series:
        """Return the user name at a domain that nobody can receive mail at, String (n,)."""
        domain = (self.uniforms.draw(ctx, Lane.DOMAIN) * len(DOMAINS)).astype(np.int64)
        return _joined([self.user_name(ctx, tagged=tagged), pl.Series(DOMAINS).gather(domain)])

    def phone(self, ctx: GenerationContext) -> tuple[pl.Series, Codes]:
        """Return all phone numbers, and which is that of each row."""
        pools = [phone_numbers(country_of(locale)) for locale in self.locales]
        sizes = np.array([len(pool) for pool in pools])
        return pl.concat(pools), self._entry(ctx, self.locale(ctx), np.cumsum(sizes) - sizes, sizes, Lane.PHONE)

    def _option(self, ctx: GenerationContext, weights: Weights, lane: Lane) -> Codes:
        if not weights.edges.shape[1]:
            return np.zeros(len(ctx), dtype=np.int64)
        return weights.draw(self.uniforms.draw(ctx, lane), weights.cells.codes(ctx))

    def _name(self, ctx: GenerationContext, pool: NamePool, lane: Lane) -> tuple[NamePool, Codes]:
        cell = self.locale(ctx) * len(GENDERS) + self.gender(ctx)
        return pool, self._entry(ctx, cell, pool.starts, pool.sizes, lane)

    def _entry(self, ctx: GenerationContext, cell: Codes, starts: Codes, sizes: Codes, lane: Lane) -> Codes:
        return starts.take(cell) + (self.uniforms.draw(ctx, lane) * sizes.take(cell)).astype(np.int64)

    def _tag(self, ctx: GenerationContext) -> list[pl.Series]:
        """Return the parts of a suffix of 50 bits of the row's key: a dot, and ten letters and figures."""
        drawn = bits(ctx.rows.keys, self.uniforms.key, Lane.TAG)
        pairs = pl.Series([one + other for one in _TAG for other in _TAG], dtype=pl.String)
        places = [((drawn >> np.uint64(10 * at)) & np.uint64(1023)).astype(np.int64) for at in range(5)]
        return [_of("."), *(pairs.gather(place) for place in places)]


_SIGNS = pl.Series([".", "", "_", "."])
_FIGURES = pl.Series(["", *(f"{number:02d}" for number in range(10, 100))])


def _of(text: str) -> pl.Series:
    return pl.Series([text])


def _joined(parts: Sequence[pl.Series]) -> pl.Series:
    """Return the texts of a row joined, String (n,); a series of one text stands for all rows."""
    lengths = {len(part) for part in parts} - {1}
    if lengths == {0}:
        return pl.Series([], dtype=pl.String)
    columns = [pl.lit(part[0]) if len(part) == 1 and lengths else pl.lit(part) for part in parts]
    return pl.select(pl.concat_str(columns).alias("")).to_series()
