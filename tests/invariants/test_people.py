"""People and places keep the laws, agree in every row, and the audit sees where they do not."""

from __future__ import annotations

from functools import cache

import polars as pl

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Status
from tests.invariants.laws import Frames, assert_laws, assert_same, tables

SCHEMA = """
fanwise: 1
name: people
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.3, Basic: 0.7}}
tables:
  customer:
    rows: 24
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      first_name:
        person:
          field: first_name
          locale: {de_DE: 1, ja_JP: {tier: {VIP: 2, Basic: 1}}}
          gender: {female: {tier: {VIP: 3, Basic: 1}}, male: 1}
      last_name: {person: last_name}
      full_name: {person: full_name}
      gender: {person: gender}
      username: {person: username}
      email: {person: email, unique: true}
      phone: {person: phone, null: 20%}
      birth_date: {person: birth_date}
  contact:
    parent: customer
    fanout: {poisson: {mean: 2}}
    columns:
      id: {parent: id}
      name: {person: {field: full_name, locale: en_GB, of: holder}, when: {customer.tier: {VIP: {constant: us}}}}
      city: {place: {field: city, countries: {GB: {customer.tier: {VIP: 3, Basic: 1}}, JP: 1}}}
      region: {place: region}
      postcode: {place: postcode}
      country: {place: country}
      country_code: {place: country_code}
      latitude: {place: latitude}
      time_zone: {place: time_zone}
      other: {place: {field: city, of: other, countries: [AT, DK]}}
      other_region: {place: {field: region, of: other}}
"""


@cache
def plan(rows: int = 400) -> Plan:
    return compile_plan(load(SCHEMA), rows={"customer": rows})


@cache
def frames() -> Frames:
    return tables(SCHEMA, rows={"customer": 400})


@cache
def contract() -> validator.Contract:
    return compile_contract(plan())


def failed(found: Frames) -> set[str]:
    report = validator.audit(found, contract(), threads=1)
    return {finding.id for finding in report.findings if finding.status is Status.FAIL}


def test_chunks_threads_shards_and_rows_made_alone_are_the_same() -> None:
    whole = assert_laws(SCHEMA)
    more = tables(SCHEMA, rows={"customer": 40})

    assert_same({"customer": more["customer"].head(24)}, {"customer": whole["customer"]})


def test_generated_data_keep_what_the_contract_says() -> None:
    rules = contract().tables
    held = {name: len(column.holds) for name, column in rules["customer"].columns.items() if column.holds}
    there = {name: len(column.holds) for name, column in rules["contact"].columns.items() if column.holds}

    assert held == {"full_name": 1, "email": 2}
    assert there == {"city": 1, "region": 1, "postcode": 1, "country": 1, "time_zone": 1}
    assert rules["contact"].columns["country_code"].values == ("GB", "JP")
    assert rules["customer"].columns["gender"].values == ("female", "male")
    assert failed(frames()) == set()


def test_what_nothing_shows_of_a_segment_is_said_once() -> None:
    told = [problem.path for problem in warnings(plan())]

    assert told == ["tables.customer.columns.first_name.person.locale.ja_JP.tier"]


def changed(table: str, **columns: pl.Expr) -> Frames:
    return {**frames(), table: frames()[table].with_columns(**columns)}


def test_the_audit_sees_people_that_do_not_agree() -> None:
    mutant = changed(
        "customer",
        full_name=pl.col("full_name").reverse(),
        username=pl.col("username").reverse(),
        gender=pl.lit("m"),
        birth_date=pl.lit("2010-01-01").str.to_date(),
    )

    assert accused(mutant, "customer") >= {"full_name", "email", "gender", "birth_date"}


def test_the_audit_sees_places_that_do_not_agree() -> None:
    mutant = changed(
        "contact",
        region=pl.lit("Osaka"),
        postcode=pl.col("postcode").str.replace(" ", ""),
        country=pl.col("country").reverse(),
        latitude=-pl.col("latitude"),
        time_zone=pl.lit("Asia/Tokyo"),
        other_region=pl.lit("Wien"),
    )

    # Which city goes with which region is in the contract of `other` alone: the cities of two countries are few.
    assert accused(mutant, "contact") == {"region", "postcode", "country", "latitude", "time_zone", "other"}


def test_the_audit_sees_what_does_not_belong_there() -> None:
    mutant = changed("contact", country_code=pl.lit("US"))
    mutant["customer"] = changed("customer", email=pl.col("email").str.replace("@.*", "@mail.de"))["customer"]

    assert accused(mutant, "customer") == {"email"}
    assert "country_code" in accused(mutant, "contact")


def accused(mutant: Frames, table: str) -> set[str]:
    found = failed(mutant)
    return {name for name in mutant[table].columns if any(f"{table}.{name}" in finding for finding in found)}
