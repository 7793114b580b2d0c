"""Files whose rows no longer go with those that they refer to: each fault is seen where it is, and nowhere else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, not_recomputed
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Contract, Status

pytestmark = pytest.mark.system

CITIES = "country,city,fare\nDE,Berlin,1.50\nDE,Bonn,2\nUS,Austin,1.5\nUS,Boise,4.25\n"
BOOKING = """
fanwise: 1
name: booking
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  product: {rows: 30, key: sku, columns: {sku: {sequence: {}}, category: {choice: {a: 1, b: 1, c: 1}}}}
  account:
    rows: 120
    key: id
    columns:
      id: {sequence: {}}
      country: {choice: {DE: 1, US: 1}, null: 0.1}
      wanted: {choice: {a: 1, b: 2, d: 1}}
      seats: {integer: {min: 0, max: 4}, null: 0.2}
      opened: {timestamp: {between: [window.start, window.end]}}
      first: {ref: product}
      second: {ref: product, match: {category: wanted}}
      third: {ref: product, not: first}
      level: {expr: "profile.score * 2"}
  profile:
    parent: account
    fanout: {fixed: 1}
    key: id
    columns: {id: {parent: id}, score: {integer: {min: 1, max: 99}}}
  device: {parent: account, fanout: {poisson: {mean: 2}}, key: did, columns: {did: {sequence: {}}, id: {parent: id}}}
  seat:
    parent: account
    fanout: {count: account.seats, min: 1, max: 3}
    key: [id, n]
    columns:
      id: {parent: id}
      n: {ordinal: {}}
      used: {timestamp: {between: [account.opened, window.end]}}
      city: {sample: {file: city.csv, column: city, match: {country: account.country}}}
      fare: {sample: {file: city.csv, column: fare, match: {country: account.country, city: city}}}
      device: {ref: device, within: account}
      score: {expr: profile.score}
  login:
    parent: account
    fanout: {arrivals: {from: account.opened, until: window.end, gap: {exponential: {mean: 20d}}}}
    key: [id, n]
    columns: {id: {parent: id}, n: {ordinal: {}}, at: {arrival: {}}}
"""
CHECKS = ("values", "condition", "instants", "formula", "children")

Frames = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("booking")
    (folder / "city.csv").write_text(CITIES)
    (folder / "booking.yaml").write_text(BOOKING)
    return compile_plan(load(Path(folder / "booking.yaml")))


@pytest.fixture(scope="module")
def made(plan: Plan) -> Frames:
    chunks = list(generate(plan, threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}


def cell(table: str, name: str, where: pl.Expr, value: pl.Expr, found: Frames) -> Frames:
    """Change a column in the first row for which a condition is true."""
    frame = found[table]
    here = frame.select(where.fill_null(value=False)).to_series()
    assert here.any()
    changed = pl.when(pl.int_range(pl.len()) == here.arg_max()).then(value.cast(frame.schema[name])).otherwise(name)
    return {**found, table: frame.with_columns(changed.alias(name))}


def tampered(found: Frames) -> Frames:
    """Break every rule once."""
    second = found["product"].filter(pl.col("category") == "c")["sku"][0]
    foreign = found["device"].filter(pl.col("id") == found["device"]["id"].max())["did"][0]
    found = cell("account", "second", pl.col("second").is_not_null(), pl.lit(second), found)
    found = cell("account", "third", pl.col("third") != pl.col("first"), pl.col("first"), found)
    found = cell("account", "level", pl.col("level") > 0, pl.col("level") + 1, found)
    found = cell("seat", "score", pl.col("score") > 0, pl.col("score") + 1, found)
    found = cell("seat", "device", pl.col("device").is_not_null(), pl.lit(foreign), found)
    found = cell("seat", "city", pl.col("city") == "Berlin", pl.lit("Boise"), found)
    found = cell("seat", "fare", pl.col("city") == "Bonn", pl.lit(4.25), found)
    found = cell("login", "at", pl.col("n") == 1, pl.lit(dt.datetime(2023, 12, 31)), found)
    crowded = found["seat"].filter(pl.col("n") == 1).head(1).with_columns(n=pl.lit(9, found["seat"].schema["n"]))
    return {**found, "seat": pl.concat([found["seat"], crowded])}


def broken(data: Frames, contract: Contract) -> set[str]:
    report = validator.audit(data, contract, threads=1)
    looked = [found for found in report.findings if found.check in CHECKS]
    assert {found.status for found in looked} <= {Status.PASS, Status.FAIL}
    return {found.id for found in looked if found.status is Status.FAIL}


def test_every_fault_is_seen_and_healthy_rows_are_not_accused(plan: Plan, made: Frames) -> None:
    contract = validator.load_contract(validator.to_dict(compile_contract(plan)))

    assert contract == compile_contract(plan)
    assert not_recomputed(plan) == {}
    assert broken(made, contract) == set()
    assert broken(tampered(made), contract) == {
        "condition.account.second",
        "condition.account.third",
        "formula.account.level",
        "formula.seat.score",
        "condition.seat.device",
        "values.seat.city.together",
        "values.seat.fare.together",
        "instants.login.at.1",
        "children.seat.id",
    }


def test_the_contract_says_what_is_kept(plan: Plan) -> None:
    tables = compile_contract(plan).tables

    assert tables["account"].columns["second"].holds == ("second.category = wanted",)
    assert tables["account"].columns["third"].holds == ("third <> first.sku",)
    assert tables["seat"].columns["device"].holds == ("device.id = account.id",)
    assert tables["seat"].edges[0].equals == "least(greatest(coalesce(seats, 0), 1), 3)"
