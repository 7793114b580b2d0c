"""`place`: fields of one city, by population or by the weights of countries."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.columns.place import FIELDS
from fanwise.generator.columns.support.people.places import COUNTRIES, Cities
from fanwise.generator.errors import InputError

# How the postcodes of each country are written; the letters of the three that have them are those of any of them.
POSTCODES = {
    "AT": r"\d{4}", "AU": r"\d{4}", "BE": r"\d{4}", "BR": r"\d{5}-\d{3}", "CA": r"[A-Z]\d[A-Z] \d[A-Z]\d", "CH": r"\d{4}",
    "CZ": r"\d{3} \d\d", "DE": r"\d{5}", "DK": r"\d{4}", "ES": r"\d{5}", "FI": r"\d{5}", "FR": r"\d{5}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}", "IT": r"\d{5}", "JP": r"\d{3}-\d{4}", "MX": r"\d{5}",
    "NL": r"\d{4} [A-Z]{2}", "NO": r"\d{4}", "PL": r"\d\d-\d{3}", "PT": r"\d{4}-\d{3}", "SE": r"\d{3} \d\d", "US": r"\d{5}",
}  # fmt: skip


def places(tables: Any, countries: str, rows: int = 500) -> pl.DataFrame:
    """Return a table with all fields of a place."""
    others = "".join(f"      {name}: {{place: {name}}}\n" for name in FIELDS[1:])
    first = f"      city: {{place: {{field: city, countries: {countries}}}}}\n"
    found: pl.DataFrame = tables(f"\ntables:\n  t:\n    rows: {rows}\n    columns:\n{first}{others}")["t"]
    return found


def test_the_fields_of_a_row_are_those_of_one_city(tables: Any) -> None:
    found = places(tables, f"[{', '.join(COUNTRIES)}]", rows=3000).with_row_index("row")
    cities = Cities.of([*COUNTRIES])
    known = cities.table.with_columns(codes=pl.Series([
        cities.codes.slice(int(first), int(count)) for first, count in zip(cities.first, cities.count, strict=True)
    ]))  # fmt: skip
    same = ["city", "region", "latitude", "longitude", "time_zone"]
    joined = found.join(known, left_on=[*same, "country_code"], right_on=[*same, "country"])

    assert joined["row"].n_unique() == len(found)
    assert (found["country"] == found["country_code"].replace_strict(COUNTRIES)).all()
    for code, postcode, codes in joined.select("country_code", "postcode", "codes").iter_rows():
        assert re.fullmatch(POSTCODES[code], postcode), (code, postcode)
        assert postcode in codes or (code in {"CA", "GB", "NL"} and postcode.split()[0] in codes)


def test_what_people_know_of_the_cities() -> None:
    cities = Cities.of(["DE", "FR", "GB", "JP", "US", "ES"]).table
    where = {city: (region, zone) for city, region, zone in cities.select("city", "region", "time_zone").rows()}

    assert cities.group_by("country", maintain_order=True).first()["city"].to_list() == [
        "Berlin", "Paris", "London", "Tokyo", "New York", "Madrid"
    ]  # fmt: skip
    assert where["München"] == ("Bayern", "Europe/Berlin")
    assert where["Chicago"] == ("Illinois", "America/Chicago")
    assert where["Osaka"] == ("Osaka", "Asia/Tokyo")
    assert cities["latitude"].is_between(-90, 90).all()
    assert cities["population"].min() >= 15_000
    assert not cities["city"].str.contains(r"\d").any()


def test_a_list_of_countries_is_drawn_by_population(tables: Any) -> None:
    found = places(tables, "[DE, JP]", rows=8000)
    people = Cities.of(["DE", "JP"]).population
    german = int((found["country_code"] == "DE").sum())
    berlin = int((found["city"] == "Berlin").sum())

    assert stats.binomtest(german, 8000, people[0] / people.sum()).pvalue > 1e-4
    share = Cities.of(["DE"]).table["population"][0] / people.sum()
    assert stats.binomtest(berlin, 8000, share).pvalue > 1e-4


def test_weights_give_the_countries_their_shares_and_cities_stay_by_population(tables: Any) -> None:
    found = places(tables, "{AT: 1, DE: 0, US: 3}", rows=8000)
    counts = dict(found["country_code"].value_counts().iter_rows())
    vienna = int((found["city"] == "Wien").sum())

    assert set(counts) == {"AT", "US"}
    assert stats.binomtest(counts["AT"], 8000, 0.25).pvalue > 1e-4
    austria = Cities.of(["AT"]).table["population"]
    assert stats.binomtest(vienna, counts["AT"], austria[0] / austria.sum()).pvalue > 1e-4


@pytest.mark.parametrize("countries", [["US"], ["DE", "JP", "GB"]])
def test_every_uniform_is_a_city_of_its_country(countries: list[str]) -> None:
    cities = Cities.of(countries)
    for number in range(len(countries)):
        ends = np.array([2.0**-53, 0.5, 1 - 2.0**-53])
        found = cities.draw(np.full(3, number), ends)
        assert (cities.country[found] == number).all()
        own = np.flatnonzero(cities.country == number)
        assert (found[0], found[-1]) == (own[0], own[-1])


def test_weights_may_differ_per_segment_and_the_audit_is_told(tables: Any) -> None:
    found = tables("""
