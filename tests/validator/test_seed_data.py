"""Data that have the first report's own figures, and the report on them: what it should have said.

Raw data cannot be had back from summaries. These are made to match them: customers, orders, items and revenue to the
cent, the order statistics and standard deviations of orders per customer and of order values.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.text.blocks import Cell, Table, text_of
from fanwise.validator import Report, Status
from fanwise.validator.report.document import document_of
from tests.validator.seed_shop import COUNTS, CUSTOMERS, ITEMS, VALUES, amounts, counts, spread_out

EFFECTS = {
    "orders": {
        "kind": "fanout",
        "table": "order",
        "axis": "tier",
        "declared": {"VIP": 1.5, "Standard": 1.0, "Casual": 0.8},
        "dispersion": 1,
        "source": {"file": "ecomm.yaml", "line": 31, "path": "tables.order.fanout"},
    },
    "amount": {
        "kind": "value",
        "table": "order",
        "column": "gross_amount",
        "axis": "tier",
        "declared": {"VIP": 1.3, "Standard": 1.0, "Casual": 0.9},
        "source": {"file": "ecomm.yaml", "line": 38, "path": "tables.order.columns.gross_amount"},
    },
}
CONTRACT: dict[str, Any] = {
    "contract": 1,
    "name": "ecomm_with_segments",
    "tables": {
        "customer": {
            "rows": 1000,
            "key": "customer_id",
            "columns": {"customer_id": "int64", "customer_segment": "text"},
        },
        "order": {
            "key": "order_id",
            "parent": {"table": "customer", "columns": "customer_id"},
            "columns": {
                "order_id": "int64",
                "customer_id": "int64",
                "gross_amount": {"type": "float64", "kind": "continuous", "decimals": 2},
            },
        },
        "order_item": {
            "key": "item_id",
            "parent": {"table": "order", "columns": "order_id"},
            "columns": {"item_id": "int64", "order_id": "int64"},
        },
    },
    "axes": {
        "tier": {
            "table": "customer",
            "column": "customer_segment",
            "share": {"VIP": 0.164, "Standard": 0.482, "Casual": 0.354},
            "rank": "VIP > Standard > Casual",
        }
    },
    "effects": EFFECTS,
}


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """The tables of the seed: 1,000 customers, 23,164 orders, 59,589 items."""
    tier = spread_out(np.repeat(list(CUSTOMERS), list(CUSTOMERS.values())))
    number, owner, cents = np.zeros(1000, dtype=np.int64), [], []
    for name, told in COUNTS.items():
        number[tier == name] = spread_out(counts(told, CUSTOMERS[name]))
    for name, told in VALUES.items():
        own = np.flatnonzero(tier == name)
        owner.append(np.repeat(own, number[own]))
        cents.append(spread_out(amounts(told, owner[-1].size)))
    orders = np.arange(23_164)
    lines = (orders + 1) * ITEMS // orders.size - orders * ITEMS // orders.size
    return {
        "customer": pl.DataFrame({"customer_id": np.arange(1000), "customer_segment": tier}),
        "order": pl.DataFrame(
            {"order_id": orders, "customer_id": np.concatenate(owner), "gross_amount": np.concatenate(cents) / 100}
        ),
        "order_item": pl.DataFrame({"item_id": np.arange(ITEMS), "order_id": np.repeat(orders, lines)}),
    }


@pytest.fixture(scope="module")
def report(frames: dict[str, pl.DataFrame]) -> Report:
    return validator.audit(frames, copy.deepcopy(CONTRACT))


def table(report: Report, section: str, caption: str) -> Table:
    found = document_of(report).section(section)
    assert found is not None
    return next(block for block in found.blocks if isinstance(block, Table) and block.caption.startswith(caption))


def rows(found: Table) -> dict[str, dict[str, str]]:
    names = [column.name for column in found.columns]
    return {text_of(row[0]): dict(zip(names, map(text_of, row), strict=True)) for row in found.rows}


def test_rows_and_population(report: Report) -> None:
    assert {each.name: each.rows for each in report.tables} == {"customer": 1_000, "order": 23_164, "order_item": ITEMS}
    assert report.populations[0].counts == CUSTOMERS


@pytest.mark.parametrize("name", list(COUNTS))
def test_fanout_has_the_printed_figures(report: Report, name: str) -> None:
    told, spread = COUNTS[name], next(r.spread for r in report.measured[0].segments if r.segment == name)

    assert (spread.low, spread.p25, spread.median, spread.p75, spread.high) == (
        told.low, told.p25, told.median, told.p75, told.high,
    )  # fmt: skip
    assert spread.mean == pytest.approx(told.total / CUSTOMERS[name], rel=1e-12)
    assert round(spread.sd, 2) == told.sd


@pytest.mark.parametrize("name", list(VALUES))
def test_order_values_have_the_printed_figures(report: Report, name: str) -> None:
    told = VALUES[name]
    row = next(row for row in report.measured[1].segments if row.segment == name)

    assert (row.spread.low, row.spread.median, row.spread.high) == (told.low, told.median, told.high)
    assert row.total == pytest.approx(told.total, abs=1e-6)
    assert round(row.spread.sd, 2) == told.sd


def test_lifetime_value_has_the_printed_means_and_totals(report: Report) -> None:
    found = rows(table(report, "lifetime", "sum of order.gross_amount"))

    assert {name: row["mean"] for name, row in found.items()} == {
        "VIP": "1,679.51", "Standard": "1,655.86", "Casual": "1,688.14",
    }  # fmt: skip
    assert {name: row["total"] for name, row in found.items()} == {
        "VIP": "275,439.44", "Standard": "798,125.58", "Casual": "597,600.93",
    }  # fmt: skip


def test_the_verdict_is_fail_with_the_right_reason(report: Report) -> None:
    assert report.exit_code == 1
    assert report.grades[0].letter == "F"
    assert {cause.pattern for cause in report.causes} == {"not_applied"}
    assert [str(cause.source) for cause in report.causes] == [
        "ecomm.yaml:31 tables.order.fanout", "ecomm.yaml:38 tables.order.columns.gross_amount",
    ]  # fmt: skip


def test_integrity_is_sound_and_averaged_with_nothing(report: Report) -> None:
    integrity = [each for each in report.findings if each.severity == "integrity"]

    assert {each.status for each in integrity} == {Status.PASS}
    assert rows(table(report, "grades", ""))["tier"]["grade"] == "F"


def test_segments_are_shown_to_be_alike(report: Report) -> None:
    """Not `cannot be rejected`: the interval shows by how much they differ at most."""
    said = rows(table(report, "findings", ""))

    assert "differ by less than 5 %" in said["order per customer by tier"]["finding"]
    assert said["order per customer by tier"]["status"] == "FAIL"
    assert said["data quality"]["status"] == "PASS"
    assert not [cell for row in said.values() for cell in row.values() if "identical" in cell or "rejected" in cell]


def test_the_missed_dispersion_warns(report: Report) -> None:
    found = [each for each in report.findings if each.check == "dispersion"]

    assert [(each.id, each.status) for each in found] == [("dispersion.orders.Casual", Status.WARN)]
    assert found[0].estimate == pytest.approx(1.25, abs=5e-3)


def test_shares_are_of_the_whole(report: Report) -> None:
    found = table(report, "shares", "sum of order.gross_amount").rows

    assert [tuple(map(text_of, row[2::2])) for row in found] == [
        ("16.40 %", "16.52 %", "16.48 %"),
        ("48.20 %", "47.83 %", "47.76 %"),
        ("35.40 %", "35.65 %", "35.76 %"),
        ("100.00 %", "100.00 %", "100.00 %"),
    ]


def test_bars_are_to_scale(report: Report) -> None:
    """The report drew 24, 24 and 23 blocks for 23.33, 23.33 and 22.99, and 24, 23, 22 for revenue by rank."""
    found = table(report, "fanout", "order per customer")
    place = [column.name for column in found.columns].index("mean")
    means = {text_of(row[0]): row[place] for row in found.rows}

    assert all(isinstance(cell, Cell) and cell.bar is not None for cell in means.values())
    assert [round(24 * means[name].bar, 1) for name in CUSTOMERS] == [24.0, 23.6, 24.0]


def test_the_flat_data_set_fails_too() -> None:
    """The ready data set of the same story: a rank, and nothing that makes it true."""
    import fanwise

    found = fanwise.dataset("ecommerce_flat").audit()

    assert found.exit_code == 1
    assert {cause.pattern for cause in found.causes} == {"undeclared"}
    assert found.grades[0].letter == "F"
