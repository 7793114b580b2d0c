"""`segment` gives each row of the axis' table its segment."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

HEAD = "segments: {{tier: {{table: {0}, share: {{VIP: 0.2, Standard: 0.5, Casual: 0.3}}, assign: {1}}}}}\n"


def test_balanced_counts_are_within_a_few_rows(tables: Any) -> None:
    found = tables(HEAD.format("t", "balanced") + "tables:\n  t: {rows: 1000, columns: {s: {segment: tier}}}\n")["t"][
        "s"
    ]
    counts = dict(found.value_counts().iter_rows())

    assert abs(counts["VIP"] - 200) <= 12
    assert abs(counts["Standard"] - 500) <= 12


@pytest.mark.parametrize("child", [False, True])
def test_random_assignment_follows_the_shares(tables: Any, child: bool) -> None:
    root = "  t: {rows: 6000, columns: {s: {segment: tier}}}\n"
    below = "  r: {rows: 600, columns: {n: {sequence: {}}}}\n  t: {parent: r, fanout: {fixed: 10}, columns: {s: {segment: tier}}}\n"
    found = tables(HEAD.format("t", "random") + "tables:\n" + (below if child else root))["t"]["s"]
    counts = dict(found.value_counts().iter_rows())

    assert stats.chisquare([counts[s] for s in ("VIP", "Standard", "Casual")], [1200, 3000, 1800]).pvalue > 1e-4
