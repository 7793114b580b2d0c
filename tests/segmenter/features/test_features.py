"""Every feature against a slow second implementation; the same bytes whatever the order of rows, threads and memory."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from fanwise.segmenter.axes import AXES, FEATURES
from fanwise.segmenter.errors import FanwiseError, MappingError
from fanwise.segmenter.features import building
from fanwise.segmenter.features.building import BUILTIN, build_features
from fanwise.segmenter.ingest import canonical as canon
from fanwise.segmenter.ingest.mapping import Declared, Marked
from fanwise.segmenter.ingest.source import open_frames, open_source
from tests.segmenter.oracle import customers_of, features_of, population, second
from tests.segmenter.shops import AS_OF, shop

MAPPING = Declared(cancelled=Marked("status", ("cancelled",)))
SEEDS = (1, 2, 3)


def table_of(folder: Path, seed: int, **options: object) -> pl.DataFrame:
    with open_frames(shop(seed), MAPPING, folder=folder, as_of=AS_OF) as source:
        return pl.read_parquet(build_features(source, **options).path)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=SEEDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The features as built, and as the oracle has them."""
    built = table_of(tmp_path_factory.mktemp("features"), request.param)
    people = customers_of(shop(request.param), AS_OF)
    now = second(AS_OF)
    everyone = population(people, now)
    names = [feature.name for feature in FEATURES]
    rows = [
        {"customer_id": name, **dict.fromkeys(names), **features_of(person, everyone, now)}
        for name, person in sorted(people.items())
    ]
    return built, pl.DataFrame(
        rows, schema={"customer_id": pl.String, **dict.fromkeys(names, pl.Float64)}, strict=False
    )


def test_every_customer_is_there_in_order(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    built, expected = pair

    assert built["customer_id"].to_list() == expected["customer_id"].to_list()


@pytest.mark.parametrize("name", [feature.name for feature in FEATURES])
def test_a_feature_is_what_its_definition_says(pair: tuple[pl.DataFrame, pl.DataFrame], name: str) -> None:
    built, expected = pair

    assert built[name].is_null().to_list() == expected[name].is_null().to_list()
    assert built[name].drop_nulls().to_list() == pytest.approx(
        expected[name].drop_nulls().to_list(), rel=1e-8, abs=1e-8
    )
    assert built[name].drop_nulls().n_unique() > 1


def test_no_feature_is_nan_or_infinite_and_all_have_twelve_digits(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    values = pair[0].select(pl.selectors.float())

    assert values.select(pl.all().is_finite().all()).row(0) == (True,) * values.width
    assert all(float(f"{value:.12g}") == value for column in values for value in column.drop_nulls())


def test_customers_without_orders_have_no_features(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    idle = pair[0].filter(pl.col("orders") == 0)

    assert idle.height > 0
    assert idle.drop("customer_id", "orders", "value").null_count().row(0) == (idle.height,) * (idle.width - 3)
    assert set(idle["value"]) == {0.0}


def test_too_few_orders_are_told_apart(pair: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    built = pair[0]
    for feature in FEATURES:
        assert (
            built.filter(pl.col("orders") < feature.min_orders)[feature.name].null_count()
            == built.filter(pl.col("orders") < feature.min_orders).height
        )


def test_every_axis_has_its_program() -> None:
    declared = {axis: [f.name.partition(".")[2] for f in FEATURES if f.axis == axis] for axis in AXES}

    assert list(BUILTIN) == list(AXES)
    assert {axis: sorted(program.features) for axis, program in BUILTIN.items()} == {
        axis: sorted(names) for axis, names in declared.items()
    }


def written(folder: Path, tables: dict[str, pl.DataFrame]) -> Path:
    folder.mkdir()
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    (folder / "mapping.yaml").write_text("cancelled: {column: status, values: [cancelled]}\n")
    return folder


def bytes_of(folder: Path, work: Path, *, threads: int = 1, memory_mb: int | None = None) -> bytes:
    work.mkdir(exist_ok=True)
    mapping = folder / "mapping.yaml"
    with open_source(folder, mapping, folder=work, as_of=AS_OF, threads=threads, memory_mb=memory_mb) as source:
        return build_features(source).path.read_bytes()


def test_rows_threads_and_memory_change_no_byte(tmp_path: Path) -> None:
    tables = shop(5, customers=300)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=9) for name, frame in tables.items()}
    expected = bytes_of(written(tmp_path / "a", tables), tmp_path / "work")

    assert bytes_of(written(tmp_path / "b", shuffled), tmp_path / "work", threads=4, memory_mb=200) == expected


def test_parts_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "a", shop(5, customers=300))
    expected = bytes_of(folder, tmp_path / "work")
    monkeypatch.setattr(canon, "ROWS_PER_PART", 700)
    monkeypatch.setattr(building, "IN_MEMORY", 10)

    assert bytes_of(folder, tmp_path / "work", threads=2) == expected
    assert sorted(path.suffix for path in (tmp_path / "work").iterdir()) == [".parquet", ".parquet"]


def test_more_parts_than_customers_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "a", shop(6, customers=5))
    expected = bytes_of(folder, tmp_path / "work")
    monkeypatch.setattr(canon, "ROWS_PER_PART", 2)

    assert bytes_of(folder, tmp_path / "work") == expected


