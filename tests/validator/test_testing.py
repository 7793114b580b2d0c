"""assert_distinct: what passes, what its message says, and what refers to what."""

from __future__ import annotations

import doctest
import importlib
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import ContractError, SourceError, Status, assert_distinct

pytestmark = pytest.mark.system

RANK = "VIP > Standard > Casual"
FLAT = dict.fromkeys(("VIP", "Standard", "Casual"), 1.0)
CLAIM: dict[str, Any] = {"segment": "customer.tier", "fanout": "order", "value": "order.amount", "rank": RANK}


def refused(frames: Any, **claim: Any) -> list[str]:
    with pytest.raises(ContractError) as caught:
        assert_distinct(frames, **{**CLAIM, **claim})
    assert all(problem.hint for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_segments_that_differ_pass_and_the_report_is_returned(shop: Any) -> None:
    report = assert_distinct(shop.frames, **CLAIM)

    assert report.status is Status.PASS
    assert [measured.label for measured in report.measured] == ["order per customer", "mean order.amount"]


def test_deeper_tables_lists_and_pandas(shop: Any) -> None:
    pytest.importorskip("pyarrow")
    frames = {name: frame.to_pandas() for name, frame in shop.frames.items()}
    report = assert_distinct(
        frames,
        segment="customer.tier",
        fanout=["order", "item"],
        value=["order.amount", "item.price"],
        rank=RANK.split(" > "),
    )

    assert [measured.label for measured in report.measured] == [
        "order per customer",
        "item per customer",
        "mean order.amount",
        "mean item.price",
    ]


def test_the_message_is_the_verdict_in_a_few_lines(make: Any) -> None:
    inverted = {"VIP": 0.6, "Standard": 1.0, "Casual": 1.6}
    with pytest.raises(AssertionError) as caught:
        assert_distinct(make(customers=3000, fanout=inverted).frames, **CLAIM)
    lines = str(caught.value).splitlines()

    assert lines[0].startswith("FAIL: 2 of ")
    assert lines[1].startswith("  FAIL  order per customer: VIP ")
    assert "VIP should be higher" in lines[1]
    assert lines[2].startswith("        → ")
    assert len(lines) <= 9


def shop_of_two(seed: int, customers: int, ratio: float) -> dict[str, pl.DataFrame]:
    """Return customers of two tiers with five orders each, the mean amount of VIP being `ratio` times that of Basic."""
    tiers = ["VIP", "Basic"] * (customers // 2)
    amounts = np.random.default_rng(seed).gamma(4, 10, 5 * customers)
    owner = np.repeat(np.arange(customers), 5)
    return {
        "customer": pl.DataFrame({"customer_id": range(customers), "tier": tiers}),
        "order": pl.DataFrame({"customer_id": owner, "amount": amounts * np.where(owner % 2 == 0, ratio, 1.0)}),
    }


def statuses_of(ratio: float, customers: int, seeds: int) -> set[Status]:
    found = set()
    for seed in range(seeds):
        try:
            report = assert_distinct(
                shop_of_two(seed, customers, ratio), segment="customer.tier", value="order.amount", rank="VIP > Basic"
            )
            found.add(report.status)
        except AssertionError as error:
            found.add(Status(str(error).partition(":")[0]))
    return found


@pytest.mark.parametrize(("ratio", "customers"), [(1.03, 100), (1.05, 600), (1.03, 1000), (1.05, 2000), (1.05, 8000)])
def test_a_true_but_small_difference_never_fails(ratio: float, customers: int) -> None:
    """More data take it from INCONCLUSIVE to PASS, never by way of FAIL."""
    found = statuses_of(ratio, customers, seeds=4)

    assert found <= {Status.PASS, Status.INCONCLUSIVE}
    assert customers < 8000 or found == {Status.PASS}


def test_a_small_difference_the_wrong_way_fails_with_much_data() -> None:
    assert statuses_of(0.97, 20_000, seeds=4) == {Status.FAIL}


def test_no_difference_is_inconclusive() -> None:
    assert statuses_of(1.0, 8000, seeds=4) == {Status.INCONCLUSIVE}


def test_a_reversed_rank_fails(shop: Any) -> None:
    with pytest.raises(AssertionError, match="Casual should be higher"):
        assert_distinct(shop.frames, **{**CLAIM, "rank": "Casual > Standard > VIP"})


def test_too_little_data_is_no_proof(make: Any) -> None:
    frames = make(customers=20).frames
    with pytest.raises(AssertionError, match="INCONCLUSIVE"):
        assert_distinct(frames, **CLAIM)

    assert assert_distinct(frames, **CLAIM, allow_inconclusive=True).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("rank", "hint"),
    [("Gold > VIP", "known: Casual, Standard, VIP"), ("VIP > Standart", "did you mean 'Standard'?")],
)
def test_a_segment_that_is_not_there_is_named(shop: Any, rank: str, hint: str) -> None:
    wrong = next(name for name in rank.split(" > ") if name != "VIP")
    for allowed in (False, True):
        (said,) = refused(shop.frames, rank=rank, allow_inconclusive=allowed)
        assert f"rank: customer.tier has no segment '{wrong}'. Hint: {hint}" in said


def test_orphans_and_segments_without_value_fail(shop: Any) -> None:
    order = shop.frames["order"].with_columns(pl.col("customer_id") + 100_000)
    with pytest.raises(AssertionError, match="have no row in customer"):
        assert_distinct({**shop.frames, "order": order}, **CLAIM)
    customer = shop.frames["customer"].with_columns(tier=pl.when(pl.col("customer_id") > 5).then("tier"))
    with pytest.raises(AssertionError, match="is null in 6 rows"):
        assert_distinct({**shop.frames, "customer": customer}, **CLAIM)


def test_unknown_names_are_all_said_at_once(shop: Any) -> None:
    found = refused(shop.frames, segment="customer.teir", fanout=["order", "voucher"], value="order.gross")

    assert len(found) == 3
    assert found[0].startswith("segment: customer has no column 'teir'. Hint: customer has customer_id, tier")
    assert "there is no frame 'voucher'" in found[1]
    assert "order has no column 'gross'" in found[2]


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ({"segment": "tier"}, "Hint: write table.column."),
        ({"fanout": (), "value": ()}, "nothing to test"),
        ({"fanout": "customer"}, "has the segments itself"),
        ({"value": "order.ordered_at"}, "which has no mean"),
        ({"rank": "VIP"}, "ranks a single segment"),
        ({"rank": "VIP > VIP"}, "duplicate segment"),
        ({"key": {"customers": "id"}}, "there is no frame 'customers'"),
        ({"references": {"order.buyer": "customer.customer_id"}}, "order has no column 'buyer'"),
    ],
)
def test_what_cannot_be_claimed(shop: Any, claim: dict[str, Any], why: str) -> None:
    assert any(why in problem for problem in refused(shop.frames, **claim))


