"""The report: JSON after its schema and byte-stable, text in 80 columns, and hostile names in both."""

from __future__ import annotations

import json

import jsonschema
import polars as pl
import pytest

from fanwise.text.terminal import cells
from fanwise.validator import Report, Status
from fanwise.validator.report.json import report_schema

pytestmark = pytest.mark.system

HOSTILE = [
    "</script><img onerror=x>",
    "\x1b[2J\x1b[31m",
    "::error::",
    "a|b",
    "‮evil",
    "x\ny",
    '"q"',
    "'s",
    "中文字段",
    "%s{0}",
]


def schema_errors(report: Report) -> list[str]:
    validator = jsonschema.Draft202012Validator(report_schema())
    return [error.message for error in validator.iter_errors(json.loads(report.to_json()))]


def broken(shop) -> list:
    """Reports of every kind: healthy, failing, inconclusive, without rows, with what is missing."""
    reports = [shop.audit()]
    frames = dict(shop.frames)
    shop.frames = {**frames, "order": frames["order"].head(40)}
    reports.append(shop.audit())
    shop.frames = {name: frame.clear() for name, frame in frames.items()}
    reports.append(shop.audit())
    shop.frames = {"customer": frames["customer"].drop("tier")}
    reports.append(shop.audit())
    shop.frames = {}
    reports.append(shop.audit())
    return reports


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_every_kind_of_report_keeps_the_schema(shop) -> None:
    for report in broken(shop):
        assert schema_errors(report) == []


def test_every_kind_of_report_fits_the_terminal(shop) -> None:
    for report in broken(shop):
        for verbose in (False, True):
            text = report.text(verbose=verbose)

            assert max(map(cells, text.splitlines())) <= 80
            assert text.startswith(report.status.value)
            assert text.endswith("\n")


def test_ids_are_unique_and_every_bad_finding_says_what_to_do(shop) -> None:
    for report in broken(shop):
        ids = [finding.id for finding in report.findings]

        assert len(set(ids)) == len(ids)
        for finding in report.with_status(Status.FAIL, Status.ERROR, Status.INCONCLUSIVE):
            assert finding.hint, finding
            assert finding.message.endswith("."), finding


def test_threads_and_repeats_give_the_same_bytes(make) -> None:
    shop = make(seed=61, customers=1500)
    first = shop.audit(threads=1).to_json()

    assert all(shop.audit(threads=threads).to_json() == first for threads in (2, 3, 4, 2, 1))


def test_the_order_of_rows_never_matters(shop) -> None:
    first = shop.audit().to_json()
    shop.frames = {name: frame.sample(fraction=1.0, shuffle=True, seed=5) for name, frame in shop.frames.items()}

    assert shop.audit().to_json() == first


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_segment_names_are_harmless(make, name: str) -> None:
    shop = make(seed=62)
    shop.contract["axes"]["tier"] |= {"share": {name: 0.2, "Standard": 0.5, "Casual": 0.3}, "rank": [name, "Standard"]}
    for effect in shop.contract["effects"].values():
        effect["declared"] = {name: effect["declared"]["VIP"], **effect["declared"]}
        del effect["declared"]["VIP"]
    shop.contract["expect"] = {}
    shop.frames["customer"] = shop.frames["customer"].with_columns(pl.col("tier").replace({"VIP": name}))
    report = shop.audit()
    text = report.text(verbose=True)

    assert report.exit_code == 0
    assert schema_errors(report) == []
    assert json.loads(report.to_json())["populations"][0]["segments"][-1]["segment"] in (name, "Standard", "Casual")
    assert not any(sign in text for sign in "\x1b\r‮")
    assert max(map(cells, text.splitlines())) <= 80


@pytest.mark.parametrize("name", ["order by", 'a"b', "select", "таблица", "per", "level0", "data", "x'; drop"])
def test_hostile_table_and_column_names_are_only_names(name: str) -> None:
    tier = ["p"] * 40 + ["q"] * 40
    frames = {
        name: pl.DataFrame({name: range(80), "s x": tier}),
        f"{name}2": pl.DataFrame({name: [i for i in range(80) for _ in range(4 if i < 40 else 2)]}).with_columns(
            y=pl.lit(1.5)
        ),
    }
    contract = {
        "contract": 1,
        "name": name,
        "tables": {
            name: {"key": name, "columns": {name: "int64", "s x": "text"}},
            f"{name}2": {"columns": {name: "int64", "y": "float64"}, "parent": {"table": name, "columns": name}},
        },
        "axes": {name: {"table": name, "column": "s x", "share": {"p": 0.5, "q": 0.5}}},
        "effects": {name: {"kind": "fanout", "table": f"{name}2", "axis": name, "declared": {"p": 2, "q": 1}}},
        "expect": {name: {"mean": f"{name}2.y", "by": name, "ratio": {"p/q": [0.9, 1.1]}}} if "." not in name else {},
    }
    from fanwise import validator

    report = validator.audit(frames, contract)

    assert report.exit_code == 0, report.text()
    assert schema_errors(report) == []


def test_colours_only_where_they_are_wanted(shop) -> None:
    report = shop.audit()

    assert "\x1b[" not in report.text()
    assert "\x1b[32mPASS" in report.text(colour=True)
    assert report.text(ascii_only=True).isascii()


def test_what_failed_stands_first(make) -> None:
    shop = make(seed=63, fanout={"VIP": 1.0, "Standard": 1.0, "Casual": 1.0})
    lines = shop.audit().text().splitlines()

    assert lines[0].startswith("FAIL  shop: ")
    assert lines[3] == "What to do"
    assert lines[4].startswith("  FAIL  order per customer")
