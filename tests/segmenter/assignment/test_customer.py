"""One customer is assigned as in the crowd; from features and from orders."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.segmenter.assignment.archetypes import find_archetypes
from fanwise.segmenter.assignment.customer import assign_one
from fanwise.segmenter.assignment.membership import membership
from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_frames
from fanwise.segmenter.model.model import AxisModel, FittedFeature, Model, SegmentModel
from fanwise.segmenter.model.scaling import fit_feature
from tests.segmenter.planted import model_of, planted_axis, planted_columns, planted_model, tier_axis, write_features


def test_one_customer_stands_where_the_crowd_has_them(tmp_path: Path) -> None:
    model = model_of(*planted_model(axes=2, dims=4, k=4).axes, tier_axis("customer_maturity", (-0.5, 0.5)))
    columns = planted_columns(model, 60, spread=0.6, without=0.2)
    table = write_features(tmp_path / "f.parquet", model, 60, columns=columns)
    model = find_archetypes(model, table, ["purchase_value", "customer_maturity"], min_share=0.04)
    crowd = assign(model, table).cast({axis.axis: pl.String for axis in model.axes})
    for row, expected in enumerate(crowd.iter_rows(named=True)):
        alone = assign_one(model, {name: values[row] for name, values in columns.items()})
        for axis in alone.axes:
            assert (axis.segment or axis.status) == expected[axis.axis]
            assert (axis.margin, axis.strength) == (expected[f"{axis.axis}.margin"], expected[f"{axis.axis}.strength"])
            if axis.membership is not None:
                assert sum(axis.membership.values()) == pytest.approx(1, abs=1e-5)
                assert axis.segment == max(axis.membership, key=axis.membership.__getitem__)
        assert alone.archetype == expected["archetype"]
        assert max(map(len, alone.text().splitlines())) <= 80


def test_why_there_is_no_segment() -> None:
    model = model_of(
        planted_axis("loyalty_trajectory", [[-1.0] * 3, [1.0] * 3]),
        planted_axis("purchase_value", [[-1.0, 0], [1.0, 0]]),
    )
    axis = model.axes[0]
    named = replace(
        axis,
        features=tuple(
            replace(f, name=f"loyalty_trajectory.{n}")
            for f, n in zip(axis.features, ("order_trend", "momentum", "overdue"), strict=True)
        ),
    )
    found = assign_one(
        replace(model, axes=(named, model.axes[1])),
        {"loyalty_trajectory.order_trend": None, "loyalty_trajectory.momentum": 0.2},
    )

    assert found["loyalty_trajectory"].status == "insufficient history"
    assert found["loyalty_trajectory"].why == "no value for loyalty_trajectory.order_trend; it needs 3 orders"
    assert found["purchase_value"].status == "unassigned"
    assert found["purchase_value"].why == "features are missing: purchase_value.f0, purchase_value.f1"
    assert found["purchase_value"].membership is None
    assert "no value for loyalty_trajectory.order_trend; it needs 3" in found.text()
    json.dumps(found.to_dict(), allow_nan=False)
    with pytest.raises(KeyError):
        found["return_behavior"]


def test_values_that_are_no_numbers_are_refused_all_at_once() -> None:
    model = planted_model(axes=1)

    with pytest.raises(SourceError) as caught:
        assign_one(model, {"purchase_frequency.f0": "many", "purchase_frequency.f1": float("inf")})
    assert [problem.path for problem in caught.value.problems] == ["purchase_frequency.f0", "purchase_frequency.f1"]


def test_membership_is_the_softmax_of_distances() -> None:
    apart = np.array([[0.0, 0.5], [0.2, 0.2], [np.nan, np.nan], [1e6, 2e6]])
    found = membership(apart, 0.25)

    assert found[0, 0] == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert found[1].tolist() == [0.5, 0.5]
    assert found[2].tolist() == [0, 0]
    assert found[3].tolist() == [1, 0]
    assert membership(apart, 0.0)[:2].tolist() == [[1, 0], [1, 0]]
    assert membership(apart, 5e-324)[0].tolist() == [1, 0]
    assert membership(np.zeros((2, 1)), 1.0).tolist() == [[1], [1]]


def orders(customers: dict[str, list[tuple[str, float]]]) -> dict[str, pl.DataFrame]:
    rows = [(customer, day, amount) for customer, bought in customers.items() for day, amount in bought]
    return {
        "orders": pl.DataFrame(
            {
                "order_id": range(len(rows)),
                "customer_id": [row[0] for row in rows],
                "order_date": [dt.datetime.fromisoformat(row[1]) for row in rows],
                "total": [row[2] for row in rows],
            }
        )
    }


def test_orders_of_one_customer_give_the_segments_that_the_population_gave(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    population: dict[str, list[tuple[str, float]]] = {
        f"c{i}": [
            (f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}", round(float(rng.lognormal(3 + i % 2, 0.3)), 2))
            for day in rng.integers(0, 330, 1 + i % 7)
        ]
        for i in range(40)
    }
    as_of = dt.datetime(2025, 1, 1)
    with open_frames(orders(population), folder=tmp_path, as_of=as_of) as source:
        table = build_features(
            source, ["purchase_frequency", "purchase_value", "loyalty_trajectory"], path=tmp_path / "f.parquet"
        )
    model = model_from(table)
    crowd = assign(model, table)
    for index in (0, 3, 5, 6):
        alone = assign_one(model, orders({f"c{index}": population[f"c{index}"]}), as_of=as_of)
        expected = crowd.filter(pl.col("customer_id") == f"c{index}").row(0, named=True)
        assert [axis.segment or axis.status for axis in alone.axes] == [expected[axis.axis] for axis in alone.axes]
    assert assign_one(model, orders(population), customer_id="c6", as_of=as_of)["purchase_value"].segment is not None
    with pytest.raises(SourceError, match="frames: hold 40 customers, not one"):
        assign_one(model, orders(population), as_of=as_of)
    with pytest.raises(SourceError, match="hold 0 customers 'nobody', not one"):
        assign_one(model, orders(population), customer_id="nobody", as_of=as_of)


def model_from(table: Any) -> Model:
    """Return a model with two segments per axis, half a deviation to both sides of the mean."""
    frame = pl.read_parquet(table.path)
    axes = []
    from fanwise.segmenter.axes import FEATURES

    scales = {feature.name: feature.scale for feature in FEATURES}
    for axis, state in table.states.items():
        fits: list[FittedFeature] = []
        for name in state.features:
            raw = frame[name].drop_nulls().to_numpy()
            fit = fit_feature(name, scales[name], raw, np.ones(len(raw))) if len(raw) else None
            if fit is not None and fit.std > 0:
                fits.append(fit)
        if fits:
            segments = tuple(SegmentModel(i, f"{axis} {i}", 0.5, (z,) * len(fits)) for i, z in enumerate((-0.5, 0.5)))
            axes.append(AxisModel(axis, "full", "clusters", tuple(fits), segments, spread=0.5, eligible=1.0))
    return model_of(*axes, constants=table.constants)