segments: {tier: {table: t, share: {VIP: 0.5, Basic: 0.5}}}
tables:
  t:
    rows: 6000
    columns:
      tier: {segment: tier}
      country: {place: {field: country, countries: {DE: {tier: {VIP: 3, Basic: 1}}, US: 1}}}
      city: {place: city}
""")["t"]
    german = dict(found.group_by("tier").agg((pl.col("country") == "Germany").mean()).iter_rows())

    assert german == pytest.approx({"VIP": 0.75, "Basic": 0.5}, abs=0.03)


@pytest.mark.parametrize(("countries", "factors", "said"), [
    ("[DE, FR]", "{DE: 2, FR: 1}", ""),
    ("{DE: 1, FR: 1}", "{DE: 2}", "no value for 'FR'"),
    ("DE", "{DE: 2, RF: 1}", "'RF' is not a value of t.code. Hint: "),
])  # fmt: skip
def test_the_codes_of_the_countries_are_known(tables: Any, countries: str, factors: str, said: str) -> None:
    text = f"""
tables:
  t:
    rows: 2000
    columns:
      city: {{place: {{field: city, countries: {countries}}}}}
      code: {{place: country_code}}
      amount: {{gamma: {{mean: 10, shape: 20}}, multiplier: {{code: {factors}}}}}
"""
    if said:
        with pytest.raises(InputError, match=re.escape(said)):
            tables(text)
        return
    means = dict(tables(text)["t"].group_by("code").agg(pl.col("amount").mean()).iter_rows())

    assert means["DE"] / means["FR"] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(("written", "said"), [
    ("{field: city, countries: germany}", "no places in 'germany'. Hint: did you mean 'DE'?"),
    ("{field: city, countries: [de]}", "did you mean 'DE'"),
    ("{field: city, countries: {UK: 1}}", "did you mean 'GB'"),
    ("{field: city, countries: [RU, DE]}", "no places in 'RU'. Hint: there are places in AT, AU"),
    ("ctiy", "a place has no field 'ctiy'. Hint: did you mean 'city'"),
    ("{field: city, countries: {DE: 0}}", "all weights are 0"),
])  # fmt: skip
def test_what_there_is_not(column: Any, written: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        column(f"{{place: {written}}}")


def test_the_values_are_those_of_the_first_version(tables: Any) -> None:
    assert places(tables, "[DE, GB, JP, US]", rows=3).rows() == [
        ("Bellevue", "Nebraska", "68005", "United States", "US", 41.13667, -95.89084, "America/Chicago"),
        ("Sapporo", "Hokkaido", "064-0943", "Japan", "JP", 43.06667, 141.35, "Asia/Tokyo"),
        ("Fort Worth", "Texas", "76177", "United States", "US", 32.72541, -97.32085, "America/Chicago"),
    ]