def test_a_frame_that_is_none_and_a_source_that_is_no_mapping(shop: Any) -> None:
    assert "has no Arrow stream" in refused({**shop.frames, "order": 7})[0]
    with pytest.raises(SourceError, match="str is not a mapping"):
        assert_distinct("folder", **CLAIM)  # type: ignore[arg-type]


def renamed(shop: Any) -> dict[str, pl.DataFrame]:
    return {**shop.frames, "order": shop.frames["order"].rename({"customer_id": "buyer_id"})}


BUYER = {"order.buyer_id": "customer.customer_id"}


def test_a_reference_of_another_name_must_be_said(shop: Any) -> None:
    frames = renamed(shop)

    assert "no shared column leads from order to customer" in refused(frames)[0]
    assert assert_distinct(frames, **CLAIM, references=BUYER).exit_code == 0


def test_two_shared_columns_that_are_unique_must_be_settled() -> None:
    """Nothing in the names tells whether `code` or `number` identifies a visitor."""
    rng = np.random.default_rng(3)
    n = 400
    visitor = pl.DataFrame(
        {"code": np.arange(n), "number": np.arange(n)[::-1], "kind": np.where(np.arange(n) % 2, "a", "b")}
    )
    owner = np.repeat(np.arange(n), rng.poisson(np.where(np.arange(n) % 2, 9, 4)))
    visit = pl.DataFrame({"code": owner, "number": n - 1 - owner})
    frames = {"visitor": visitor, "visit": visit}
    claim = {"segment": "visitor.kind", "fanout": "visit", "value": (), "rank": "a > b"}
    found = refused(frames, **claim)

    assert "visit and visitor share code, number, each of them unique in visitor" in found[0]
    assert "key={'visitor': 'code'}" in found[0]
    assert assert_distinct(frames, **claim, key={"visitor": "code"}).exit_code == 0


