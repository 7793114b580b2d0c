"""A model of discovery gives the segments of a schema that is inferred from the same source."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import compile_plan
from fanwise.io.errors import InputError
from fanwise.segmenter.model.io import save_model

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a model of one axis, beside its source: tiers, as only one number of clusters is tried."""
    folder = tmp_path_factory.mktemp("discovered")
    fanwise.dataset("ecommerce", rows={"customer": 600}).write(folder / "shop")
    found = fanwise.discover(str(folder / "shop"), axes=["purchase_value"], max_k=1)
    save_model(found.model, folder / "model.json")
    return folder / "model.json"


def test_customers_have_the_segments_of_the_model(model: Path) -> None:
    text = fanwise.infer(model.parent / "shop", model=str(model))
    plan = compile_plan(fanwise.load(text))
    (axis,) = plan.dataset.axes.values()

    assert axis.table == "customer"
    assert len(axis.share) == 3
    assert sum(axis.share.values()) == pytest.approx(1)
    assert forecast(plan).exit_code == 0
    # A tier of high values has orders of high values: the effect is found, and goes the right way.
    frames = fanwise.dataset(text)
    orders = frames["order"].join(frames["customer"], on="customer_id")
    means = orders.group_by("segment").agg(pl.col("gross_amount").mean())["gross_amount"].sort()
    assert means[-1] > 1.2 * means[0]


def test_a_model_needs_a_source_with_a_location(model: Path) -> None:
    with pytest.raises(InputError, match="a model needs a source with a location"):
        fanwise.infer({"customer": pl.DataFrame({"customer_id": [1]})}, model=str(model))
