"""`person`: name, gender, e-mail address, phone number and birth date of somebody who does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.instants import DAY, as_date, end_values
from fanwise.generator.columns.support.laws import Claim, Variety
from fanwise.generator.columns.support.people.identity import Identity, Lane
from fanwise.generator.columns.support.people.names import DOMAINS, GENDERS, LOCALES, NamePool, digest
from fanwise.generator.columns.support.people.phones import phone_numbers
from fanwise.generator.columns.support.people.together import Together, field_of
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.text_pools import LOCALES as OTHER_LOCALES
from fanwise.generator.columns.support.uniforms import KeyedUniforms
from fanwise.generator.columns.support.weights import Weights
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import nearest
from fanwise.generator.language.spec import Covariate, End, Generator, Number, Profile
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.values import TEXT, Values

Days = npt.NDArray[np.int64]

FIELDS = ("first_name", "last_name", "full_name", "gender", "username", "email", "phone", "birth_date")
_AGES = (18, 90)
_TAGGED = ("username", "email")


@dataclass(frozen=True, slots=True)
class Person(ColumnKind):
    """One field of the person of each row.

    who: the draws that all fields share. tagged: user name and address have a suffix that no other row has. age, at:
    the least and the greatest age in full years, and when. agreement: what holds between the columns of the row.
    shows_gender: another column has the person's gender.
    """

    names: ClassVar[tuple[str, ...]] = ("person",)
    spec: Generator
    field: str
    who: Identity
    tagged: bool
    age: tuple[int, int]
    at: End
    agreement: tuple[Formula, ...]
    shows_gender: bool
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        generator, params = binding.generator, binding.generator.params
        field = field_of(binding, "person", FIELDS)
        columns = binding.dataset.tables[binding.table].columns
        together = Together.of(binding.table, columns, generator)
        locales, locale_weights = _options(binding, together, "locale", (("en_US", None),))
        for locale in locales:
            if locale not in LOCALES:
                why, place = f"no names for the locale '{locale}'", together.stated("locale", binding.dataset)
                raise binding.error("FW-PLAN-PEOPLE", place, why, _near_locale(locale))
        genders, gender_weights = _options(binding, together, "gender", tuple((gender, None) for gender in GENDERS))
        for gender in genders:
            if gender not in GENDERS:
                hint = nearest(gender, GENDERS) or "write female or male, or their weights: {female: 3, male: 2}"
                place = together.stated("gender", binding.dataset)
                raise binding.error("FW-PLAN-PEOPLE", place, f"unknown gender '{gender}'", hint)
        key = name_key(binding.seed, binding.table, "people", "person", str(params.get("of") or ""))
        who = Identity(KeyedUniforms(key), locales, locale_weights, genders, gender_weights)
        tagged = binding.unique and field in _TAGGED
        tagged |= any(column.unique for name, column in together.columns.items() if name in _TAGGED)
        is_birth = field == "birth_date"
        return cls(
            generator,
            field,
            who,
            tagged,
            _age(binding, together),
            _at(binding) if is_birth else End(instant=0),
            tuple(_conditions(field, together)),
            together.shows("gender"),
            pl.Date() if is_birth else TEXT,
        )

    @property
    def files(self) -> Mapping[str, str]:
        """The names of each locale; all of them are from Mimesis but the Japanese ones."""
        return {f"names {locale} ({'Mimesis, MIT' if LOCALES[locale] else 'Fanwise'})": digest(locale)
                for locale in self.who.locales}  # fmt: skip

    @property
    def conditions(self) -> Sequence[Formula]:
        return self.agreement

    @property
    def covariates(self) -> frozenset[Covariate]:
        return frozenset(axis.path.covariate for cells in self._cells for axis in cells.axes)

    def shown_elsewhere(self, covariate: Covariate) -> bool:
        by_locale = any(axis.path.covariate == covariate for axis in self._cells[0].axes)
        return not by_locale and (self.shows_gender or self.field in ("phone", "birth_date"))

    @property
    def _cells(self) -> tuple[Cells, Cells]:
        return self.who.locale_weights.cells, self.who.gender_weights.cells

    @property
    def possible(self) -> Sequence[Any] | None:
        return self.who.genders if self.field == "gender" else None

    @property
    def interval(self) -> tuple[End, End | None] | None:
        """The first and the last day of birth, where the day of the ages is the same for all rows."""
        if self.field != "birth_date" or self.at.instant is None:
            return None
        first, last = _births(np.array([self.at.instant // DAY]), self.age)
        return End(instant=int(first[0]) * DAY), End(instant=(int(last[0]) + 1) * DAY)

    @property
    def distribution(self) -> tuple[Cells, Sequence[None]] | None:
        return (self.who.gender_weights.cells, ()) if self.field == "gender" else None

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        if self.field != "gender":
            return None
        code = self.who.gender_weights.cells.at(profile)
        if self.who.gender_weights.missing[code]:
            return [(None, 1.0)]
        return list(zip(self.who.genders, self.who.gender_weights.shares(code), strict=True))

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        """Yield the share of each gender whose weight the covariate decides."""
        if self.field != "gender" or len(self.who.genders) < 2:
            return
        for place, gender in enumerate(self.who.genders):
            for weight in self.who.gender_weights.decided(covariate, [place]):
                declared = self.who.gender_weights.declared([place], self.covariates)
                yield Claim("share", declared, gender, place=weight.place)

    def variety(self) -> Variety:
        if self.tagged and self.field in _TAGGED:
            return Variety(alike=2.0**-50)
        sizes = self._sizes()
        if sizes is None:
            return Variety()
        if len(self._cells[0]) > 1 or len(self._cells[1]) > 1 or len(sizes[0]) != len(self._shares()):
            return Variety(float(sizes[0].sum()))
        shares = self._shares() / self._shares().sum()
        return Variety(float(sizes[0].sum()), float((shares**2 * sizes[1]).sum()))

    @property
    def repeats(self) -> float | None:
        """The chance in the locale and gender with the fewest values; two different ones are alike less often."""
        if self.field in _TAGGED:  # they are made of the last name, and more
            lasts = NamePool.last(self.who.locales).sizes
            return self.variety().alike if self.tagged else float(1.0 / lasts.min())
        sizes = self._sizes()
        return self.variety().alike if sizes is None else float(sizes[1].max())

    def _shares(self) -> npt.NDArray[np.float64]:
        """Return the share of each locale and gender where neither depends on a row."""
        by_gender = dict(zip(self.who.genders, self.who.gender_weights.shares(0), strict=True))
        gender = np.array([by_gender.get(one, 0.0) for one in GENDERS])
        return np.outer(self.who.locale_weights.shares(0), gender).reshape(-1)

    def _sizes(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
        """Return for each locale and gender how many values there are, and the chance that two are alike."""
        firsts, lasts = NamePool.first(self.who.locales).sizes, NamePool.last(self.who.locales).sizes
        if self.field == "phone":
            numbers = [float(len(phone_numbers(locale.partition("_")[2]))) for locale in self.who.locales]
            return np.repeat(numbers, 2) / 2, 1.0 / np.repeat(numbers, 2)
        if self.field == "birth_date":
            days = np.full(len(firsts), (self.age[1] + 1 - self.age[0]) * 365.25)
            return days / len(days), 1.0 / days
        found = {"first_name": firsts, "last_name": lasts, "full_name": firsts * lasts}.get(self.field)
        return None if found is None else (found.astype(np.float64), 1.0 / found)

    def draw(self, ctx: GenerationContext) -> Values:
        return self._drawn(ctx).with_null(self.who.null(ctx))

    def _drawn(self, ctx: GenerationContext) -> Values:
        if self.field in ("first_name", "last_name"):
            pool, codes = self.who.first(ctx) if self.field == "first_name" else self.who.last(ctx)
            return Values(codes, TEXT, pool.names)
        if self.field == "gender":
            return Values(self.who.gender(ctx), TEXT, pl.Series(GENDERS))
        if self.field == "phone":
            numbers, codes = self.who.phone(ctx)
            return Values(codes, TEXT, numbers)
        if self.field == "full_name":
            return Values(self.who.full_name(ctx), TEXT)
        if self.field == "birth_date":
            return self._birth(ctx)
        make = self.who.email if self.field == "email" else self.who.user_name
        return Values(make(ctx, tagged=self.tagged), TEXT)

    def _birth(self, ctx: GenerationContext) -> Values:
        day = as_date(end_values(ctx, self.at))
        first, last = _births(np.asarray(day.data).astype(np.int64), self.age)
        days = first + (self.who.uniforms.draw(ctx, Lane.BIRTH) * (last - first + 1)).astype(np.int64)
        return Values(days.astype(np.int32), self.dtype, null=day.null)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("locale", self.who.locales[int(self.who.locale(ctx)[row])])
        yield Fact("gender", GENDERS[int(self.who.gender(ctx)[row])])
        if self.field == "birth_date":
            yield Fact("age", f"{self.age[0]} to {self.age[1]} on {value_at(as_date(end_values(ctx, self.at)), row)}")


def _near_locale(locale: str) -> str:
    same = [known for known in LOCALES if known.partition("_")[0] == locale.replace("-", "_").partition("_")[0].lower()]
    if same:
        return nearest(locale, same)
    if locale in OTHER_LOCALES:
        return f"{{fake: {{provider: name, locale: {locale}}}}} has names, without an address that fits"
    return nearest(locale, LOCALES)


def _options(
    binding: Binding, together: Together, parameter: str, default: tuple[tuple[str, Number | None], ...]
) -> tuple[tuple[str, ...], Weights]:
    """Return the options of a parameter with their weights, 1 where none is given."""
    given = binding.generator.params.get(parameter) or default

    def on_zero(at: str) -> Exception:
        return binding.error(
            "FW-PLAN-ZERO-WEIGHTS", together.stated(parameter, binding.dataset), f"all weights are 0{at}"
        )

    numbers = [1.0 if weight is None else weight for _, weight in given]
    return tuple(str(option) for option, _ in given), Weights.of(binding.generator, numbers, on_zero)


def _age(binding: Binding, together: Together) -> tuple[int, int]:
    low, high = binding.generator.params.get("age") or _AGES
    if low > high:
        raise binding.error(
            "FW-PLAN-ORDER",
            together.stated("age", binding.dataset),
            f"the least age {low:g} is above the greatest {high:g}",
        )
    return int(low), int(high)


def _at(binding: Binding) -> End:
    """Return when the people have their age: never today, so that a run of tomorrow gives the same dates."""
    at = binding.generator.params.get("at")
    if at is not None:
        assert isinstance(at, End)
        return at
    if binding.dataset.window is None:
        why, hint = "an age is of a day, and none is stated", "add at: 2025-01-01, or a window to the dataset"
        raise binding.error("FW-PLAN-PEOPLE", binding.place("field"), why, hint)
    return End(instant=binding.dataset.window[1])


def _births(day: Days, age: tuple[int, int]) -> tuple[Days, Days]:
    """Return the first and the last day of birth of those who have the ages on a day, int64 days (n,)."""
    return _years_before(day, age[1] + 1) + 1, _years_before(day, age[0])


def _years_before(day: Days, years: int) -> Days:
    """Return the day so many years before; for 29 February the last of February."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    wanted = month - 12 * years
    length = ((wanted + 1).astype("datetime64[D]") - wanted.astype("datetime64[D]")).astype(np.int64)
    into = np.minimum((date - month.astype("datetime64[D]")).astype(np.int64), length - 1)
    first: Days = wanted.astype("datetime64[D]").astype(np.int64)
    found: Days = first + into
    return found


def _conditions(field: str, together: Together) -> Iterator[Formula]:
    """Yield what a reader of the files can see of the agreement with other columns."""
    found: list[Formula | None] = []
    if field == "full_name":
        ways = "{own} = concat({first_name}, ' ', {last_name}) or {own} = concat({last_name}, ' ', {first_name})"
        found.append(together.formula(ways, "first_name", "last_name"))
    if field == "email":
        found.append(together.formula(" or ".join(f"{{own}} like '_%{domain}'" for domain in DOMAINS)))
        same = " or ".join(f"{{own}} = concat({{username}}, '{domain}')" for domain in DOMAINS)
        found.append(together.formula(same, "username"))
    yield from (one for one in found if one is not None)
