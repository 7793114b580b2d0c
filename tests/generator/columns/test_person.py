"""`person`: fields that agree, belong to nobody, and follow the declared shares."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.columns.person import FIELDS, _births
from fanwise.generator.columns.support.people.names import LOCALES, NamePool, country_of, plain
from fanwise.generator.columns.support.people.phones import RESERVED, phone_numbers
from fanwise.generator.errors import InputError


def people(tables: Any, first: str = "{field: first_name}", rows: int = 400, **more: str) -> pl.DataFrame:
    """Return a table with all fields of a person; `first` declares the first name and what the columns share."""
    columns = {"first_name": first, **{name: f"{{field: {name}}}" for name in FIELDS[1:]}, **more}
    lines = "".join(f"      {name}: {{person: {value}}}\n" for name, value in columns.items())
    text = f"""
tables:
  t:
    rows: {rows}
    columns:
{lines}"""
    found: pl.DataFrame = tables(text)["t"]
    return found


@pytest.mark.parametrize("locale", ["de_DE", "en_GB", "en_US", "es_ES", "fr_FR", "ja_JP", "pl_PL"])
def test_the_fields_of_a_row_agree_in_every_locale(tables: Any, locale: str) -> None:
    found = people(tables, f"{{field: first_name, locale: {locale}}}", rows=60)

    first, last = NamePool.first([locale]), NamePool.last([locale])
    lists = [set(first.names.slice(int(s), int(n))) for s, n in zip(first.starts, first.sizes, strict=True)]
    genders = dict(zip(("female", "male"), lists, strict=True))
    readings = {**dict(zip(last.names, last.plain, strict=True))}
    given = dict(zip(first.names, first.plain, strict=True))
    for row in found.iter_rows(named=True):
        assert row["first_name"] in genders[row["gender"]]
        order = (row["first_name"], row["last_name"])
        assert row["full_name"] == " ".join(order if locale != "ja_JP" else order[::-1])
        name, domain = row["email"].split("@")
        assert name == row["username"]
        assert domain in {"example.com", "example.net", "example.org"}
        reading, family = given[row["first_name"]], readings[row["last_name"]]
        assert re.fullmatch(rf"({reading}[._]|{reading[0]}){family}(\d\d)?", name), (row, reading, family)
        assert row["phone"].startswith(f"+{CALLING[country_of(locale)]} ")


def test_surnames_have_the_form_of_the_gender() -> None:
    pool = NamePool.last(["pl_PL"])
    female, male = (set(pool.names.slice(int(s), int(n))) for s, n in zip(pool.starts, pool.sizes, strict=True))

    assert sum(name.endswith("ska") for name in female) > 50
    assert not any(name.endswith("ska") for name in male)


def test_names_are_whole_words_and_have_a_form_in_latin_letters() -> None:
    for pool in (NamePool.first([*LOCALES]), NamePool.last([*LOCALES])):
        assert pool.sizes.min() >= 50
        assert not pool.names.str.contains(r"[0-9/:?.&Ã]").any()
        assert pool.plain.str.contains("^[a-z]+$").all()


def test_german_umlauts_are_spelled_out_in_german_only() -> None:
    assert plain("Jörg-Müßigbrot", "de_CH") == "joergmuessigbrot"
    assert plain("Ñúñez Björk", "sv_SE") == "nunezbjork"
    assert plain("Łucja Ødegård", "pl_PL") == "lucjaodegard"


# Each authority's own list, written out again; a range that nobody keeps free must not come in by a slip.
FOR_FICTION = {
    "US": r"\+1 \d{3}-555-01\d\d",
    "CA": r"\+1 \d{3}-555-01\d\d",
    "GB": r"\+44 (1(1[3-8]|[2-6]1) 496 0|20 7946 0|191 498 0|28 9649 6|29 2018 0|1632 960|7700 900)\d{3}",
    "DE": r"\+49 (30 23125|69 90009|40 66969|221 4710|89 99998)\d{3}",
    "FR": r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d",
    "AU": r"\+61 [2378] (5550|7010) \d{4}",
}


CALLING = {
    "AT": 43, "AU": 61, "CA": 1, "CH": 41, "DE": 49, "DK": 45, "ES": 34, "FI": 358, "FR": 33, "GB": 44, "IT": 39, "JP": 81,
    "MX": 52, "NL": 31, "NO": 47, "PL": 48, "BR": 55, "PT": 351, "SE": 46, "US": 1,
}  # fmt: skip


@pytest.mark.parametrize("country", [*FOR_FICTION, "ES", "JP"])
def test_nobody_has_the_phone_numbers(country: str) -> None:
    numbers = phone_numbers(country)

    assert (country in FOR_FICTION) == (country in RESERVED)
    assert numbers.str.contains(f"^{FOR_FICTION.get(country, chr(92) + '+[0-9]+ 000 [0-9]{3} [0-9]{3}')}$").all()
    assert numbers.n_unique() == len(numbers) >= 3500


def test_weights_decide_how_many_there_are_of_each(tables: Any) -> None:
    found = people(tables, "{field: first_name, locale: {de_DE: 3, ja_JP: 1}, gender: {female: 1, male: 4}}", rows=4000)

    japanese = int(found["phone"].str.starts_with("+81").sum())
    women = int((found["gender"] == "female").sum())
    assert stats.binomtest(japanese, 4000, 0.25).pvalue > 1e-4
    assert stats.binomtest(women, 4000, 0.2).pvalue > 1e-4


def test_names_are_drawn_evenly_and_apart_from_one_another(tables: Any) -> None:
    found = people(tables, "{field: first_name, locale: ja_JP, gender: male}", rows=8000)
    first, last = found["first_name"].value_counts()["count"], found["last_name"].value_counts()["count"]

    assert len(first) == 50
    assert stats.chisquare(first).pvalue > 1e-4
    assert len(last) == 80
    assert stats.chisquare(last).pvalue > 1e-4
    table = found.pivot("first_name", index="last_name", values="gender", aggregate_function="len").drop("last_name")
    assert stats.chi2_contingency(table.fill_null(0).to_numpy()).pvalue > 1e-4


def full_years(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@pytest.mark.parametrize("on", ["2025-01-01", "2024-02-29", "2023-02-28", "2024-03-01", "1970-01-01"])
@pytest.mark.parametrize("age", [(18, 90), (0, 0), (17, 18), (4, 4)])
def test_birth_dates_are_exactly_those_of_the_ages(on: str, age: tuple[int, int]) -> None:
    day = dt.date.fromisoformat(on)
    first, last = _births(np.array([(day - dt.date(1970, 1, 1)).days]), age)
    days = [dt.date(1970, 1, 1) + dt.timedelta(days=int(at)) for at in (first[0] - 1, first[0], last[0], last[0] + 1)]

    older, oldest, youngest, younger = (full_years(born, day) for born in days)
    assert (oldest, youngest) == (age[1], age[0])
    assert older > age[1]
    assert younger < age[0] or days[3] > day


def test_a_birth_date_may_be_of_the_age_on_another_day(tables: Any) -> None:
    text = """
