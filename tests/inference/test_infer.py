"""A planted source gives its own schema back; hostile ones give a clear result."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml

import fanwise
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import Plan, compile_plan


def plan_of(text: str) -> Plan:
    """Return the plan of an inferred schema, which must pass its own forecast."""
    plan = compile_plan(fanwise.load(text))
    assert forecast(plan).exit_code == 0
    return plan


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Plan, Path]:
    folder = tmp_path_factory.mktemp("shop")
    fanwise.dataset("ecommerce", rows={"customer": 900}).write(folder / "data")
    text = fanwise.infer(folder / "data", by="customer.customer_segment")
    return text, plan_of(text), folder / "data"


def line(text: str, name: str) -> str:
    found = re.search(rf"(^ +#.*\n)?^ +{name}: .*$", text, re.MULTILINE)  # a long line has its comment before it
    assert found, name
    return found[0]


def test_keys_references_and_parents_come_back(shop: tuple[str, Plan, Path]) -> None:
    wanted, found = compile_plan(fanwise.load("ecommerce")), shop[1]

    for name, table in wanted.dataset.tables.items():
        assert found.dataset.tables[name].key == table.key
        assert found.tables[name].parent == wanted.tables[name].parent
        assert set(found.tables[name].columns) == set(wanted.tables[name].columns)
        for column, bound in wanted.tables[name].columns.items():
            assert found.tables[name].columns[column].dtype == bound.dtype, column
    assert "ref: product" in line(shop[0], "product_id: {ref")


def test_effects_come_back_within_their_intervals(shop: tuple[str, Plan, Path]) -> None:
    for name, wanted in (("fanout", {"VIP": 1.4, "Casual": 0.8}), ("gross_amount", {"VIP": 1.3, "Casual": 0.9})):
        said = line(shop[0], name)
        for segment, factor in wanted.items():
            low, high = map(float, re.search(rf"{segment} ([\d.]+) to ([\d.]+)", said).groups())  # type: ignore[union-attr]
            assert low * 0.97 < factor < high * 1.03


def test_laws_and_formulas_come_back(shop: tuple[str, Plan, Path]) -> None:
    text = shop[0]

    assert re.search(r"poisson: \{mean: 2[234]\.?\d*\}", line(text, "fanout"))
    assert re.search(r"lognormal: \{median: 5[67]\.\d+, sigma: 0\.7\d*\}", line(text, "gross_amount"))
    assert 'expr: "product.price"' in line(text, "unit_price")
    assert 'expr: "round(quantity * unit_price, 2)"' in line(text, "line_amount")
    assert "between: [customer.signed_up, window.end]" in line(text, "ordered_at")
    assert "20: 1." in line(text, "order_ordered_at") or "20: 2" in line(text, "order_ordered_at")


def test_no_value_of_fewer_than_20_units_is_written(shop: tuple[str, Plan, Path]) -> None:
    """Texts are searched for everywhere; numbers where values are written: in knots, ends, bounds and options."""
    text, _, folder = shop
    words = set(re.findall(r"[^\s{}\[\],:\"]+", re.sub(r"#.*", "", text)))
    tables = yaml.safe_load(text)["tables"]
    for file in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(file)
        for name in frame.columns:
            counts = frame[name].drop_nulls().value_counts()
            rare = set(counts.filter(pl.col("count") < 20)[name])
            if frame[name].dtype == pl.String:
                assert not rare & words, (file.name, name)
            elif frame[name].dtype == pl.Float64:
                assert not rare & set(values_of(tables[file.stem]["columns"][name])), (file.name, name)


def values_of(column: dict[str, Any]) -> Iterator[float]:
    """Yield the numbers of a column's declaration that are values of it."""
    for kind, params in column.items():
        if kind == "quantile":
            yield from params["knots"].values()
        elif kind in ("uniform", "integer"):
            yield from (params["min"], params["max"])
        elif kind == "constant":
            yield params


def test_structure_only_has_no_values(shop: tuple[str, Plan, Path]) -> None:
    text = fanwise.infer(shop[2], values=False)

    plan_of(text)
    assert "book" not in text
    assert "lognormal: {mean: 50" in text
    assert "SKU" not in text or "pattern" in text


CSV = {
    "person-.csv": "id;name;joined;score;note;odd;empty;code\n"
    + "".join(
        f"{n};Ann {n};2024-0{1 + n % 9}-1{n % 10};{n % 7}.5;;{'x' if n == 30 else n};;00{n % 3}\n"
        for n in range(1, 201)
    ),
    "visit.csv": "visit_id,person_id,friend_id,at\n"
    + "".join(f"{n},{1 + n // 3}.0,{1 + n % 150},2024-0{1 + n % 9}-11T10:0{n % 10}:00\n" for n in range(1, 550)),
}


