"""Assignment: nearest segments as scipy finds them, the same for any batches, and what becomes of incomplete customers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from fanwise.segmenter.assignment.archetypes import ArchetypeCounts
from fanwise.segmenter.assignment.batches import batches
from fanwise.segmenter.assignment.nearest import INSUFFICIENT_CODE, UNASSIGNED_CODE, locate, strength
from fanwise.segmenter.assignment.population import assign, assign_to, long_frame
from fanwise.segmenter.errors import OutputError, SourceError
from fanwise.segmenter.model.model import SegmentModel
from tests.segmenter.planted import (
    model_of,
    planted_axis,
    planted_columns,
    planted_labels,
    planted_model,
    standard,
    tier_axis,
    write_features,
)


def columns_of(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: pl.Series(values).cast(pl.Float64).to_numpy() for name, values in columns.items()}


def test_planted_customers_are_all_found() -> None:
    model = planted_model(axes=13, dims=4, k=4)
    columns, labels = planted_columns(model, 400), planted_labels(model, 400)
    for axis in model.axes:
        codes = locate(axis, columns_of(columns), 400).codes
        eligible = ~np.isnan(standard(axis, columns)).any(axis=1)

        assert (codes[eligible] == labels[axis.axis][eligible]).all()
        assert (codes[~eligible] == INSUFFICIENT_CODE).all()
        assert 0 < (~eligible).sum() < 60


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 5))
def test_distances_and_margins_are_those_of_scipy(seed: int, k: int, dims: int) -> None:
    rng = np.random.default_rng(seed)
    axis = planted_axis("a", rng.normal(size=(k, dims)))
    columns = {feature.name: rng.normal(size=30) + 1 for feature in axis.features}
    position = locate(axis, columns, 30)
    apart = cdist(standard(axis, columns), [segment.centroid for segment in axis.segments])
    ranked = np.sort(apart, axis=1)

    assert (position.codes == apart.argmin(axis=1)).all()
    np.testing.assert_allclose(position.nearest, ranked[:, 0] ** 2 / dims, rtol=1e-12, atol=1e-15)
    if k > 1:
        expected = (ranked[:, 1] - ranked[:, 0]) / (ranked[:, 1] + ranked[:, 0])
        np.testing.assert_allclose(position.margin, expected, atol=5.1e-5)
    else:
        assert (position.margin == 1).all()


def test_ties_go_to_the_lower_id() -> None:
    axis = planted_axis("a", [[1.0], [-1.0], [1.0]])
    position = locate(axis, {"a.f0": np.full(3, axis.features[0].unit * np.expm1(5.0))}, 3)

    assert position.codes.tolist() == [0, 0, 0]
    assert position.margin.tolist() == [0, 0, 0]


def test_strength_follows_the_margin() -> None:
    assert strength(np.array([0.0, 0.0999, 0.1, 0.2999, 0.3, 1.0])).tolist() == [0, 0, 1, 1, 2, 2]


def test_tiers_are_cut_at_their_bounds() -> None:
    axis = tier_axis("a", (-1.0, 0.5))
    feature = axis.features[0]
    levels = np.array([-2.0, -1.0001, -0.9999, 0.0, 0.4999, 0.5001, 3.0])
    raw = feature.unit * np.expm1(levels * feature.std + feature.mean)
    position = locate(axis, {"a.f0": raw, "a.f1": np.full(7, 0.5)}, 7)

    assert position.codes.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert position.margin[3] == pytest.approx(0.5 / 1.5, abs=1e-4)
    assert position.margin[1] < 0.01


def test_a_value_at_a_cut_belongs_above_it() -> None:
    axis = tier_axis("a", (-1.0, 0.5), p=4)
    plain = replace(axis.features[3], mean=0.0, std=1.0)
    position = locate(replace(axis, features=(plain, *axis.features[1:3], axis.features[0])), {
        plain.name: np.array([-1.0, 0.5]), **{f"a.f{index}": np.full(2, 0.5) for index in range(3)},
    }, 2)  # fmt: skip

    assert position.codes.tolist() == [1, 2]
    assert position.margin.tolist() == [0, 0]


def test_missing_columns_rescale_distances_or_leave_unassigned() -> None:
    axis = planted_axis("a", [[-1.0] * 5, [1.0] * 5])
    columns = {f"a.f{index}": np.array([0.2, 0.7]) for index in range(5)}
    whole = locate(axis, columns, 2)
    del columns["a.f4"], columns["a.f1"]
    part = locate(axis, columns, 2)
    kept = standard(replace(axis, features=(axis.features[0], *axis.features[2:4])), columns)

    assert (whole.codes >= 0).all()
    np.testing.assert_allclose(part.nearest, ((kept - np.where(part.codes == 0, -1, 1)[:, None]) ** 2).mean(axis=1))
    del columns["a.f0"]
    assert locate(axis, columns, 2).codes.tolist() == [UNASSIGNED_CODE] * 2
    tiers = tier_axis("a", (0.0,), p=5)
    assert locate(tiers, columns, 2).codes.tolist() == [UNASSIGNED_CODE] * 2


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    model = model_of(*planted_model(axes=3, dims=3).axes, tier_axis("customer_maturity", (-0.5, 0.5)))
    path = tmp_path_factory.mktemp("features") / "features.parquet"
    table = write_features(path, model, 3001)
    counts = ArchetypeCounts(model, ["purchase_value", "customer_maturity"])
    for batch in batches([model], table):
        counts.add(batch.codes())
    return replace(model, archetypes=counts.found(0.05)), path


def test_bytes_are_the_same_for_any_batches_and_threads(written: tuple[Any, Path], tmp_path: Path) -> None:
    model, path = written
    results = []
    for batch_size, threads in ((131_072, 1), (1000, 2), (37, 3), (3001, 2)):
        target = tmp_path / f"{batch_size}.parquet"
        summary = assign_to(target, model, path, batch_size=batch_size, threads=threads)
        results.append((target.read_bytes(), summary))

    assert all(result == results[0] for result in results)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "1000.parquet",
        "131072.parquet",
        "3001.parquet",
        "37.parquet",
    ]


def test_what_is_written_is_what_assign_returns(written: tuple[Any, Path], tmp_path: Path) -> None:
    model, path = written
    summary = assign_to(tmp_path / "out.parquet", model, path)
    frame = pl.read_parquet(tmp_path / "out.parquet")
    returned = assign(model, path, batch_size=500)

    assert frame.cast(pl.String).equals(returned.cast(pl.String))
    assert frame.height == summary.customers == 3001
    assert frame["customer_id"].equals(pl.read_parquet(path)["customer_id"])
    for axis, counts in zip(model.axes, summary.axes, strict=True):
        names = frame[axis.axis].cast(pl.String)
        assert [(names == segment.name).sum() for segment in axis.segments] == list(counts.sizes)
        assert (names == "insufficient history").sum() == counts.insufficient > 0
        assert frame[f"{axis.axis}.margin"].null_count() == counts.insufficient
        assert frame[f"{axis.axis}.strength"].null_count() == counts.insufficient
        assert counts.unassigned == 0
    assert frame.select(pl.selectors.float().is_nan().any()).row(0) == (False,) * 4
    assert set(frame["archetype"].cast(pl.String)) == {each.name for each in model.archetypes} | {"other"}


def test_silhouette_and_distance_are_means_over_those_assigned(tmp_path: Path) -> None:
    model = planted_model(axes=1, dims=2)
    columns = planted_columns(model, 300, spread=0.7)
    table = write_features(tmp_path / "f.parquet", model, 300, columns=columns)
    counts = assign_to(tmp_path / "o.parquet", model, table).axes[0]
    points = standard(model.axes[0], columns)
    apart = np.sort(cdist(points[~np.isnan(points).any(axis=1)], [s.centroid for s in model.axes[0].segments]), axis=1)

    assert counts.distance == pytest.approx((apart[:, 0] ** 2 / 2).mean(), abs=1e-8)
    assert counts.silhouette == pytest.approx((1 - apart[:, 0] / apart[:, 1]).mean(), abs=1e-8)
    assert sum(counts.shares) == pytest.approx(1)


def test_long_frame_has_a_row_per_customer_and_axis(written: tuple[Any, Path]) -> None:
    model, path = written
    frame = pl.concat([long_frame(model, batch) for batch in batches([model], path, 1000)])

    assert frame.height == 3001 * 4
    assert frame.filter(pl.col("status") == "assigned")["segment_id"].null_count() == 0
    assert (
        frame.filter(pl.col("status") != "assigned")["segment_id"].null_count() == (frame["status"] != "assigned").sum()
    )
    assert frame.select("customer_id", "axis").is_unique().all()


def test_progress_and_text(written: tuple[Any, Path], tmp_path: Path) -> None:
    model, path = written
    told: list[tuple[int, int]] = []
    summary = assign_to(
        tmp_path / "o.parquet", model, path, batch_size=1000, progress=lambda done, of: told.append((done, of))
    )

    assert told == [(1000, 3001), (2000, 3001), (3000, 3001), (3001, 3001)]
    assert "3,001 customers assigned" in summary.text()
    assert max(map(len, summary.text().splitlines())) <= 80
    assert summary.to_dict()["axes"]["purchase_value"]["insufficient_history"] == summary.axes[1].insufficient


def test_few_batches_are_in_memory_at_once(written: tuple[Any, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from fanwise.segmenter.assignment import batches as batching

    submitted: list[int] = []

    class Watched(ThreadPoolExecutor):
        def submit(self, function: Any, start: int) -> Any:
            submitted.append(start)
            return super().submit(function, start)

    monkeypatch.setattr(batching, "ThreadPoolExecutor", Watched)
    model, path = written
    passing = batches([model], path, batch_size=10, threads=2)
    assert [next(passing).start for _ in range(5)] == [0, 10, 20, 30, 40]
    passing.close()

    assert submitted == [0, 10, 20, 30, 40, 50, 60]


def test_no_customers_and_no_features(tmp_path: Path) -> None:
    model = planted_model(axes=2)
    table = write_features(tmp_path / "f.parquet", model, 0)
    summary = assign_to(tmp_path / "o.parquet", model, table)

    assert summary.customers == 0
    assert summary.axes[0].distance is None
    assert summary.axes[0].shares == (0, 0, 0)
    assert assign(model, table).height == 0
    write_features(tmp_path / "bare.parquet", model, 5, columns={})
    assert set(assign(model, tmp_path / "bare.parquet")["purchase_value"].cast(pl.String)) == {"unassigned"}


def test_input_that_cannot_be_used_is_a_source_error(tmp_path: Path) -> None:
    model = planted_model(axes=1)
    (tmp_path / "no.parquet").write_bytes(b"PAR1 nothing")
    pl.DataFrame({"customer_id": [1], "purchase_frequency.f0": ["x"]}).write_parquet(tmp_path / "types.parquet")
    target = tmp_path / "out.parquet"
    with pytest.raises(SourceError, match=r"absent.parquet: cannot be read as Parquet"):
        assign_to(target, model, tmp_path / "absent.parquet")
    with pytest.raises(SourceError, match=r"no.parquet: cannot be read as Parquet"):
        assign_to(target, model, tmp_path / "no.parquet")
    with pytest.raises(SourceError) as caught:
        assign_to(target, model, tmp_path / "types.parquet")
    assert [problem.why for problem in caught.value.problems] == [
        "is missing or not text",
        "must be a number, not String",
    ]
    table = write_features(tmp_path / "f.parquet", model, 5)
    with pytest.raises(SourceError, match="batch size: must be between 1 and 4,194,304, not 0"):
        assign_to(target, model, table, batch_size=0)
    with pytest.raises(OutputError, match="cannot be written"):
        assign_to(tmp_path / "none" / "out.parquet", model, table)
    assert not target.exists()
    assert not list(tmp_path.glob(".*"))


def test_what_was_there_stays_when_assignment_fails(tmp_path: Path) -> None:
    model = planted_model(axes=1)
    table = write_features(tmp_path / "f.parquet", model, 50)
    target = tmp_path / "out.parquet"
    target.write_bytes(b"before")

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assign_to(target, model, table, batch_size=10, progress=stop)
    assert target.read_bytes() == b"before"
    assert not list(tmp_path.glob(".*"))


def test_as_many_segments_as_a_model_may_have(tmp_path: Path) -> None:
    axis = planted_axis("a", [[index / 20 - 2.5] for index in range(100)])
    model = model_of(
        replace(axis, segments=tuple(SegmentModel(s.id, f"n{s.id}", 0.01, s.centroid) for s in axis.segments))
    )
    table = write_features(tmp_path / "f.parquet", model, 2000)
    frame = assign(model, table)

    assert frame["a"].n_unique() == 101


def test_a_source_without_what_the_axes_need_assigns_nobody(tmp_path: Path) -> None:
    model = planted_model(axes=1, dims=2)
    table = write_features(tmp_path / "f.parquet", model, 5, columns={})
    summary = assign_to(tmp_path / "o.parquet", model, table)

    assert summary.nobody
    assert summary.line().startswith("0 of 5 customers assigned")
