"""Rows without a segment, where the contract allows them, and axes without declared shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import ContractError, Report
from fanwise.validator.contract.load import load_contract, to_dict

CUSTOMERS, NOBODY = 600, 40


def frames() -> dict[str, pl.DataFrame]:
    """Every third customer is VIP with six orders, others are Basic with three; the first 40 have no segment, and 9."""
    row = np.arange(CUSTOMERS)
    tier = pl.Series(np.where(row % 3 == 0, "VIP", "Basic")).scatter(range(NOBODY), None)
    orders = np.where(row < NOBODY, 9, np.where(row % 3 == 0, 6, 3)) + row % 2
    order = pl.DataFrame({"customer": np.repeat(row, orders)}).with_columns(amount=pl.int_range(pl.len()) % 7 + 1.0)
    return {"customer": pl.DataFrame({"id": row, "tier": tier}), "order": order}


def contract(*, nullable: bool = True, **axis: Any) -> dict[str, Any]:
    tables = {
        "customer": {"key": "id", "columns": {"id": "int64", "tier": {"type": "text", "nullable": nullable}}},
        "order": {
            "parent": {"table": "customer", "columns": "customer"},
            "columns": {"customer": "int64", "amount": "float64"},
        },
    }
    expect = {"orders": {"count": "order", "by": "tier", "rank": "VIP > Basic"}}
    axes = {"tier": {"table": "customer", "column": "tier", **axis}}
    return {"contract": 1, "name": "shop", "tables": tables, "axes": axes, "expect": expect}


SHARES = {"share": {"VIP": 0.3, "Basic": 0.7}, "assign": "unknown"}


def finding(report: Report, check: str) -> Any:
    return next(each for each in report.findings if each.check == check and "tier" in each.id)


def test_rows_without_a_segment_are_counted_shown_and_left_out() -> None:
    report = validator.audit(frames(), contract(**SHARES))

    assert report.exit_code == 0
    said = "customer.tier holds declared segments only; 40 rows without a segment are left out."
    assert finding(report, "segments").message == said
    assert report.populations[0].counts == {None: 40, "Basic": 374, "VIP": 186}
    assert "(null)" in report.text()
    (pair,) = [each for each in report.findings if each.pair]
    whole = frames()
    segments = whole["customer"].filter(pl.col("tier").is_not_null())
    counted = whole["order"].join(segments, left_on="customer", right_on="id").group_by("tier").len()
    means = dict(
        counted.join(segments.group_by("tier").len("rows"), on="tier")
        .select("tier", pl.col("len") / pl.col("rows"))
        .rows()
    )
    assert pair.estimate == pytest.approx(means["VIP"] / means["Basic"], rel=1e-9)


def test_they_are_a_fail_where_the_column_is_not_nullable() -> None:
    report = validator.audit(frames(), contract(nullable=False, **SHARES))

    assert report.exit_code == 1
    found = finding(report, "segments")
    assert found.status is validator.Status.FAIL
    assert "is null in 40 rows" in found.message
    assert "nullable: true" in found.hint


def test_unknown_segments_fail_beside_nulls_that_may_be() -> None:
    data = frames()
    data["customer"] = data["customer"].with_columns(tier=pl.col("tier").replace("VIP", "Vip"))
    assert (
        "holds 1 value that tier does not have: 'Vip'"
        in finding(validator.audit(data, contract(**SHARES)), "segments").message
    )


def test_shares_that_are_left_out_are_counted_and_not_called_declared() -> None:
    report = validator.audit(frames(), contract())

    assert report.exit_code == 0
    assert not [each for each in report.findings if each.check == "shares"]
    assert finding(report, "segments").message.startswith("customer.tier holds known segments only")
    text = report.text()
    population = text[text.index("Population") : text.index("Fanout")]
    assert "declared" not in population
    assert "62.3 %" in population
    rows = report.to_dict()["populations"][0]["segments"]
    assert [row["declared_share"] for row in rows] == [None, None, None]


def test_other_segments_are_described_where_no_effect_declares_them_all() -> None:
    data = frames()
    data["customer"] = data["customer"].with_columns(
        tier=pl.when(pl.col("id") % 10 == 1).then(pl.lit("Staff")).otherwise("tier")
    )
    assert validator.audit(data, contract()).exit_code == 0

    effect = {
        "kind": "fanout",
        "table": "order",
        "axis": "tier",
        "declared": {"VIP": 2, "Basic": 1},
        "claim": "direction",
    }
    report = validator.audit(data, {**contract(), "effects": {"orders": effect}})
    assert "that tier does not have: 'Staff'" in finding(report, "segments").message


def test_a_promise_of_shares_needs_them() -> None:
    with pytest.raises(ContractError, match="'balanced' promises shares, and none are declared"):
        validator.audit(frames(), contract(assign="balanced"))
    read = load_contract(contract())
    assert load_contract(to_dict(read)) == read
    assert (read.axes["tier"].counted, read.axes["tier"].assign) == (True, "unknown")
