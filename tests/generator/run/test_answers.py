"""The answer key: the truth beside the data, and SQL that recomputes it with DuckDB alone."""

from __future__ import annotations

import calendar
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.answers import answer_key, instants
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run, write

pytestmark = pytest.mark.system

SCHEMA = """
fanwise: 1
name: shop
seed: 5
window: {start: 2024-01-01, end: 2024-05-01}
segments:
  tier: {table: customer, share: {VIP's: 0.3, Standard: 0.7}, rank: VIP's > Standard}
curves:
  busy: {month: {Mar: 3}}
tables:
  customer:
    rows: 600
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
  order:
    parent: customer
    fanout: {poisson: {mean: 4}, multiplier: {tier: {VIP's: 2, Standard: 1}}}
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      at: {timestamp: {between: [window.start, window.end], curve: busy}, null: 5%}
      amount: {gamma: {mean: 50, shape: 4}, multiplier: {tier: {VIP's: 1.5, Standard: 1}}, round: 2, null: 2%}
      status: {choice: {paid: {tier: {VIP's: 9, else: 6}}, open: 4}}
audit:
  expect:
    revenue: {sum: order.amount, per: customer, by: tier, ratio: {VIP's/Standard: [2, 4]}}
"""
FORMATS = ("parquet", "csv", "jsonl")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the same audited data in each format."""
    base = tmp_path_factory.mktemp("answers")
    made = run(load(SCHEMA), RunOptions(out=base / "parquet", threads=1))
    assert made.exit_code == 0
    for name in FORMATS[1:]:
        plan = compile_plan(load(SCHEMA))
        manifest = write(plan, RunOptions(out=base / name, format=name, threads=1)).manifest
        assert manifest is not None
        assert made.report is not None
        for file, text in answer_key(plan, compile_contract(plan), made.report, manifest).items():
            (base / name / file).write_text(text, encoding="utf-8")
    return {name: base / name for name in FORMATS}


def key_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return found


def verified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what `verify.sql` says, run in the folder by DuckDB alone."""
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        row = connection.execute((folder / "verify.sql").read_text(encoding="utf-8")).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("name", FORMATS)
def test_the_data_of_a_run_agree(folders: dict[str, Path], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of(folders[name])
    entries = [*key["effects"], *key["expectations"]]
    rows = sum(len(each["segments"]) + len(each["months"]) + len(each["pairs"]) for each in entries)

    assert verified(folders[name], monkeypatch) == f"{rows + 4} answers of answers.json agree with the data"
    assert key == key_of(folders["parquet"])


@pytest.mark.parametrize("name", FORMATS)
def test_one_changed_cell_is_an_error(
    folders: dict[str, Path], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in folders[name].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / f"order.{name}"
    cent = (pl.when(pl.col("order_id") == 7).then(pl.col("amount") + 0.01).otherwise(pl.col("amount"))).round(2)
    if name == "parquet":
        frame = pl.read_parquet(path).with_columns(cent.alias("amount"))
        frame.write_parquet(path)
    else:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[7] = lines[7].replace("paid", "open") if "paid" in lines[7] else lines[7].replace("open", "paid")
        path.write_text("".join(lines), encoding="utf-8")

    with pytest.raises(
        duckdb.Error, match=r"answers differ from answers.json, such as (expect.revenue|share.order.status)"
    ):
        verified(tmp_path, monkeypatch)


@pytest.mark.parametrize("part", ["segments", "months", "pairs"])
def test_one_changed_answer_is_an_error(
    folders: dict[str, Path], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in folders["parquet"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    key = key_of(tmp_path)
    number = "measured" if part == "pairs" else "sum"
    key["effects"][0][part][0][number] *= 1.001
    (tmp_path / "answers.json").write_text(json.dumps(key), encoding="utf-8")

    with pytest.raises(duckdb.Error, match="1 answers differ"):
        verified(tmp_path, monkeypatch)


def test_answers_are_those_of_the_data(folders: dict[str, Path]) -> None:
    folder = folders["parquet"]
    customer, order = (pl.read_parquet(folder / f"{name}.parquet") for name in ("customer", "order"))
    rows = order.join(customer, on="customer_id").with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
    effects = {each["name"]: each for each in key_of(folder)["effects"]}

    amount = effects["value.order.amount.tier"]
    assert amount["declared"] == {"Standard": 1.0, "VIP's": 1.5}
    assert [(pair["declared"], round(pair["effective"], 9)) for pair in amount["pairs"]] == [(1.5, 1.5)]
    for found in amount["segments"]:
        own = rows.filter(pl.col("tier") == found["segment"])
        assert found["population"] == customer.filter(pl.col("tier") == found["segment"]).height
        assert (found["count"], found["sum"]) == (own["amount"].count(), round(own["amount"].sum(), 2))
    assert amount["month_of"] == "at"
    for found in amount["months"]:
        own = rows.filter((pl.col("tier") == found["segment"]) & (pl.col("month") == found["month"]))
        assert (found["count"], found["sum"]) == (own["amount"].count(), round(own["amount"].sum(), 2))
    orders = effects["fanout.order.tier"]
    assert sum(each["sum"] for each in orders["segments"]) == order.height
    assert sum(each["sum"] for each in orders["months"]) == order["at"].count()
    (paid,) = (each for each in effects.values() if each["value"] == "paid")
    assert sum(each["sum"] for each in paid["segments"]) == (order["status"] == "paid").sum()


def test_seasons_are_declared_expected_and_found(folders: dict[str, Path]) -> None:
    order = pl.read_parquet(folders["parquet"] / "order.parquet")
    (season,) = key_of(folders["parquet"])["seasons"]
    days = {month: calendar.monthrange(2024, month)[1] * (3 if month == 3 else 1) for month in range(1, 5)}

    assert [each["declared"] for each in season["months"]] == [1, 1, 3, 1]
    assert [each["effective"] for each in season["months"]] == pytest.approx(
        [days[month] / sum(days.values()) for month in days]
    )
    assert [each["rows"] for each in season["months"]] == [
        (order["at"].dt.month() == month).sum() for month in range(1, 5)
    ]
    assert sum(each["measured"] for each in season["months"]) == pytest.approx(1)


def test_formats_that_duckdb_does_not_read_have_no_statements(folders: dict[str, Path]) -> None:
    plan = compile_plan(load(SCHEMA))
    contract = compile_contract(plan)
    report = validator.audit(folders["parquet"], contract, months=instants(plan))
    made = read_manifest(folders["parquet"])

    assert set(answer_key(plan, contract, report, made)) == {"answers.json", "verify.sql"}
    assert set(answer_key(plan, contract, report, replace(made, format="arrow"))) == {"answers.json"}
    assert {entry.path for entry in made.documents} == {"report.json", "report.html", "answers.json", "verify.sql"}


def test_without_an_audit_there_is_no_key(tmp_path: Path) -> None:
    run(load(SCHEMA), RunOptions(out=tmp_path / "out", gates="none", threads=1))

    assert not (tmp_path / "out" / "answers.json").exists()