def test_money_in_thousandths_is_money_times_a_thousand(tmp_path: Path) -> None:
    tables = shop(5, customers=100)
    money = {"total": "order", "discount": "order", "unit_price": "order_item", "refund_amount": "return"}
    cents = dict(tables)
    for column, table in money.items():
        cents[table] = cents[table].with_columns((pl.col(column) * 1000).round(6))
    names = [
        f.name for f in FEATURES if f.name.endswith((".mean", ".total", ".median", ".largest", ".amount", ".price"))
    ]

    frames = []
    for each in (tables, cents):
        with open_frames(each, MAPPING, folder=tmp_path, as_of=AS_OF) as source:
            frames.append(pl.read_parquet(build_features(source).path))
    same = [name for name in frames[0].columns if name not in (*names, "value")]

    assert frames[1].select(same).equals(frames[0].select(same))
    for name in [*names, "value"]:
        assert frames[1][name].drop_nulls().to_list() == pytest.approx(
            (frames[0][name] * 1000).drop_nulls().to_list(), rel=1e-11
        )


def test_one_customer_has_the_features_of_the_population(tmp_path: Path) -> None:
    tables = shop(4, customers=100)
    with open_frames(tables, MAPPING, folder=tmp_path, as_of=AS_OF) as source:
        everyone = build_features(source)
    expected = pl.read_parquet(everyone.path)
    busiest = expected.sort("orders")["customer_id"][-1]
    own = tables["order"].filter(pl.col("customer_id") == int(busiest))
    few = {
        "customer": tables["customer"].filter(pl.col("customer_id") == int(busiest)),
        "order": own,
        "order_item": tables["order_item"].join(own, on="order_id", how="semi"),
        "product": tables["product"],
        "return": tables["return"].join(own, on="order_id", how="semi"),
        "ticket": tables["ticket"].filter(pl.col("customer_id") == int(busiest)),
    }

    with open_frames(few, MAPPING, folder=tmp_path, as_of=AS_OF) as source:
        found = build_features(source, constants=everyone.constants)
    with open_frames(tables, MAPPING, folder=tmp_path, as_of=AS_OF) as source:
        chosen = build_features(source, constants=everyone.constants, customers=[busiest])

    assert pl.read_parquet(found.path).equals(expected.filter(pl.col("customer_id") == busiest))
    assert pl.read_parquet(chosen.path).equals(expected.filter(pl.col("customer_id") == busiest))
    assert found.constants == everyone.constants


def test_money_is_counted_as_the_population_counted_it(tmp_path: Path) -> None:
    rows = {
        "order_id": [1, 2, 3, 4],
        "customer_id": ["rich", "ann", "ann", "ann"],
        "order_date": [dt.datetime(2024, 1, day, 9) for day in (1, 2, 3, 4)],
        "sku": ["x", "y", "y", "z"],
        "quantity": [1, 3, 7, 11],
        "amount": [123456789.0, 10.0, 10.0, 10.0],
    }
    everybody = pl.DataFrame(rows)
    ann = everybody.filter(pl.col("customer_id") == "ann")
    with open_frames({"lines": everybody}, folder=tmp_path) as source:
        table = build_features(source)
    expected = pl.read_parquet(table.path).filter(pl.col("customer_id") == "ann")

    for early in ({}, table.constants):
        with open_frames({"lines": ann}, folder=tmp_path, as_of=table.as_of, constants=early) as source:
            found = pl.read_parquet(build_features(source, constants=table.constants).path)

            assert found.equals(expected.select(found.columns))
    with open_frames({"lines": ann}, folder=tmp_path, as_of=table.as_of) as source:
        alone = pl.read_parquet(build_features(source).path)

    assert not alone["value_sophistication.price"].equals(expected["value_sophistication.price"])


def test_some_customers_need_the_constants_of_all(tmp_path: Path) -> None:
    with (
        open_frames(shop(4), MAPPING, folder=tmp_path, as_of=AS_OF) as source,
        pytest.raises(FanwiseError, match="constants"),
    ):
        build_features(source, customers=["101"])


def test_chosen_axes_alone_are_the_same(tmp_path: Path) -> None:
    everything = table_of(tmp_path, 2)
    chosen = table_of(tmp_path, 2, axes=["purchase_value", "loyalty_trajectory"])

    assert chosen.equals(everything.select(chosen.columns))
    assert {name.partition(".")[0] for name in chosen.columns[3:]} == {"purchase_value", "loyalty_trajectory"}


def test_an_unknown_axis_has_a_neighbour(tmp_path: Path) -> None:
    with (
        open_frames(shop(4), MAPPING, folder=tmp_path, as_of=AS_OF) as source,
        pytest.raises(MappingError, match="did you mean 'purchase_value'"),
    ):
        build_features(source, ["purchase_valu"])


def test_an_earlier_table_stays(tmp_path: Path) -> None:
    with open_frames(shop(4), MAPPING, folder=tmp_path, as_of=AS_OF) as source:
        first, second_one = build_features(source), build_features(source, ["purchase_value"])

    assert first.path != second_one.path
    assert pl.read_parquet(first.path).width > pl.read_parquet(second_one.path).width


def test_a_table_says_what_it_was_made_of(tmp_path: Path) -> None:
    with open_frames(shop(4), MAPPING, folder=tmp_path, as_of=dt.date(2024, 6, 1)) as source:
        table = build_features(source)
    built = pl.read_parquet(table.path)

    assert (table.customers, table.orders) == (built.height, built["orders"].sum())
    assert table.as_of == dt.datetime(2024, 6, 1)
    assert table.fingerprint["rows.order"] == shop(4)["order"].height
    assert any("after 2024-06-01 00:00:00 are left out" in note for note in table.notes)
    assert any("were cancelled" in note for note in table.notes)
