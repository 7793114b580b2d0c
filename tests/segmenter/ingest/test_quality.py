"""What comes in wrong, has to be left out, or means something else: one case at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise.segmenter.axes import AXES
from fanwise.segmenter.errors import FanwiseError, SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.mapping import Declared, DeclaredTable, Marked
from fanwise.segmenter.ingest.source import open_frames
from fanwise.segmenter.ingest.warehouse import Warehouse

ORDERS: dict[str, list[Any]] = {
    "order_id": [1, 2, 3, 4],
    "customer_id": ["a", "a", "b", "b"],
    "ordered_at": [dt.datetime(2024, 1, day, 9) for day in (1, 5, 9, 20)],
    "total": [10.0, 20.0, 5.0, 7.5],
}
LINES: dict[str, list[Any]] = {
    "order_id": [1, 1, 2, 3, 4],
    "product_id": ["x", "y", "x", "x", "z"],
    "quantity": [1, 2, 1, 1, 3],
    "unit_price": [4.0, 3.0, 20.0, 5.0, 2.5],
}


def built(
    tmp_path: Path, declared: Declared | None = None, as_of: dt.datetime | None = None, **tables: Any
) -> tuple[pl.DataFrame, Any]:
    frames = {name.rstrip("_"): pl.DataFrame(rows, strict=False) for name, rows in tables.items()}
    with open_frames(frames, declared, folder=tmp_path, as_of=as_of) as source:
        table = build_features(source)
    return pl.read_parquet(table.path), table


def values(frame: pl.DataFrame, name: str = "value") -> dict[str, Any]:
    return dict(zip(frame["customer_id"], frame[name], strict=True))


def refused(tmp_path: Path, declared: Declared | None = None, **tables: Any) -> str:
    with pytest.raises(FanwiseError) as caught:
        built(tmp_path, declared, **tables)
    assert caught.value.exit_code in (2, 4)
    return str(caught.value)


def test_orders_without_lines_are_enough(tmp_path: Path) -> None:
    frame, table = built(tmp_path, order=ORDERS)

    assert values(frame) == {"a": 30.0, "b": 12.5}
    assert {axis for axis, state in table.states.items() if state.status != "off"} == {
        "purchase_frequency", "purchase_value", "purchase_cadence", "customer_maturity", "loyalty_trajectory",
        "value_sophistication",
    }  # fmt: skip


def test_a_missing_total_is_the_sum_of_lines(tmp_path: Path) -> None:
    orders = {name: column for name, column in ORDERS.items() if name != "total"}
    lines = {**LINES, "order_id": [1, 1, 2, 3, 3]}
    frame, _ = built(tmp_path, order=orders, order_item=lines)

    assert values(frame) == {"a": 30.0, "b": 12.5}
    assert values(frame, "orders") == {"a": 2, "b": 1}


def test_without_amounts_customers_are_weighed_by_orders(tmp_path: Path) -> None:
    orders = {name: column for name, column in ORDERS.items() if name != "total"}
    frame, table = built(tmp_path, order=orders)

    assert values(frame) == {"a": 2.0, "b": 2.0}
    assert table.states["purchase_value"].status == "off"
    assert "order.total" in table.states["purchase_value"].reason
    assert "loyalty_trajectory.value_trend" in table.states["loyalty_trajectory"].missing
    assert any("no amounts" in note for note in table.notes)


def test_a_total_that_is_empty_throughout_is_none(tmp_path: Path) -> None:
    empty = {**ORDERS, "total": pl.Series([None] * 4, dtype=pl.Float64)}
    frame, table = built(tmp_path, order=empty, order_item=LINES)

    assert values(frame) == {"a": 30.0, "b": 12.5}  # the sum of the lines
    assert "total is empty in all 4 rows, so orders have no total" in table.notes


def test_dates_have_no_time_of_day(tmp_path: Path) -> None:
    orders = {**ORDERS, "ordered_at": [dt.date(2024, 1, day) for day in (1, 5, 9, 20)]}
    midnight = {**ORDERS, "ordered_at": [dt.datetime(2024, 1, day) for day in (1, 5, 9, 20)]}

    for one in (orders, midnight):
        state = built(tmp_path, order=one)[1].states["purchase_cadence"]
        assert state.status == "partial"
        assert state.missing == tuple(f"purchase_cadence.{name}" for name in ("office_hours", "hour_sin", "hour_cos"))
        assert "all orders are dates" in state.reason


def test_cancelled_orders_do_not_count(tmp_path: Path) -> None:
    orders = {**ORDERS, "status": ["paid", "void", "paid", "paid"]}
    frame, table = built(tmp_path, Declared(cancelled=Marked("status", ("void",))), order=orders)

    assert values(frame) == {"a": 10.0, "b": 12.5}
    assert table.notes == ("1 orders that were cancelled are left out",)


def test_a_value_that_cancels_nothing_is_noted(tmp_path: Path) -> None:
    orders = {**ORDERS, "status": ["paid"] * 4}

    assert (
        "nothing was cancelled"
        in built(tmp_path, Declared(cancelled=Marked("status", ("viod",))), order=orders)[1].notes[0]
    )


def test_the_future_is_left_out(tmp_path: Path) -> None:
    frame, table = built(tmp_path, as_of=dt.datetime(2024, 1, 9, 9), order=ORDERS)

    assert values(frame) == {"a": 30.0, "b": 5.0}
    assert table.notes == ("1 orders after 2024-01-09 09:00:00 are left out",)
    with pytest.raises(SourceError, match="every order is after 2023"):
        built(tmp_path, as_of=dt.datetime(2023, 1, 1), order=ORDERS)


def test_gaps_are_left_out_and_counted(tmp_path: Path) -> None:
    orders = {
        "order_id": [1, 2, None, 4, 5],
        "customer_id": ["a", None, "b", "b", "c"],
        "ordered_at": [*ORDERS["ordered_at"][:3], None, dt.datetime(2024, 1, 3)],
        "total": [1.0, 2.0, 3.0, 4.0, None],
    }
    frame, table = built(tmp_path, order=orders)

    assert values(frame) == {"a": 1.0}
    assert table.notes == (
        "1 orders without a customer are left out",
        "1 orders without an instant are left out",
        "1 orders without an order id are left out",
        "1 orders without an amount are left out",
    )


def test_lines_and_returns_of_unknown_orders_are_left_out(tmp_path: Path) -> None:
    lines = {**LINES, "order_id": [1, 1, 99, None, 4]}
    frame, table = built(
        tmp_path, order=ORDERS, order_item=lines, return_={"order_id": [3, 77], "refund_amount": [1.0, 2.0]}
    )

    assert values(frame, "category_exploration.products") == {"a": 2.0, "b": 1.0}
    assert values(frame, "return_behavior.amount") == {"a": 0.0, "b": 1.0}
    assert table.notes == (
        "2 rows of order_item belong to unknown orders (first: 99, null) and are left out",
        "1 rows of return belong to unknown orders (first: 77) and are left out",
    )


@pytest.mark.parametrize(
    ("column", "rows", "expected"),
    [
        (
            "total",
            [1.0, float("nan"), float("inf"), 2.0],
            "order.total: 2 values hold NaN or infinity (first: order_id 2, 3)",
        ),
        ("total", [1.0, -2.0, 3.0, -4.0], "order.total: 2 values are negative (first: order_id 2, 4)"),
        ("order_id", [1, 2, 2, 2], "order.order_id: 2 rows have a duplicate id (first: 2)"),
        ("order_id", [None, 2, 2, None], "order.order_id: 1 rows have a duplicate id (first: 2)"),
        (
            "ordered_at",
            ["2024-01-01", "soon", "", "2024-01-02"],
            "order.ordered_at: 1 values are not a valid date (first: order_id 2)",
        ),
        ("total", ["1", "2,5", "3", "4"], "order.total: 1 values are not a valid number (first: order_id 2)"),
        ("ordered_at", [1, 2, 3, 4], "order.ordered_at: the column is BIGINT, not a date or timestamp"),
        ("total", [dt.date(2024, 1, 1)] * 4, "order.total"),
    ],
)
def test_damage_is_refused_with_its_first_rows(tmp_path: Path, column: str, rows: list[Any], expected: str) -> None:
    declared = Declared({"order": DeclaredTable(None, {"at": "ordered_at", "total": "total"})})

    assert expected in refused(tmp_path, declared, order={**ORDERS, column: rows})


def test_an_amount_taken_off_must_have_one_sign(tmp_path: Path) -> None:
    expected = built(tmp_path, order={**ORDERS, "discount": [1.0, 0.0, 2.0, 3.0]})[0]

    assert built(tmp_path, order={**ORDERS, "discount": [-1.0, 0.0, -2.0, -3.0]})[0].equals(expected)
    assert "are negative, while others are positive" in refused(
        tmp_path, order={**ORDERS, "discount": [1.0, 0.0, -2.0, 3.0]}
    )


def test_ids_whose_hashes_meet_are_different_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are compared by their hashes first; here every second id has the hash of another."""
    honest = Warehouse.execute

    def meeting(self: Warehouse, sql: str, values: object = None) -> object:
        return honest(self, sql.replace("hash(order_id)", "hash(order_id::INTEGER // 2)"), values)

    monkeypatch.setattr(Warehouse, "execute", meeting)

    assert built(tmp_path, order={**ORDERS, "order_id": [2, 3, 4, 5]})[0].height > 0
    assert "1 rows have a duplicate id (first: 4)" in refused(tmp_path, order={**ORDERS, "order_id": [2, 3, 4, 4]})


