"""Data of the same laws pass; what is lost, copied or missing fails, and is named."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import fanwise
from tests.comparison.conftest import BY

FAIL = "FAIL"


def failed(found: fanwise.Comparison) -> dict[tuple[str, str, str], str]:
    return {(row.measure, row.what, row.segment): row.message for row in found.rows if row.status == FAIL}


def test_data_of_the_same_laws_pass(near: fanwise.Comparison) -> None:
    assert near.exit_code == 0, near.text()
    assert {row.measure for row in near.rows} == {
        "structure", "shares", "mean", "distribution", "dispersion", "mix", "total", "top", "classifier", "nearest",
        "copies",
    }  # fmt: skip
    assert {row.segment for row in near.rows} == {"", "VIP", "Standard", "Casual"}


def test_a_lost_effect_is_found_in_its_segments(real: dict[str, Any], synth: dict[str, Any]) -> None:
    order = synth["order"].with_columns(pl.col("gross_amount").shuffle(seed=1))
    found = fanwise.fidelity(real, {**synth, "order": order}, by=BY)

    assert found.exit_code == 1
    lost = failed(found)
    assert "in VIP" in lost["mean", "order.gross_amount", "VIP"]
    assert ("distribution", "order.gross_amount", "VIP") in lost
    assert ("mean", "order per customer", "VIP") not in lost


def test_copies_are_found(real: dict[str, Any]) -> None:
    found = fanwise.fidelity(real, real, by=BY)

    lost = failed(found)
    assert ("copies", "copies of order per customer", "") in lost
    assert any(row.measure == "nearest" and row.difference > 0.7 for row in found.rows)
    assert not {measure for measure, *_ in lost} - {"copies", "nearest"}


def test_what_one_side_lacks_is_named(real: dict[str, Any], synth: dict[str, Any]) -> None:
    other = {
        "customer": synth["customer"].with_columns(pl.col("customer_segment").replace("VIP", "Gold")),
        "order": synth["order"].drop("ordered_at").with_columns(pl.col("gross_amount").cast(pl.String) + " EUR"),
    }
    extra = {**real, "refund": pl.DataFrame({"refund_id": [1, 2], "sum": [1.5, 2.5]})}
    lost = failed(fanwise.fidelity(extra, other, by=BY))

    assert lost["structure", "refund", ""] == "refund: SYNTH has no such table"
    assert lost["structure", "order.ordered_at", ""] == "order.ordered_at: SYNTH has no such column"
    assert lost["structure", "order.gross_amount", ""] == "order.gross_amount: numbers in REAL, text in SYNTH"
    assert "only in REAL" in lost["shares", "customer_segment", "VIP"]
    assert "only in SYNTH" in lost["shares", "customer_segment", "Gold"]


def test_fewer_than_20_units_are_not_judged() -> None:
    few = {"visit": pl.DataFrame({"visit_id": range(12), "minutes": [float(n) for n in range(12)]})}
    found = fanwise.fidelity(few, few)

    assert [row.measure for row in found.rows] == ["structure"]
    assert "fewer than 20 units" in found.notes[0]


def test_a_flat_table_is_compared_by_its_actors() -> None:
    day = dt.date(2024, 1, 1)

    def sales(shift: int, step: int) -> dict[str, pl.DataFrame]:
        rows = [
            (f"c{n % 150}", day + dt.timedelta(days=(n * step) % 300), 5.0 + (n * 7 + shift) % 40) for n in range(900)
        ]
        return {"sale": pl.DataFrame(rows, schema=["customer_id", "sold_on", "amount"], orient="row")}

    found = fanwise.fidelity(sales(0, 11), sales(3, 11))

    names = {row.what for row in found.rows}
    assert {"sale per customer", "total sale.amount per customer", "days between sale.sold_on of a customer"} <= names


def test_prices_of_products_have_products_as_their_units() -> None:
    """Another seed has other popular products; that is chance, however many orders there are."""
    sides = [fanwise.dataset("ecommerce", rows={"customer": 400}, seed=seed) for seed in (1, 2)]
    found = fanwise.fidelity(*({name: side[name] for name in side.tables} for side in sides))

    (row,) = (row for row in found.rows if (row.measure, row.what) == ("mean", "order_item.unit_price"))
    assert row.status == "PASS"
    assert row.interval is not None
    assert row.interval[1] / row.interval[0] > 1.3


def test_wrong_options_are_told(real: dict[str, Any]) -> None:
    bare = {**real, "customer": real["customer"].drop("customer_segment")}
    for other, options, why in (
        (real, {"by": "tier"}, "not TABLE.COLUMN"),
        (real, {"by": BY, "model": "model.json"}, "cannot be combined"),
        (real, {"model": "model.json"}, "needs a source with a location"),
        (bare, {"by": BY}, "SYNTH has no customer.customer_segment"),
    ):
        with pytest.raises(fanwise.InputError, match=why):
            fanwise.fidelity(real, other, **options)


def test_without_scikit_learn_the_classifier_is_skipped(real: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise fanwise.MissingExtraError("FW-EXTRA-MISSING", "it needs scikit-learn, which is not installed")

    monkeypatch.setattr("fanwise.comparison.measures.classifier.require", missing)
    (row,) = (row for row in fanwise.fidelity(real, real).rows if row.measure == "classifier")

    assert row.status == "SKIPPED"
    assert not row.gates
