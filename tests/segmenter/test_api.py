"""The verbs on sources: what they take, check before they read, give back, and leave behind."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter import api as verbs
from fanwise.segmenter import session as opening
from fanwise.segmenter.api import (
    Discovered,
    assign_customer,
    assign_source,
    compare_source,
    discover,
    drift_source,
    profile_source,
    refresh_source,
    save_source,
)
from fanwise.segmenter.errors import MappingError, ModelError, SourceError
from fanwise.segmenter.model.io import load_model, model_id, save_model
from fanwise.segmenter.model.model import AxisModel, Model
from fanwise.segmenter.session import Place, instant_of
from fanwise.segmenter.stores.tables import TABLES
from tests.segmenter.planted import model_of

AXES = ["purchase_frequency", "purchase_value"]
PAGE = Path(__file__).parents[2] / "docs" / "discovery.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of orders: a third of 240 customers spend ten times as much, another third orders four times as
    often."""
    rng = np.random.default_rng(5)
    rows = [
        (f"c{i:03}", dt.date(2024, 1, 1) + dt.timedelta(days=int(day)), round(float(rng.lognormal(3 + 2.3 * (i % 3 == 0), 0.1)), 2))
        for i in range(240)
        for day in rng.integers(0, 360, 20 if i % 3 == 1 else 5)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    pl.DataFrame(rows, schema=["customer_id", "ordered_at", "total"], orient="row").write_csv(path)
    return path


@pytest.fixture(scope="module")
def found(shop: Path) -> Discovered:
    return discover(shop, axes=AXES, max_k=3)


def test_discovered_tells_all_of_it(found: Discovered, shop: Path) -> None:
    assert found.source == str(shop)
    assert found.profile.customers == 240
    assert found.model.axes[1].structure == "clusters"
    assert list(found.seconds) == ["read", "features", "cluster", "assign"]
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["model_id"] == model_id(found.model)
    assert told["profile"]["customers"] == 240
    assert found.text() == found.profile.text()


def test_a_place_and_its_location_are_the_same(found: Discovered, shop: Path, tmp_path: Path) -> None:
    again = discover(Place(str(shop), threads=2, memory_mb=200), axes=AXES, max_k=3)
    for name, model in (("a", found.model), ("b", again.model)):
        save_model(model, tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert load_model(tmp_path / "a") == found.model


def test_watchers_hear_every_stage_in_order(shop: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    discover(shop, axes=AXES[:1], max_k=2, watcher=lambda *said: heard.append(said))

    assert list(dict.fromkeys(stage for stage, _, _ in heard)) == ["read", "features", "cluster", "assign"]
    assert heard[-1] == ("assign", 240, 240)
    assert ("cluster", 1, 1) in heard


def test_every_way_of_assigning_counts_the_same(found: Discovered, shop: Path, tmp_path: Path) -> None:
    ways = [
        assign_source(found.model, shop),
        assign_source(found.model, shop, tmp_path / "s.parquet", batch_size=11),
        assign_source(found.model, shop, tmp_path / "s.csv", to=tmp_path / "s.duckdb"),
        save_source(found.model, shop, tmp_path / "t.duckdb").assigned,
    ]
    frame = pl.read_parquet(tmp_path / "s.parquet")
    sizes = [segment.customers for segment in profile_source(found.model, shop).axes[1].segments]

    assert {json.dumps(way.to_dict()["axes"]["purchase_value"]["segments"]) for way in ways} == {
        json.dumps(dict(zip((each.name for each in found.model.axes[1].segments), sizes, strict=True)))
    }
    assert pl.read_csv(tmp_path / "s.csv").equals(frame.with_columns(pl.col(pl.Enum).cast(pl.String)))
    row = frame.row(7, named=True)
    assert assign_customer(found.model, shop, row["customer_id"])["purchase_value"].segment == row["purchase_value"]


def test_what_is_wrong_is_known_before_anything_is_read(found: Discovered, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("read before the options were checked")

    monkeypatch.setattr(opening, "open_source", read)
    with pytest.raises(MappingError, match=r"unknown axis 'a'.*\n.*unknown allocation 'b'.*\n.*0 customers") as caught:
        discover("shop", axes=["a"], allocation="b", sample_size=0)
    assert len(caught.value.problems) == 3
    with pytest.raises(MappingError, match=r"archetypes: unknown axis 'purchase_valu'.*mean 'purchase_value'"):
        discover("shop", archetypes=["purchase_valu"])
    with pytest.raises(MappingError, match=r"use \.parquet or \.csv"):
        assign_source(found.model, "shop", "segments.xlsx")
    with pytest.raises(MappingError, match="is not a database"):
        assign_source(found.model, "shop", to="ftp://host/x")
    with pytest.raises(MappingError, match="is not a database"):
        save_source(found.model, "shop", "ftp://host/x")
    empty = model_of(AxisModel("purchase_value", "off", "none", reason="needs amounts"))
    for verb in (assign_source, drift_source, profile_source, compare_source):
        with pytest.raises(ModelError, match="has no segments on any axis"):
            verb(empty, "shop")


def test_archetypes_of_axes_that_are_off_are_left_out_with_a_note(shop: Path) -> None:
    found = discover(shop, axes=[*AXES, "return_behavior"], archetypes=["purchase_value", "return_behavior"], max_k=3)

    assert {axis for each in found.model.archetypes for axis in each.segments} == {"purchase_value"}
    assert found.notes[-1] == "archetypes do not use return_behavior: they have no segments"


def test_later_data_are_held_against_the_model(found: Discovered, shop: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.csv"
    pl.read_csv(shop).with_columns(pl.col("total") * 3).write_csv(later)

    assert drift_source(found.model, shop).advice == "keep"
    assert drift_source(found.model, later).advice != "keep"
    refreshed = refresh_source(found.model, later, before=shop)
    assert [[each.name for each in axis.segments] for axis in refreshed.model.axes] == [
        [each.name for each in axis.segments] for axis in found.model.axes
    ]
    assert drift_source(refreshed.model, later).advice == "keep"
    assert compare_source(found.model, shop).passed
    assert compare_source(found.model, shop, other=found.model).costs == {}


def test_nothing_is_left_behind(found: Discovered, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    profile_source(found.model, shop)
    with pytest.raises(SourceError, match="no customer 'nobody' with an order until 2024-12-"):
        assign_customer(found.model, shop, "nobody")

    assert list(tmp_path.iterdir()) == []


def test_an_instant_is_a_day_or_a_moment() -> None:
    assert instant_of("2024-01-31") == dt.date(2024, 1, 31)
    assert instant_of("2024-01-31T12:30:00") == dt.datetime(2024, 1, 31, 12, 30)
    for text in ("2024-13-01", "yesterday", "", "2024-1-1"):
        with pytest.raises(MappingError, match="is not a date"):
            instant_of(text)


def test_orders_after_the_as_of_date_do_not_count(found: Discovered, shop: Path) -> None:
    middle = discover(Place(shop, as_of=dt.date(2024, 7, 1)), axes=AXES, max_k=2)

    assert middle.model.as_of == "2024-07-01T00:00:00+00:00"
    assert any("orders after 2024-07-01" in note for note in middle.notes)


def test_memory_is_told_where_the_system_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 10**7 < (verbs.peak_bytes() or 0) < 10**12
    monkeypatch.setattr("sys.platform", "win32")
    assert verbs.peak_bytes() is None


def test_the_tables_of_the_page_are_those_that_are_made() -> None:
    block = PAGE.read_text(encoding="utf-8").partition("```sql\n")[2].partition("```")[0]

    assert block == "".join(f"{table.create()};\n" for table in TABLES)


def test_models_are_immutable(found: Discovered) -> None:
    with pytest.raises(AttributeError):
        found.model.seed = 3  # type: ignore[misc]
    assert isinstance(found.model, Model)