def test_a_column_named_after_the_table_is_taken_first(shop: Any) -> None:
    """`row` is unique in both tables; `customer_id` is what refers."""
    frames = {name: frame.with_row_index("row") for name, frame in shop.frames.items()}

    assert assert_distinct(frames, **CLAIM).exit_code == 0


def test_an_id_that_every_table_has_refers_to_nothing_but_may_be_referred_to(shop: Any) -> None:
    frames = {
        "customer": shop.frames["customer"].rename({"customer_id": "id"}),
        "order": shop.frames["order"].rename({"order_id": "id"}),
        "item": shop.frames["item"],
    }
    report = assert_distinct(frames, **CLAIM)
    found = {measured.label: measured for measured in report.measured}

    assert found["order per customer"].segments == assert_distinct(shop.frames, **CLAIM).measured[0].segments


def test_shared_columns_of_another_type_refer_to_nothing(shop: Any) -> None:
    order = shop.frames["order"].with_columns(pl.col("customer_id").cast(pl.String))

    (said,) = refused({**shop.frames, "order": order}, value=())
    assert (
        "no shared column leads from order to customer: order.customer_id is VARCHAR, customer.customer_id is" in said
    )


def test_ids_that_repeat_are_named(shop: Any) -> None:
    frames = {**shop.frames, "customer": pl.concat([shop.frames["customer"], shop.frames["customer"].head(3)])}
    first = shop.frames["customer"]["customer_id"].head(3).min()
    (said,) = refused(frames, value=())
    assert f"customer.customer_id is not unique: 3 values repeat (first: {first})" in said

    (said,) = refused(renamed(shop) | {"customer": frames["customer"]}, references=BUYER, value=())
    assert f"references: customer.customer_id is not unique: 3 values repeat (first: {first})" in said


def measured(report: Any) -> list[Any]:
    return [each.segments for each in report.measured]


def test_whole_numbers_in_floats_are_ids(shop: Any) -> None:
    """Pandas writes ids with one gap as floats; polars may hold NaN for it."""
    pytest.importorskip("pyarrow")
    customer, order = shop.frames["customer"], shop.frames["order"]
    one = pl.when(pl.int_range(pl.len()) == 7)
    expected = assert_distinct({"customer": customer, "order": order.filter(pl.int_range(pl.len()) != 7)}, **CLAIM)
    gap = order.with_columns(customer_id=one.then(None).otherwise("customer_id"))
    holed = order.with_columns(customer_id=one.then(float("nan")).otherwise(pl.col("customer_id").cast(pl.Float64)))

    assert gap.to_pandas()["customer_id"].dtype == "float64"
    for found in (gap.to_pandas(), holed):
        report = assert_distinct({"customer": customer, "order": found}, **CLAIM)
        assert report.measured[0].segments == expected.measured[0].segments
    halves = order.with_columns(pl.col("customer_id") + 0.5)
    assert "order.customer_id is DOUBLE" in refused({"customer": customer, "order": halves}, value=())[0]