def test_customers_and_products_stand_once(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        order=ORDERS,
        order_item=LINES,
        customer={"customer_id": ["a", "a", "b"]},
        product={"product_id": ["x", "x"], "category": ["p", "q"]},
    )

    assert "customer.customer_id: 1 rows have a duplicate id (first: a)" in said
    assert "product.product_id: 1 rows have a duplicate id (first: x)" in said


FLAT: dict[str, list[Any]] = {
    "invoice_no": ["i1", "i1", "i2", "i3", "i4"],
    "customer_id": ["a", "a", "a", "b", "b"],
    "invoice_date": [dt.datetime(2024, 1, day, 9) for day in (1, 1, 5, 9, 20)],
    "stock_code": ["x", "y", "x", "x", "z"],
    "quantity": [1, 2, 1, 1, -1],
    "unit_price": [4.0, 3.0, 20.0, 5.0, 5.0],
}


def test_negative_lines_are_returns_where_the_mapping_says_so(tmp_path: Path) -> None:
    frame, table = built(tmp_path, Declared(negative_returns=True), export=FLAT)

    assert values(frame) == {"a": 30.0, "b": 5.0}
    assert values(frame, "orders") == {"a": 2, "b": 1}
    assert values(frame, "return_behavior.amount") == {"a": 0.0, "b": 5.0}
    assert values(frame, "category_exploration.products") == {"a": 2.0, "b": 1.0}
    assert table.states["return_behavior"].status == "full"
    assert "export.quantity: 1 values are negative (first: invoice_no i4)" in refused(tmp_path, export=FLAT)


