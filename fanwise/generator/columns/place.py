"""`place`: city, region, postcode, country, coordinates and time zone that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, segment_facts
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.laws import Claim, Exact, Moments, Variety
from fanwise.generator.columns.support.people.places import COUNTRIES, Cities, digest
from fanwise.generator.columns.support.people.together import Together, field_of
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import KeyedUniforms
from fanwise.generator.columns.support.weights import Weights
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Covariate, Generator, Path, Profile
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.values import TEXT, Values
from fanwise.io.problems import Place as Where

FIELDS = ("city", "region", "postcode", "country", "country_code", "latitude", "longitude", "time_zone")
_COORDINATES = ("latitude", "longitude")
_COUNTRY, _CITY, _POSTCODE, _ENDING = 0, 1, 2, 3  # lanes; a number that changes is another place
_LISTED = 1000  # cities that a contract lists with what belongs to them
_LONGEST = 1900  # characters of a condition that lists values


@dataclass(frozen=True, slots=True)
class Place(ColumnKind):
    """One field of the place of each row: a country by weight, a city of it by population, a postcode of that.

    codes: the countries' codes; weights: of them. agreement: what holds between the columns of the row.
    shows_country: another column has the country of the place. beside: columns with fields that a city decides.
    """

    names: ClassVar[tuple[str, ...]] = ("place",)
    spec: Generator
    field: str
    uniforms: KeyedUniforms
    codes: tuple[str, ...]
    weights: Weights
    cities: Cities
    agreement: tuple[Formula, ...]
    shows_country: bool
    beside: Mapping[str, Path]
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        generator, params = binding.generator, binding.generator.params
        field = field_of(binding, "place", FIELDS)
        together = Together.of(binding.table, binding.dataset.tables[binding.table].columns, generator)
        place = together.stated("countries", binding.dataset)
        given = params.get("countries") or (("US", None),)
        codes = tuple(str(code) for code, _ in given)
        for code in codes:
            if code not in COUNTRIES:
                why = f"no places in '{code}'"
                raise binding.error("FW-PLAN-PEOPLE", place, why, _near_country(code))
        cities = Cities.of(codes)
        numbers = [people if weight is None else weight
                   for (_, weight), people in zip(given, cities.population.tolist(), strict=True)]  # fmt: skip
        weights = Weights.of(generator, numbers, lambda at: _all_zero(binding, place, at))
        key = name_key(binding.seed, binding.table, "people", "place", str(params.get("of") or ""))
        conditions = tuple(_conditions(field, together, codes, cities))
        shows = together.shows("country") or together.shows("country_code")
        beside = together.paths("region", "country", "country_code", "time_zone")
        dtype: pl.DataType = pl.Float64() if field in _COORDINATES else TEXT
        return cls(generator, field, KeyedUniforms(key), codes, weights, cities, conditions, shows, beside, dtype)

    @property
    def digits(self) -> int | None:
        return None  # as GeoNames has them: five

    @property
    def files(self) -> Mapping[str, str]:
        return {"places.parquet (GeoNames, CC BY 4.0)": digest()}

    @property
    def conditions(self) -> Sequence[Formula]:
        return self.agreement

    @property
    def covariates(self) -> frozenset[Covariate]:
        return frozenset(axis.path.covariate for axis in self.weights.cells.axes)

    @property
    def combinations(self) -> tuple[tuple[Path, ...], tuple[tuple[str, ...], ...]] | None:
        """Each city with its region, country and time zone, where these are written and the cities are few."""
        if self.field != "city" or not self.beside or len(self.cities.table) > _LISTED:
            return None
        table = self.cities.table.with_columns(
            country_code=pl.col("country"), country=pl.col("country").replace_strict(COUNTRIES)
        )
        return tuple(self.beside.values()), tuple(table.select("city", *self.beside).unique(maintain_order=True).rows())

    def shown_elsewhere(self, covariate: Covariate) -> bool:
        return self.shows_country

    @property
    def possible(self) -> Sequence[Any] | None:
        if self.field == "postcode" or self.field in _COORDINATES:
            return None
        if self.field in ("country", "country_code"):
            return self._countries.to_list()
        return self.cities.table[self.field].unique(maintain_order=True).to_list()

    @property
    def support(self) -> tuple[float, float]:
        if self.field not in _COORDINATES:
            return float("-inf"), float("inf")
        values = self.cities.table[self.field].to_numpy()
        return float(values.min()), float(values.max())

    @property
    def distribution(self) -> tuple[Cells, Sequence[None]] | None:
        return (self.weights.cells, ()) if self.field in ("country", "country_code") else None

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        if self.field not in ("country", "country_code"):
            return None
        code = self.weights.cells.at(profile)
        if self.weights.missing[code]:
            return [(None, 1.0)]
        return list(zip(self._countries.to_list(), self.weights.shares(code), strict=True))

    def moments(self, profile: Profile) -> Moments | None:
        if self.field not in _COORDINATES:
            return None
        code = self.weights.cells.at(profile)
        if self.weights.missing[code]:
            return Exact(0.0, 0.0, 0.0)
        chances, values = self.cities.chances(self.weights.shares(code)), self.cities.table[self.field].to_numpy()
        mean = float((values * chances).sum())
        return Exact(mean, float(((values - mean) ** 2 * chances).sum()))

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        """Yield the share of each country whose weight the covariate decides."""
        if self.field not in ("country", "country_code") or len(self.codes) < 2:
            return
        for place, country in enumerate(self._countries):
            for weight in self.weights.decided(covariate, [place]):
                yield Claim("share", self.weights.declared([place], self.covariates), country, place=weight.place)

    def variety(self) -> Variety:
        values = self.possible
        return Variety() if values is None else Variety(float(len(values)))

    @property
    def repeats(self) -> float | None:
        """The chance in the country with the fewest values; those of two countries are alike less often."""
        if self.dtype != TEXT or self.field in ("country", "country_code"):
            return None
        known = self.cities.table["city" if self.field == "postcode" else self.field]
        found = []
        for place in range(len(self.codes)):
            chances = self.cities.chances([float(place == other) for other in range(len(self.codes))])
            table = pl.DataFrame({"value": known, "chance": chances})
            shares = table.group_by("value").agg(pl.col("chance").sum())["chance"].to_numpy()
            found.append(float(np.sum(shares**2)))
        return min(1.0, max(found))

    @property
    def _countries(self) -> pl.Series:
        """The values of `country` or `country_code`, by the number of the country."""
        return pl.Series([COUNTRIES[code] for code in self.codes] if self.field == "country" else self.codes)

    def draw(self, ctx: GenerationContext) -> Values:
        country, cell = self._country(ctx), self.weights.cells.codes(ctx)
        return self._drawn(ctx, country).with_null(self.weights.null(cell))

    def _country(self, ctx: GenerationContext) -> npt.NDArray[np.int64]:
        if len(self.codes) == 1:
            return np.zeros(len(ctx), dtype=np.int64)
        return self.weights.draw(self.uniforms.draw(ctx, _COUNTRY), self.weights.cells.codes(ctx))

    def _drawn(self, ctx: GenerationContext, country: npt.NDArray[np.int64]) -> Values:
        if self.field in ("country", "country_code"):
            return Values(country, TEXT, self._countries)
        city = self.cities.draw(country, self.uniforms.draw(ctx, _CITY))
        if self.field in _COORDINATES:
            return Values(self.cities.table[self.field].to_numpy()[city], self.dtype)
        if self.field != "postcode":
            return Values(city, TEXT, self.cities.table[self.field])
        u = self.uniforms.draw(ctx, _POSTCODE)
        code = self.cities.first.take(city) + (u * self.cities.count.take(city)).astype(np.int64)
        if self.cities.endings.str.len_chars().max() == 0:
            return Values(code, TEXT, self.cities.codes)
        size = self.cities.ending_count.take(country)
        ending = self.cities.ending_first.take(country) + (self.uniforms.draw(ctx, _ENDING) * size).astype(np.int64)
        return Values(self.cities.codes.gather(code) + self.cities.endings.gather(ending), TEXT)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.weights.cells, ctx, row)
        shares = zip(self.codes, self.weights.shares(self.weights.cells.of_row(ctx, row)), strict=True)
        yield Fact("countries", {code: round(share, 6) for code, share in shares})
        city = self.cities.draw(self._country(ctx), self.uniforms.draw(ctx, _CITY))[row]
        yield Fact("city", self.cities.table["city"][int(city)])


def _near_country(code: str) -> str:
    """Return the code that is meant by a name, by a code in other letters, or by one that is not of ISO 3166-1."""
    meant = {name.lower(): known for known, name in COUNTRIES.items()} | {"uk": "GB", "usa": "US"}
    known = meant.get(code.lower()) or (code.upper() if code.upper() in COUNTRIES else "")
    return f"did you mean '{known}'?" if known else f"there are places in {', '.join(COUNTRIES)}"


def _all_zero(binding: Binding, place: Where, at: str) -> Exception:
    return binding.error("FW-PLAN-ZERO-WEIGHTS", place, f"all weights are 0{at}")


def _conditions(field: str, together: Together, codes: Sequence[str], cities: Cities) -> Iterator[Formula]:
    """Yield what a reader of the files can see of the agreement with the country of the row."""
    if field not in ("country", "region", "time_zone", "postcode"):
        return
    ways = []
    for number, code in enumerate(codes):
        if field == "postcode":
            listed = f"length({{own}}) in ({', '.join(map(str, cities.postcode_lengths(number)))})"
        else:
            own = cities.table.filter(pl.col("country") == code)
            values = [COUNTRIES[code]] if field == "country" else own[field].unique().sort().to_list()
            listed = f"{{own}} in ({', '.join(map(_quoted, values))})"
        ways.append(f"({{country_code}} = '{code}' and {listed})")
    text = " or ".join(ways)
    found = together.formula(text, "country_code") if len(text) < _LONGEST else None
    if found is not None:
        yield found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