def test_a_folder_of_csv_with_mixed_types_and_ids_as_floats(tmp_path: Path) -> None:
    for name, content in CSV.items():
        (tmp_path / name).write_text(content)
    text = fanwise.infer(tmp_path)
    plan = plan_of(text)

    assert "person- in the source" in text
    assert "mixed types: 199 of 200 values are integers, so it stays text" in text
    assert "empty: {constant: null, type: text}" in text
    assert str(plan.tables["person"].columns["code"].dtype) == "String"
    assert str(plan.tables["visit"].columns["at"].dtype).startswith("Datetime")
    assert list(plan.tables) == ["person", "visit"]


def table(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)


def test_sources_that_are_hard_to_read() -> None:
    numbers = list(range(1, 101))
    one = plan_of(fanwise.infer({"only": table(id=[7], name=["Ann"], at=[dt.date(2024, 1, 1)])}))
    assert one.dataset.tables["only"].key == ("id",)

    text = fanwise.infer({"plain": table(x=[1, 1, 2] * 30, y=pl.Series([None] * 90, dtype=pl.Int64))})
    assert "no key" in text
    plan_of(text)

    wide = table(**{f"c{at}": numbers for at in range(120)})
    assert len(plan_of(fanwise.infer({"wide": wide})).tables["wide"].columns) == 120

    cyclic = {
        "a": table(a_id=numbers, b_id=numbers[::-1]),
        "b": table(b_id=numbers, a_id=[*numbers[1:], None]),
        "staff": table(staff_id=numbers, manager_id=[None, *[1 + at // 9 for at in range(99)]]),
    }
    text = fanwise.infer(cyclic)
    plan_of(text)
    assert "does not allow" in text
    assert "manager_id: {ref: staff}" in text


def test_names_that_only_include_are_no_reference() -> None:
    text = fanwise.infer(
        {"a": table(id=list(range(1, 51))), "b": table(id=list(range(1, 41)), size=[1 + at % 40 for at in range(40)])}
    )

    assert "ref:" not in text
    assert "parent:" not in text


def test_databases_declare_keys(tmp_path: Path) -> None:
    statements = (
        "CREATE TABLE owner (code VARCHAR PRIMARY KEY, label VARCHAR NOT NULL)",
        "CREATE TABLE pet (no BIGINT, of VARCHAR NOT NULL, kind VARCHAR, PRIMARY KEY (no), FOREIGN KEY (of) REFERENCES owner (code))",
        "INSERT INTO owner VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')",
        "INSERT INTO pet VALUES (4, 'a', 'cat'), (5, 'a', 'dog'), (6, 'b', 'cat')",
    )
    with duckdb.connect(str(tmp_path / "pets.duckdb")) as database:
        for statement in statements:
            database.execute(statement)
    lite = sqlite3.connect(tmp_path / "pets.sqlite")
    for statement in statements:
        lite.execute(statement)
    lite.commit()
    lite.close()
    for name in ("pets.duckdb", "pets.sqlite"):
        plan = plan_of(fanwise.infer(tmp_path / name))
        assert plan.dataset.tables["pet"].key == ("no",), name
        assert plan.tables["pet"].parent == "owner"
        assert plan.tables["pet"].columns["of"].spec.generator.kind == "parent"


def test_wrong_options_are_told(shop: tuple[str, Plan, Path]) -> None:
    for by, why in (
        ("tier", "not TABLE.COLUMN"),
        ("client.tier", "no table client"),
        ("customer.teir", "has no column teir"),
        ("customer.email", "fewer than two segments"),
    ):
        with pytest.raises(fanwise.InputError, match=why):
            fanwise.infer(shop[2], by=by)
    with pytest.raises(fanwise.SourceError, match="no such folder"):
        fanwise.infer(shop[2] / "nowhere")


def test_a_flat_table_gets_a_table_of_its_actors() -> None:
    data = fanwise.dataset("ecommerce", rows={"customer": 300})
    flat = data["order"].join(data["customer"].select("customer_id", "customer_segment"), on="customer_id")
    text = fanwise.infer({"purchases": flat}, by="purchases.customer_segment")
    plan = plan_of(text)

    assert plan.tables["purchases"].parent == "customer"
    assert [axis.table for axis in plan.dataset.axes.values()] == ["customer"]
    assert re.search(r'customer_segment: \{(expr: "customer.|parent: )customer_segment', text)


def test_postgresql_declares_keys_and_enums(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS inferred; CREATE DATABASE inferred")
    postgres.run(
        "CREATE TYPE kind AS ENUM ('cat', 'dog'); CREATE TABLE owner (code text PRIMARY KEY, since date NOT NULL);"
        "CREATE TABLE pet (no bigint PRIMARY KEY, of text NOT NULL REFERENCES owner, kind kind, born timestamptz);"
        "INSERT INTO owner SELECT 'o' || n, date '2024-01-01' + n FROM generate_series(1, 80) AS n;"
        "INSERT INTO pet SELECT n, 'o' || (1 + n % 80), CASE WHEN n % 3 = 0 THEN 'cat' ELSE 'dog' END::kind, now() FROM "
        "generate_series(1, 200) AS n",
        "inferred",
    )
    text = fanwise.infer(postgres.url("inferred"))
    plan = plan_of(text)

    assert plan.dataset.tables["pet"].key == ("no",)
    assert plan.tables["pet"].parent == "owner"
    assert "choice: {dog: 0.67, cat: 0.33}" in text
    assert postgres.password not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scale", "by"),
    [("habits", 0.5, "customer.habit"), ("marketplace", 1.0, "customer.tier"), ("tpch", 0.01, None)],
)
def test_ready_datasets_come_back(name: str, scale: float, by: str | None, tmp_path: Path) -> None:
    """Keys and references are those of the schema; parents too, but where a column only looks like one (tpch)."""
    data = fanwise.dataset(name, scale=scale)
    data.write(tmp_path / "data")
    wanted, found = data.plan, plan_of(fanwise.infer(tmp_path / "data", by=by))

    for table in wanted.schema.tables:
        assert found.dataset.tables[table].key == wanted.dataset.tables[table].key
        if by:
            assert found.tables[table].parent == wanted.tables[table].parent
    lost = {
        (table, key.columns)
        for table, declared in wanted.schema.tables.items()
        for key in declared.foreign_keys
        if key.columns not in {other.columns for other in found.schema.tables[table].foreign_keys}
    }
    assert not lost


def test_values_of_one_customer_are_not_written_however_often_they_occur() -> None:
    """80 orders of one customer are one unit."""
    data = fanwise.dataset("ecommerce", rows={"customer": 300})
    customer, order = data["customer"], data["order"].select("order_id", "customer_id", "gross_amount")
    mine = order["customer_id"] == int(order["customer_id"].mode()[0])
    assert mine.sum() >= 30
    odd = pl.when(pl.Series(mine))
    order = order.with_columns(
        channel=odd.then(pl.lit("carrier pigeon")).otherwise(pl.lit("web")),
        pieces=odd.then(77_777).otherwise(pl.col("order_id") % 37 + pl.col("order_id") % 3),
        weight=odd.then(8_888.25).otherwise(pl.col("gross_amount") * 0.7),
    )
    text = fanwise.infer({"customer": customer, "order": order})

    plan_of(text)
    assert "pigeon" not in text
    assert not re.search(r"7777[67]|8888", text)


def test_an_empty_table_and_merged_segments_are_told() -> None:
    tiers = [*["gold"] * 90, *["basic"] * 90, *["odd"] * 30, *["rare"] * 3, *[None] * 4]
    customer = table(id=list(range(1, 218)), tier=tiers)
    with pytest.raises(fanwise.InputError, match="customer has 0 rows"):
        fanwise.infer({"customer": customer.clear()}, by="customer.tier")
    said: list[str] = []
    text = fanwise.infer({"customer": customer}, by="customer.tier", tell=said.append)
    assert said == [
        "--by customer.tier: 2 segments of fewer than 50 rows (odd and 1 more): 33 rows in 'other'; "
        "4 rows without a segment: in 'basic'"
    ]
    assert "rare" not in text, "too few to be named"


def test_one_small_segment_alone_keeps_its_name() -> None:
    def shares(odd: int) -> str:
        tiers = ["gold"] * 90 + ["basic"] * 90 + ["odd"] * odd
        said: list[str] = []
        text = fanwise.infer(
            {"customer": table(id=list(range(len(tiers))), tier=tiers)}, by="customer.tier", tell=said.append
        )
        assert bool(said) is (odd < 20)
        return next(line for line in text.splitlines() if "share:" in line)

    assert "odd: " in shares(30)
    assert "odd: " not in shares(12), "too few to be named"


def test_a_table_of_few_days_has_an_interval() -> None:
    """Of 27 days the 20th is after the 20th from the end: nothing of them may be written."""
    days = [dt.datetime(2016, 11, 14) + dt.timedelta(days=15 * at) for at in range(27)]
    text = fanwise.infer({"campaign": pl.DataFrame({"campaign_id": range(1, 28), "started_at": days})})

    assert "too few values to learn from" in line(text, "started_at")
    assert plan_of(text).tables["campaign"].rows == 27
    assert not re.search("201[678]", text.partition("\nfanwise")[2])


def test_na_is_a_missing_number_and_a_text_among_texts(tmp_path: Path) -> None:
    """As R writes it; Namibia stays a country."""
    lines = [
        f"{at},{'NA' if at % 5 == 0 else at * 7 % 90},{'NA' if at % 4 == 0 else '2024-01-0' + str(1 + at % 9)},{code},{at % 60}"
        for at, code in zip(range(1, 601), ["NA", "DE", "FR"] * 200, strict=True)
    ]
    (tmp_path / "weather.csv").write_text("\n".join(["weather_id,temp,on,country,humid", *lines]))
    text = fanwise.infer(tmp_path)
    columns = plan_of(text).tables["weather"].columns

    assert "# texts such as NA are read as null in temp, on" in text
    assert columns["temp"].spec.null == pytest.approx(0.2, abs=1e-9)
    assert columns["on"].spec.null == pytest.approx(0.25, abs=1e-9)
    assert "NA: 0.3333" in line(text, "country")
    assert columns["humid"].dtype.is_integer(), "a word that only ends like an id"
