"""Orders without segments, from our own generator: an axis must not show what is not there.

Such orders are lumpy all the same: shares of few orders, counts, flags, features that are 0 for the same customers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from tests.segmenter.generated import frames_of, without_segments, written

pytestmark = pytest.mark.system

SHOPS = 40


def found(folder: Path, number: int, rows: int) -> tuple[int, list[str]]:
    """Return how many axes of a shop without segments are looked at, and on which clusters are found."""
    source = written(folder / f"shop-{number}", frames_of(without_segments(number, rows)))
    with open_source(source, folder=folder, threads=1) as opened:
        model = fit(build_features(opened))
    looked_at = [axis for axis in model.axes if axis.status != "off"]
    assert all(axis.reason for axis in model.axes if axis.structure != "clusters")
    return len(looked_at), [axis.axis for axis in looked_at if axis.structure == "clusters"]


def test_shops_without_segments_show_none(tmp_path: Path) -> None:
    """At most 1 of some 39 axes: 1 % are found by chance (see the slow test)."""
    shops = [found(tmp_path, number, 600) for number in (100, 101, 103)]

    assert sum(looked_at for looked_at, _ in shops) >= 36
    assert sum(len(clusters) for _, clusters in shops) <= 1


@pytest.mark.slow
def test_19_of_20_axes_of_many_shops_show_none(tmp_path: Path) -> None:
    """A fresh set of shops: those with numbers below 40 were looked at when thresholds were chosen."""
    looked_at, clusters = 0, dict[str, list[int]]()
    for number in range(200, 200 + SHOPS):
        axes, there = found(tmp_path, number, 2500)
        looked_at += axes
        for axis in there:
            clusters.setdefault(axis, []).append(number)

    print(looked_at, clusters)
    assert looked_at >= 12 * SHOPS
    assert sum(map(len, clusters.values())) <= 0.05 * looked_at, clusters