tables:
  t:
    rows: 300
    columns:
      joined: {date: {between: [2000-01-01, 2020-01-01]}, null: 10%}
      born: {person: {field: birth_date, age: [30, 31], at: joined}}
"""
    found = tables(text)["t"]
    ages = {full_years(born, joined) for joined, born in found.drop_nulls().iter_rows()}

    assert ages == {30, 31}
    assert (found["born"].is_null() == found["joined"].is_null()).all()


def test_two_people_of_a_row_are_not_the_same(tables: Any) -> None:
    found = people(tables, buyer="{field: email, of: buyer}", name="{field: last_name, of: buyer}", again="last_name")

    assert (found["again"] == found["last_name"]).all()
    assert (found["name"] == found["last_name"]).mean() < 0.05
    assert (found["buyer"] == found["email"]).sum() == 0


@pytest.mark.parametrize("column", ["username", "email"])
def test_unique_gives_both_a_suffix_of_the_row(tables: Any, column: str) -> None:
    text = """
tables:
  t:
    rows: 20000
    columns:
      username: {person: {field: username, locale: ja_JP}}
      email: {person: email}
"""
    declared = text.replace(f"{column}: {{person: ", f"{column}: {{unique: true, person: ")
    plainly, unique = tables(text)["t"], tables(declared)["t"]

    assert plainly[column].n_unique() < 20000
    assert unique["username"].n_unique() == unique["email"].n_unique() == 20000
    assert (unique["email"].str.split("@").list.first() == unique["username"]).all()
    assert (unique["username"].str.head(-11) == plainly["username"]).all()
    assert unique["username"].str.contains(r"\.[a-km-z2-79]{10}$").all()


def test_a_replacement_may_have_settings_of_its_own(tables: Any) -> None:
    text = """
tables:
  t:
    rows: 200
    columns:
      country: {choice: {DE: 1, JP: 1}}
      name: {person: {field: full_name, locale: de_DE}, when: {country: {JP: {person: {field: full_name, locale: ja_JP}}}}}
      gender: {person: gender}
"""
    found = tables(text)["t"]

    assert found.filter(pl.col("country") == "JP")["name"].str.contains(r"\p{Han}").all()
    assert not found.filter(pl.col("country") == "DE")["name"].str.contains(r"\p{Han}").any()


def test_an_unknown_field_names_the_nearest(column: Any) -> None:
    with pytest.raises(InputError, match="did you mean 'email'"):
        column("{person: emial}")


def test_the_japanese_values_are_those_of_the_first_version(tables: Any) -> None:
    found = people(tables, "{field: first_name, locale: ja_JP}", rows=2)

    assert found.rows() == [
        ("薫", "宮本", "宮本 薫", "male", "kaoru.miyamoto38", "kaoru.miyamoto38@example.com", "+81 000 079 306",
         dt.date(2005, 3, 7)),
        ("友美", "宮本", "宮本 友美", "female", "tomomi.miyamoto", "tomomi.miyamoto@example.com", "+81 000 018 780",
         dt.date(1940, 1, 22)),
    ]  # fmt: skip