def test_the_index_of_a_pandas_frame_has_columns(shop: Any) -> None:
    pytest.importorskip("pyarrow")
    frames = {"customer": shop.frames["customer"].to_pandas().set_index("customer_id"), "order": shop.frames["order"]}
    expected = measured(assert_distinct({**frames, "customer": shop.frames["customer"]}, **CLAIM))

    assert measured(assert_distinct(frames, **CLAIM)) == expected


def test_what_can_be_read_once_is_read_once(shop: Any) -> None:
    pytest.importorskip("pyarrow")
    expected = measured(assert_distinct(shop.frames, **CLAIM))
    readers = {name: frame.to_arrow().to_reader() for name, frame in shop.frames.items()}
    assert measured(assert_distinct(readers, **CLAIM)) == expected

    connection = duckdb.connect()
    relations = {}
    for name, frame in shop.frames.items():
        connection.register(name, frame.to_arrow())
        relations[name] = connection.sql(f'SELECT * FROM "{name}"')
    assert measured(assert_distinct(relations, **CLAIM)) == expected
    assert connection.sql("SELECT 1").fetchall() == [(1,)]


def test_the_audit_reads_such_frames_too(shop: Any) -> None:
    pytest.importorskip("pyarrow")
    readers = {name: frame.to_arrow().to_reader() for name, frame in shop.frames.items()}
    assert measured(validator.audit(readers, shop.contract)) == measured(validator.audit(shop.frames, shop.contract))


def test_a_smallest_difference_can_be_asked_for(shop: Any) -> None:
    claim = {**CLAIM, "value": ()}
    assert assert_distinct(shop.frames, **claim, min_effect=0.05).exit_code == 0
    with pytest.raises(AssertionError, match="must be at least 900 % higher"):
        assert_distinct(shop.frames, **claim, min_effect=9)
    assert "is not a share of 0 or more" in refused(shop.frames, min_effect=-1)[0]


def test_the_example_of_the_docstring_runs() -> None:
    result = doctest.testmod(importlib.import_module("fanwise.validator.testing"))

    assert (result.failed, result.attempted) == (0, 5)


def test_it_is_a_public_name() -> None:
    assert validator.assert_distinct is assert_distinct
    assert "assert_distinct" in validator.__all__


def test_an_id_is_found_by_the_singular_of_its_table(shop: Any) -> None:
    """As Rails and Django name them: orders.customer_id refers to customers.id."""
    frames = {
        "customers": shop.frames["customer"].rename({"customer_id": "id"}).with_columns(pl.col("id").cast(pl.UInt32)),
        "orders": shop.frames["order"].rename({"order_id": "id"}).with_columns(pl.col("customer_id").cast(pl.UInt32)),
    }
    claim = {"segment": "customers.tier", "fanout": "orders", "value": "orders.amount", "rank": RANK}
    report = assert_distinct(frames, **claim)

    assert [found.message for found in report.findings if found.status is Status.WARN] == []
    assert [measured.label for measured in report.measured] == ["orders per customers", "mean orders.amount"]


def test_a_path_that_is_missing_is_said_once(shop: Any) -> None:
    frames = {**shop.frames, "order": shop.frames["order"].rename({"customer_id": "buyer"})}
    said = refused({"customer": frames["customer"], "order": frames["order"]})
    assert said == ["references: no shared column leads from order to customer. Hint: pass references={'order.COLUMN': "
                    "'customer.COLUMN'}. [FW-USAGE-CLAIM]"]  # fmt: skip


def test_columns_of_python_objects_are_passed_over(shop: Any) -> None:
    pytest.importorskip("pyarrow")
    frames = {name: frame.to_pandas() for name, frame in shop.frames.items()}
    frames["order"]["junk"] = [object() for _ in range(len(frames["order"]))]

    assert assert_distinct(frames, **CLAIM).status is Status.PASS
    with pytest.raises(ContractError, match="order has no column 'junk'"):
        assert_distinct(frames, **{**CLAIM, "value": "order.junk"})
