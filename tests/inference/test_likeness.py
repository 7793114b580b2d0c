"""gen audit --like: data that keep the effects of a reference pass, data that lose one fail and say where."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import fanwise
from fanwise.generator.cli.app import app
from fanwise.inference.likeness import contract_like
from fanwise.inference.sources.names import odd_names
from fanwise.inference.yaml_text import name_of
from fanwise.validator import Status, load_contract
from fanwise.validator.report.document import document_of

BY = "customer.customer_segment"
TABLES = ("customer", "order")


def shop(seed: int, rows: int = 1200) -> dict[str, Any]:
    data = fanwise.dataset("ecommerce", rows={"customer": rows}, seed=seed)
    return {name: data[name] for name in TABLES}


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    return shop(42)


def shuffled(data: dict[str, Any]) -> dict[str, Any]:
    """Return data whose amounts belong to other orders: the effect on them is gone, that on their number is not."""
    return {**data, "order": data["order"].with_columns(pl.col("gross_amount").shuffle(seed=1))}


def test_equal_effects_pass_at_any_size(real: dict[str, Any]) -> None:
    for rows in (1200, 4000):
        report = fanwise.audit(shop(7, rows), like=real, by=BY)
        assert report.exit_code == 0, report.text()


def test_the_order_of_rows_changes_neither_the_contract_nor_a_schema(real: dict[str, Any]) -> None:
    """Sums of fractions and groups come in another order from one run of several threads to the next."""
    contract, schema = contract_like(real, BY), fanwise.infer(real, by=BY)
    for seed in (1, 2, 3):
        moved = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in real.items()}
        assert contract_like(moved, BY) == contract
        assert fanwise.infer(moved, by=BY) == schema


def test_a_pair_of_segments_stands_once_and_with_its_worst_status(real: dict[str, Any]) -> None:
    """The ratio of two segments and its range are two checks; the table repeats a pair only where the range is worse."""
    for data, repeated in ((shop(7), False), (shuffled(shop(7)), True)):
        report = fanwise.audit(data, like=real, by=BY)
        (table,) = document_of(report).section("effects").blocks
        at = [next(i for i, c in enumerate(table.columns) if c.name == name) for name in ("metric", "pair", "status")]
        rows = [tuple(row[index] for index in at) for row in table.rows]

        pairs = [(metric, frozenset(pair.split(" / "))) for metric, pair, _ in rows]
        assert len(set(pairs)) == 4
        assert (len(pairs) > 4) == repeated
        worst = {each.status.value for measured in report.measured for each in measured.pairs if each.status}
        assert {status for *_, status in rows if status} == worst


def test_a_lost_effect_fails_and_says_where(real: dict[str, Any]) -> None:
    report = fanwise.audit(shuffled(shop(7)), like=real, by=BY)

    assert report.exit_code == 1
    said = " ".join(report.text().split())
    assert "mean order.gross_amount: VIP" in said
    assert "the effect of the reference is lost here, though it is in order per customer" in said


def test_keys_references_types_and_segments_are_promised(real: dict[str, Any]) -> None:
    other = shop(7)
    orphan = other["order"].with_columns(customer_id=pl.col("customer_id") + 1)
    renamed = other["customer"].with_columns(customer_segment=pl.col("customer_segment").replace("VIP", "Gold"))
    text = other["order"].with_columns(pl.col("gross_amount").cast(pl.String))
    for broken, check in (
        ({"order": orphan}, "reference"),
        ({"customer": renamed}, "segments"),
        ({"order": text}, "columns"),
        ({"order": other["order"].drop("ordered_at")}, "columns"),
    ):
        report = fanwise.audit({**other, **broken}, like=real, by=BY)
        assert report.exit_code == 1
        assert check in {finding.check for finding in report.findings if str(finding.status).endswith("FAIL")}, check


def with_orphans(data: dict[str, Any], share: float) -> dict[str, Any]:
    """Return data in which a share of the orders belongs to customers who are not there."""
    order = data["order"].with_row_index("row")
    lost = pl.col("row") < int(share * len(order))
    moved = order.with_columns(customer_id=pl.when(lost).then(10**6 + pl.col("row")).otherwise("customer_id"))
    return {**data, "order": moved.drop("row")}


def test_a_few_orphans_do_not_hide_the_effects(real: dict[str, Any]) -> None:
    few = with_orphans(real, 0.004)
    assert contract_like(few, BY).effects.keys() == contract_like(real, BY).effects.keys()

    fair = fanwise.audit(with_orphans(shop(7), 0.004), like=few, by=BY)
    assert fair.exit_code == 0, fair.text()
    assert [each.check for each in fair.with_status("WARN")] == ["reference"]
    for broken in (with_orphans(shop(7), 0.05), shuffled(shop(7))):
        assert fanwise.audit(broken, like=few, by=BY).exit_code == 1
    assert "orphans in the source" in fanwise.infer(few, by=BY)


def test_by_without_anything_to_compare_is_an_error(real: dict[str, Any]) -> None:
    with pytest.raises(fanwise.InputError, match=r"no table below customer.*order\.customer_id is not a reference"):
        fanwise.audit(shop(7), like=with_orphans(real, 0.03), by=BY)
    mixed = {**real, "customer": real["customer"].with_columns(pl.col("customer_segment").shuffle(seed=1))}
    with pytest.raises(fanwise.InputError, match="show none that chance"):
        fanwise.audit(shop(7), like=mixed, by=BY)


def test_without_by_only_integrity_is_promised(real: dict[str, Any]) -> None:
    report = fanwise.audit(shuffled(shop(7)), like=real)
    assert report.exit_code == 0
    assert "Segments: not compared" in " ".join(report.text().split())
    assert not contract_like(real).axes


def test_the_contract_can_be_kept(real: dict[str, Any], tmp_path: Path) -> None:
    for name, data in (("real", real), ("synth", shuffled(shop(7)))):
        (tmp_path / name).mkdir()
        for table, frame in data.items():
            frame.write_parquet(tmp_path / name / f"{table}.parquet")
    options = ["--like", str(tmp_path / "real"), "--by", BY, "--save", str(tmp_path / "contract.yaml"), "-q"]
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "synth"), *options])

    assert done.exit_code == 1, done.output
    kept = load_contract(tmp_path / "contract.yaml")
    assert kept == contract_like(str(tmp_path / "real"), BY)
    assert CliRunner().invoke(app, ["audit", str(tmp_path / "synth"), *options]).exit_code == 4  # never replaced


def test_wrong_options_are_told(real: dict[str, Any]) -> None:
    with pytest.raises(fanwise.InputError, match="one of contract and like"):
        fanwise.audit(real)
    with pytest.raises(fanwise.InputError, match="by needs like"):
        fanwise.audit(real, {"contract": 1}, by=BY)
    with pytest.raises(fanwise.InputError, match="segments; expected 2 to 40"):
        fanwise.audit(real, like=real, by="customer.email")
    assert CliRunner().invoke(app, ["audit", "x", "--contract", "y", "--like", "z"]).exit_code == 2
    assert CliRunner().invoke(app, ["audit", "x", "--contract", "y", "--save", "z"]).exit_code == 2


def states(shares: tuple[float, ...], seed: int) -> dict[str, Any]:
    """Return customers of three tiers with 20 orders each, of which these shares are returned."""
    drawn, tiers = random.Random(seed), ("gold", "silver", "bronze")
    customers = pl.DataFrame({"customer_id": range(900), "tier": [tiers[at % 3] for at in range(900)]})
    returned = ["returned" if drawn.random() < shares[at // 20 % 3] else "ok" for at in range(18_000)]
    orders = {"order_id": range(18_000), "customer_id": [at // 20 for at in range(18_000)], "status": returned}
    return {"customer": customers, "orders": pl.DataFrame(orders)}


def test_a_lost_share_is_gone_and_not_swapped() -> None:
    report = fanwise.audit(states((0.118,) * 3, 3), like=states((0.05, 0.15, 0.15), 1), by="customer.tier")

    said = " ".join(report.text().split())
    assert report.exit_code == 1
    assert "the segments do not differ" in said
    assert "swapped" not in said
    found = [each for each in report.findings if each.check == "direction"]
    apart = [each for each in found if each.metric == "orders_status_ok" and "gold" in each.pair]
    assert apart
    assert {each.status for each in apart} == {"FAIL"}


def test_the_report_names_the_judged_data_and_calls_the_ratios_those_of_the_reference(
    real: dict[str, Any], tmp_path: Path
) -> None:
    for table, frame in shuffled(shop(7)).items():
        frame.write_parquet(tmp_path / f"{table}.parquet")
    report = fanwise.audit(tmp_path, like=real, by=BY)
    page, said = report.text(verbose=True), " ".join(report.text().split())

    assert report.title.startswith(f"Audit of {tmp_path.name}, judged by ")
    assert said.startswith(f"FAIL {tmp_path.name}, judged by ")
    assert "; reference 1." in said
    assert "declared 1." not in said
    assert "multiplier" not in said
    assert "look at" not in said
    assert "effective" not in next(line for line in page.splitlines() if "reference" in line and "measured" in line)


def test_no_order_is_claimed_of_segments_that_are_alike() -> None:
    real = states((0.05, 0.15, 0.15), 1)
    made = contract_like(real, "customer.tier")
    assert made.effects
    assert all(each.declared["silver"] == each.declared["bronze"] for each in made.effects.values())
    for seed in (2, 3, 4):
        report = fanwise.audit(states((0.05, 0.15, 0.15), seed), like=real, by="customer.tier")
        assert report.exit_code == 0, report.text()


def test_another_spelling_of_a_segment_is_one_fault(real: dict[str, Any]) -> None:
    other = shop(7)
    spelt = other["customer"].with_columns(customer_segment=pl.col("customer_segment").replace("VIP", "vip"))
    report = fanwise.audit({**other, "customer": spelt}, like=real, by=BY)

    assert "did you mean 'VIP'?" in report.text()
    assert "not tested: VIP is spelt 'vip' in the data." in {each.message for each in report.findings}
    assert not [each.id for each in report.findings if "VIP" in each.pair and each.status == "INCONCLUSIVE"]


def test_columns_of_all_types_are_like_themselves(tmp_path: Path) -> None:
    numbers = range(200)
    columns: dict[str, Any] = {
        "at": [time(1, n % 60) for n in numbers],
        "raw": [b"x"] * 200,
        "list": [[n] for n in numbers],
        "texts": [["a"]] * 200,
        "parts": [{"a": n} for n in numbers],
        "long": [timedelta(n) for n in numbers],
        "none": [None] * 200,
        "zoned": pl.Series([datetime(2024, 1, 1)] * 200).dt.replace_time_zone("UTC"),
        "small": pl.Series([n % 100 for n in numbers], dtype=pl.UInt8),
        "word": ["a", "b"] * 100,
    }
    frame = pl.DataFrame({"id": numbers, **columns})
    frame.write_parquet(tmp_path / "t.parquet")
    for source in ({"t": frame}, str(tmp_path / "t.parquet")):
        report = fanwise.audit(source, like=source)
        assert report.exit_code == 0, report.text()
        described = contract_like(source).tables["t"].columns
        assert described["at"].type == "time"
        assert described["word"].type == "text"
        assert not {"raw", "list", "parts"} & described.keys(), "a contract has no word for their types"


def numbers_as(whole: Any, real: Any, zone: str | None) -> dict[str, pl.DataFrame]:
    at = pl.Series([datetime(2024, 1, 1) + timedelta(hours=n) for n in range(200)]).dt.replace_time_zone(zone)
    share = pl.Series([n / 7 for n in range(200)], dtype=pl.Float32).cast(real)
    return {"t": pl.DataFrame({"id": pl.Series(range(200), dtype=whole), "share": share, "at": at})}


@pytest.mark.parametrize("whole", [pl.Int16, pl.Int64, pl.UInt8, pl.UInt32, pl.UInt64])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_another_width_sign_or_zone_of_the_same_values_is_no_warning(whole: Any, zone: str | None) -> None:
    narrow, wide = numbers_as(whole, pl.Float32, zone), numbers_as(pl.Int32, pl.Float64, "UTC")
    for made, reference in ((narrow, narrow), (wide, narrow), (wide, wide)):
        if zone == "Europe/Berlin" and made is not reference:
            continue  # other instants
        report = fanwise.audit(made, like=reference)
        assert report.exit_code == 0, report.text()
        assert not report.with_status(Status.WARN), report.text()

    (warning,) = fanwise.audit(narrow, like=numbers_as(whole, pl.Float64, zone)).with_status(Status.WARN)
    assert warning.message == "t.share is FLOAT, and DOUBLE in the reference; it has fewer digits."


def test_values_that_do_not_fit_name_both_types() -> None:
    made = numbers_as(pl.Int64, pl.Float64, None)
    large = {"t": made["t"].with_columns(pl.col("id") + 2**40)}
    (failed,) = fanwise.audit(large, like=numbers_as(pl.Int32, pl.Float64, None)).with_status(Status.FAIL)
    assert failed.message.startswith("t.id is BIGINT, and INTEGER in the reference, and 200 values do not fit")


def odd(seed: int, effect: float) -> dict[str, pl.DataFrame]:
    """Return a shop whose tables and columns have names that a schema could not have."""
    draw = random.Random(seed)
    orders = [
        (own, draw.gammavariate(4, 10) * (effect if own % 3 else 1)) for own in range(450) for _ in range(2 + own % 3)
    ]
    return {
        "Our Customers": pl.DataFrame({"Customer ID": range(450), "Its Tier": ["A", "B", "B"] * 150}),
        "orders": pl.DataFrame(
            {
                "Order-No": range(len(orders)),
                "Customer ID": [own for own, _ in orders],
                "Total (EUR)": [each for _, each in orders],
            }
        ),
    }


@pytest.mark.parametrize("by", ["Our Customers.Its Tier", "Our_Customers.Its_Tier"])
def test_names_are_those_of_the_judged_data(by: str, tmp_path: Path) -> None:
    real = odd(1, 1.5)
    assert fanwise.audit(odd(2, 1.5), like=real, by=by).exit_code == 0
    assert fanwise.audit(odd(2, 1.5), like=real).exit_code == 0
    assert fanwise.audit(odd(3, 1.0), like=real, by=by).exit_code == 1
    plain = {
        name_of(name, set()): frame.rename({each: name_of(each, set()) for each in frame.columns})
        for name, frame in odd(2, 1.5).items()
    }
    assert fanwise.audit(plain, like=real, by=by).exit_code == 0, "as gen run writes them"
    for name, frame in real.items():
        frame.write_csv(tmp_path / f"{name}.csv")
    said = CliRunner().invoke(app, ["audit", str(tmp_path), "--like", str(tmp_path), "--by", by])
    assert said.exit_code == 0, said.output


def test_names_are_found_without_reading_what_is_read_only_once() -> None:
    frame = pl.DataFrame({"an id": [1, 2], "plain": [3, 4]})
    once = frame.to_arrow().to_reader()
    for each in (frame, frame.lazy(), frame.to_arrow(), frame.to_pandas(), once):
        assert odd_names({"a table": each}) == {"a table", "an id"}
    assert once.read_all().num_rows == 2
    assert odd_names("no such folder") == frozenset()
