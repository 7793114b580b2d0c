"""Baselines: what got worse is told, worst first, and changes neither verdict nor exit code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from fanwise import validator
from fanwise.validator import Status
from fanwise.validator.errors import BaselineError
from fanwise.validator.report.json import report_schema

pytestmark = pytest.mark.system


def worse(report: validator.Report, baseline: validator.Report) -> dict[str, tuple[Any, ...]]:
    found = report.against(baseline.to_dict()).baseline
    assert found is not None
    return {each.id: (each.change, each.before, each.now) for each in found.worse}


def test_the_same_data_are_no_worse(shop: Any) -> None:
    report = shop.audit()
    compared = report.against(report.to_dict())

    assert compared.baseline.worse == ()
    assert compared.baseline.better == 0
    assert compared.verdict == report.verdict
    assert "0 checks worse, none better." in compared.text()


def test_a_flat_fanout_is_worse_and_the_way_back_is_better(shop: Any, make: Any) -> None:
    good, flat = shop.audit(), make(fanout=dict.fromkeys(("VIP", "Standard", "Casual"), 1.0)).audit()
    found = worse(flat, good)

    assert found["direction.orders.VIP-vs-Standard"] == ("status", Status.PASS, Status.FAIL)
    assert flat.against(good.to_dict()).exit_code == flat.exit_code == 1
    back = good.against(flat.to_dict())
    assert back.baseline.better >= 4
    assert not [each for each in back.baseline.worse if each.change == "status"]


def test_new_failures_vanished_checks_and_the_order_of_severity(shop: Any) -> None:
    good = shop.audit()
    shop.frames["item"] = shop.frames["item"].drop("price")
    shop.frames["order"] = shop.frames["order"].with_columns(amount=pl.when(pl.col("order_id") > 3).then("amount"))
    shop.contract["expect"] = {}
    now = shop.audit()
    regressions = now.against(good.to_dict()).baseline.worse
    found = {each.id: each for each in regressions}

    assert (found["columns.item.price"].change, found["columns.item.price"].before) == ("new", None)
    assert found["nulls.order.amount"].now is Status.FAIL
    assert found["direction.price.VIP-vs-Standard"].now is Status.SKIPPED or found["direction.price"].now
    gone = next(each for each in regressions if each.change == "gone" and each.id.startswith("expectation."))
    assert gone.message.startswith("not asked any more: ")
    assert "columns.item" not in found  # columns.item.price says it
    order = [each.now for each in regressions]
    worst_first = [Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.SKIPPED, Status.WARN, Status.PASS, None]
    assert order == sorted(order, key=worst_first.index)


def test_an_estimate_that_moves_out_of_its_interval_away_from_the_declared_is_told(shop: Any) -> None:
    report = shop.audit()
    old = report.to_dict()
    identity = "ratio.amount.VIP-vs-Standard"
    now = next(finding for finding in report.findings if finding.id == identity)
    check = next(check for check in old["checks"] if check["id"] == identity)

    def with_old(estimate: float, low: float, high: float) -> list[str]:
        check.update(estimate=estimate, ci={"level": 0.95, "low": low, "high": high})
        return [each.id for each in report.against(old).baseline.worse]

    assert now.estimate != now.declared
    near = now.declared + (now.estimate - now.declared) / 100
    far = now.declared + 2 * (now.estimate - now.declared)
    beside = sorted((near, near + (now.declared - now.estimate) / 10))
    assert with_old(near, *beside) == [identity]
    assert with_old(near, 0.1, 9.0) == []
    assert with_old(far, *beside) == []
    check["declared"] = now.declared * 2
    assert with_old(near, *beside) == []


def test_text_and_json_hold_the_comparison(shop: Any, make: Any, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(shop.audit().to_json())
    report = make(fanout=dict.fromkeys(("VIP", "Standard", "Casual"), 1.0)).audit().against(tmp_path / "old.json")
    document = json.loads(report.to_json())
    text = report.text()

    assert list(Draft202012Validator(report_schema()).iter_errors(document)) == []
    assert document["baseline"]["worse"][0]["now"] == "FAIL"
    assert text.index("What to do") < text.index("Against the baseline") < text.index("Declared against measured")
    assert re.search(r"order per customer: VIP .*  PASS    FAIL", text)
    assert max(map(len, text.splitlines())) <= 80
    assert "baseline" not in json.loads(shop.audit().to_json())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is no report"),
        (b"{}", "is no report"),
        (b'{"schema_version": "2.0.0", "dataset": {"name": "x"}, "checks": []}', "is no report"),
        (b'{"schema_version": "1.0.0", "dataset": {"name": "x"}, "checks": [{"id": 1}]}', "is no report"),
    ],
)
def test_what_is_no_baseline(shop: Any, tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "old.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BaselineError, match=why) as caught:
        shop.audit().against(path)

    assert str(path) in str(caught.value)
    assert "Hint" in str(caught.value)


def test_information_that_cannot_be_read_any_more_follows_the_schema(shop: Any) -> None:
    report = shop.audit()
    broken = [replace(each, status=Status.ERROR) if each.check == "shape" else each for each in report.findings]
    worse = replace(report, findings=tuple(broken)).against(report.to_dict())

    assert {each.severity for each in worse.baseline.worse} == {"info"}
    assert list(Draft202012Validator(report_schema()).iter_errors(worse.to_dict())) == []
