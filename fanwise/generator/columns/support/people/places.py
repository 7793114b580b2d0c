"""Cities with their region, postcodes, coordinates, time zone and population, from GeoNames (CC BY 4.0).

The table `places.parquet` is a part of the package, so a place changes only with the package. `docs/places.py` makes
it. It has the cities of at least 15,000 people, and up to 24 postcodes of each.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["COUNTRIES", "Cities", "digest"]

COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland",
    "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "IT": "Italy", "JP": "Japan", "MX": "Mexico", "NL": "Netherlands", "NO": "Norway",
    "PL": "Poland", "PT": "Portugal", "SE": "Sweden", "US": "United States",
}  # fmt: skip

# GeoNames has the first part of these countries' postcodes. The form of the second: 9 is a figure, A a letter.
_SECOND_PART = {"CA": " 9A9", "GB": " 9AA", "NL": " AA"}
_SIGNS = {"9": "0123456789", "A": "ABDEFGHJLNPQRSTUWXYZ", " ": " "}  # letters that none of the three leaves out


@dataclass(frozen=True, slots=True)
class Cities:
    """The cities of some countries, by country and then by population.

    table: one row for each. country: int64 (n,), the number of its country. ends: float64 (n,), the running share of
    the population within the country, plus that number. population: float64 (countries,). codes: String (m,), the
    postcodes, `first` and `count` of each city in it, int64 (n,). endings: String (e,), second parts of postcodes,
    `ending_first` and `ending_count` of each country.
    """

    table: pl.DataFrame
    country: npt.NDArray[np.int64]
    ends: npt.NDArray[np.float64]
    population: npt.NDArray[np.float64]
    codes: pl.Series
    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    endings: pl.Series
    ending_first: npt.NDArray[np.int64]
    ending_count: npt.NDArray[np.int64]

    @staticmethod
    def of(countries: Sequence[str]) -> Cities:
        """Return the cities of these countries, in this order."""
        return _cities(tuple(countries))

    def draw(self, country: npt.NDArray[np.int64] | int, u: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return a city for each row by population, int64 (n,), from the numbers of countries and uniforms."""
        within = np.minimum(u + country, np.nextafter(country + 1.0, 0.0))  # the sum may be rounded up
        return np.searchsorted(self.ends, within, side="right")

    def chances(self, shares: Sequence[float]) -> npt.NDArray[np.float64]:
        """Return the chance of each city, float64 (n,), where each country has this share."""
        people: npt.NDArray[np.float64] = self.table["population"].to_numpy() / self.population[self.country]
        out: npt.NDArray[np.float64] = people * np.array(shares)[self.country]
        return out

    def postcode_lengths(self, country: int) -> list[int]:
        """Return how many characters the postcodes of a country have."""
        of_country = np.flatnonzero(self.country == country)
        first, last = int(self.first[of_country[0]]), int(self.first[of_country[-1]] + self.count[of_country[-1]])
        ending = self.endings[int(self.ending_first[country])]
        lengths = self.codes.slice(first, last - first).str.len_chars() + len(ending)
        return sorted(lengths.unique().to_list())


@cache
def _cities(countries: tuple[str, ...]) -> Cities:
    parts = [_table().filter(pl.col("country") == country) for country in countries]
    table = pl.concat(parts)
    people = [part["population"].to_numpy().astype(np.float64) for part in parts]
    ends = np.concatenate([number + np.cumsum(each) / each.sum() for number, each in enumerate(people)])
    ends[np.cumsum([len(each) for each in people]) - 1] = np.arange(1, len(people) + 1)  # without an error of rounding
    count = table["postcodes"].list.len().to_numpy().astype(np.int64)
    endings = [_endings(_SECOND_PART.get(country, "")) for country in countries]
    sizes = np.array([len(each) for each in endings])
    return Cities(
        table.drop("postcodes"),
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        ends,
        np.array([each.sum() for each in people]),
        table["postcodes"].explode(),
        np.cumsum(count) - count,
        count,
        pl.Series([text for each in endings for text in each], dtype=pl.String),
        np.cumsum(sizes) - sizes,
        sizes,
    )


def _endings(form: str) -> list[str]:
    return ["".join(signs) for signs in itertools.product(*(_SIGNS[sign] for sign in form))]


@cache
def _table() -> pl.DataFrame:
    return pl.read_parquet(_bytes())


@cache
def digest() -> str:
    """Return the SHA-256 of the table, in hex."""
    return hashlib.sha256(_bytes()).hexdigest()


def _bytes() -> bytes:
    return files("fanwise.generator.columns.support.people").joinpath("places.parquet").read_bytes()