def test_negative_orders_are_returns_where_the_mapping_says_so(tmp_path: Path) -> None:
    frame, _ = built(tmp_path, Declared(negative_returns=True), order={**ORDERS, "total": [10.0, -4.0, 5.0, 7.5]})

    assert values(frame) == {"a": 10.0, "b": 12.5}
    assert values(frame, "return_behavior.ever") == {"a": 1.0, "b": 0.0}


def test_negative_lines_of_orders_are_returns_too(tmp_path: Path) -> None:
    lines = {**LINES, "quantity": [1, -2, 1, 1, 3]}
    frame, _ = built(tmp_path, Declared(negative_returns=True), order=ORDERS, order_item=lines)

    assert values(frame, "return_behavior.amount") == {"a": 6.0, "b": 0.0}
    assert values(frame, "category_exploration.products") == {"a": 1.0, "b": 2.0}


def test_an_order_total_on_every_line_counts_once(tmp_path: Path) -> None:
    rows = {
        **{name: FLAT[name] for name in ("invoice_no", "customer_id", "invoice_date", "stock_code")},
        "invoice_total": [10.0, 10.0, 20.0, 5.0, 7.5],
    }

    assert values(built(tmp_path, export=rows)[0]) == {"a": 30.0, "b": 12.5}
    said = refused(tmp_path, export={**rows, "invoice_total": [10.0, 11.0, 20.0, 5.0, 7.5]})
    assert "export.invoice_total: lines of one order have several totals (first: i1)" in said


def test_an_order_has_one_customer(tmp_path: Path) -> None:
    rows = {**FLAT, "quantity": [1] * 5, "customer_id": ["a", "b", "a", "b", "b"]}

    assert "lines of one order have several customers (first: i1)" in refused(tmp_path, export=rows)


@pytest.mark.parametrize("tables", [{"order": ORDERS}, {"export": {**FLAT, "quantity": [1, 2, 1, 1, 1]}}])
def test_days_can_be_orders(tmp_path: Path, tables: dict[str, Any]) -> None:
    frames = {name: {**rows} for name, rows in tables.items()}
    at = "ordered_at" if "order" in frames else "invoice_date"
    rows = next(iter(frames.values()))
    rows[at] = [dt.datetime(2024, 1, 1, hour) for hour in range(len(rows[at]))]
    frame, _ = built(tmp_path, Declared(order_grain="customer_day"), **frames)

    assert values(frame, "orders") == {"a": 1, "b": 1}
    assert set(values(frame).values()) <= {30.0, 12.5, 10.0}


@pytest.mark.parametrize(("word", "fits"), [("yes", True), ("F", True), ("", True), ("0", True), ("maybe", False)])
def test_flags_are_true_or_false(tmp_path: Path, word: str, fits: bool) -> None:
    ticket = {"order_id": [1, 2], "created_at": ORDERS["ordered_at"][:2], "reopened": ["true", word]}
    if fits:
        built(tmp_path, order=ORDERS, ticket=ticket)
    else:
        assert "ticket.reopened: 1 values are not true or false" in refused(tmp_path, order=ORDERS, ticket=ticket)


def test_orders_of_one_day_that_are_merged_for_want_of_an_id_are_noted(tmp_path: Path) -> None:
    day = dt.datetime(2024, 1, 1)
    log = {
        "customer_id": ["a", "a", "a", "b", "b"],
        "ordered_at": [day, day + dt.timedelta(hours=5), day + dt.timedelta(days=3), day, day],
        "total": [1.0, 2.0, 3.0, 4.0, 5.0],
    }
    frame, table = built(tmp_path, order=log)
    assert values(frame, "orders") == {"a": 2, "b": 1}
    assert table.notes == (
        "2 orders are of the same customer and day as another and count as one with it, as orders have no id; "
        "'order_grain: order' in a mapping keeps them apart",
    )

    frame, table = built(tmp_path, Declared(order_grain="order"), order=log)
    assert (values(frame, "orders"), table.notes) == ({"a": 3, "b": 2}, ())
    assert built(tmp_path, Declared(order_grain="customer_day"), order=log)[1].notes == ()


@pytest.mark.parametrize(
    "item",
    [
        {"discount": [1.0, 1.0, 0.0, 0.0, 3.0]},
        {"list_price": [5.0, 3.5, 20.0, 4.0, 3.5]},
    ],
)
def test_discounts_of_lines_are_added_up(tmp_path: Path, item: dict[str, list[float]]) -> None:
    frame, _ = built(tmp_path, order=ORDERS, order_item={**LINES, **item})

    assert values(frame, "price_sensitivity.amount") == {"a": 2.0, "b": 3.0}
    assert values(frame, "price_sensitivity.ever") == {"a": 1.0, "b": 1.0}


def test_discounts_have_a_table_of_their_own(tmp_path: Path) -> None:
    frame, _ = built(tmp_path, order=ORDERS, discount={"order_id": [1, 1, 3], "amount": [1.0, 1.0, 4.0]})

    assert values(frame, "price_sensitivity.amount") == {"a": 2.0, "b": 4.0}


def test_one_customer_is_enough(tmp_path: Path) -> None:
    orders = {name: column[:1] for name, column in ORDERS.items()}
    frame, table = built(tmp_path, order=orders, order_item={name: column[:2] for name, column in LINES.items()})

    assert frame.height == table.customers == table.orders == 1
    assert frame["purchase_frequency.rate"][0] > 0


def test_customers_who_are_all_the_same_are_the_same(tmp_path: Path) -> None:
    orders = {
        "order_id": list(range(30)),
        "customer_id": [f"c{number % 10}" for number in range(30)],
        "ordered_at": [dt.datetime(2024, 1, 1 + number // 10) for number in range(30)],
        "total": [0.0] * 30,
    }
    frame = built(tmp_path, order=orders)[0].drop("customer_id")

    assert frame.n_unique() == 1
    assert frame.select(pl.selectors.float().is_finite().all()).row(0).count(False) == 0


AXIS_OF = {
    "order.discount": "price_sensitivity",
    "order.channel": "communication_preference",
    "order.total": "purchase_value",
    "order_item.product_id": "repurchase_behavior",
    "return": "return_behavior",
    "ticket": "problem_complexity_profile",
}
FULL: dict[str, dict[str, list[Any]]] = {
    "order": {**ORDERS, "discount": [1.0, 0.0, 2.0, 0.0], "channel": ["web", "app", "web", "web"]},
    "order_item": {**LINES, "category": ["p", "q", "p", "p", "q"]},
    "return": {"order_id": [1], "refund_amount": [2.0], "reason": ["late"]},
    "ticket": {"customer_id": ["a"], "kind": ["bill"], "reopened": [True]},
    "customer": {"customer_id": ["a", "b"], "signed_up": [dt.datetime(2023, 12, 1)] * 2},
}


def test_everything_there_is_full(tmp_path: Path) -> None:
    _, table = built(tmp_path, **{f"{name}_": rows for name, rows in FULL.items()})

    assert {axis: state.status for axis, state in table.states.items()} == dict.fromkeys(AXES, "full")


@pytest.mark.parametrize("missing", list(AXIS_OF))
def test_without_its_input_an_axis_is_off_and_says_why(tmp_path: Path, missing: str) -> None:
    name, _, column = missing.partition(".")
    tables = {table: dict(rows) for table, rows in FULL.items()}
    if column:
        del tables[name][column]
    else:
        del tables[name]
    if missing == "order.total":
        del tables["order_item"]
    if missing == "ticket":
        del tables["order_item"]
    frame, table = built(tmp_path, **{f"{one}_": rows for one, rows in tables.items()})
    state = table.states[AXIS_OF[missing]]

    assert (state.status, state.features) == ("off", ())
    assert state.reason.startswith("needs ")
    assert [column for column in frame.columns if column.startswith(f"{AXIS_OF[missing]}.")] == []
