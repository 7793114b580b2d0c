"""`words`: texts of common words, even in their number, pooled by range."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.columns.support.sentences import MOST_TEXTS, WORDS, phrases
from fanwise.generator.errors import PlanError


def test_texts_have_so_many_words_of_the_list(column: Any) -> None:
    found = column("{words: {min: 2, max: 5}}", rows=8000).str.split(" ")
    counts = found.list.len()

    assert set(found.explode()) <= set(WORDS)
    assert stats.chisquare(np.bincount(counts, minlength=6)[2:]).pvalue > 1e-3


def test_every_word_comes_up_alike(column: Any) -> None:
    found = column("{words: {min: 3, max: 3}}", rows=60_000).str.split(" ").explode().value_counts()["count"]

    assert len(found) == len(WORDS)
    # A pool of 16,384 texts of 3 words is a sample itself, and varies as one of 49,152 draws does.
    assert found.std() / found.mean() < 1.3 * (3 * MOST_TEXTS / len(WORDS)) ** -0.5


def test_columns_draw_apart_from_one_pool(tables: Any) -> None:
    found = tables("tables: {t: {rows: 3000, columns: {a: {words: {min: 4, max: 6}}, b: {words: {min: 4, max: 6}}}}}")[
        "t"
    ]

    assert (found["a"] == found["b"]).mean() < 0.01
    assert found["a"].n_unique() > 2600


def test_ranges_per_segment(tables: Any) -> None:
    found = tables("""
segments: {tier: {table: t, share: {A: 0.4, B: 0.6}}}
tables: {t: {rows: 500, columns: {tier: {segment: tier}, x: {words: {min: 2, max: {tier: {A: 2, B: 7}}}}}}}
""")["t"]
    most = dict(found.group_by("tier").agg(pl.col("x").str.split(" ").list.len().max()).iter_rows())

    assert most == {"A": 2, "B": 7}


def test_a_range_that_is_empty_for_a_segment_is_refused(tables: Any) -> None:
    with pytest.raises(PlanError, match="min 3 is above max 2 for A"):
        tables("""
segments: {tier: {table: t, share: {A: 0.4, B: 0.6}}}
tables: {t: {rows: 5, columns: {tier: {segment: tier}, x: {words: {min: 3, max: {tier: {A: 2, B: 7}}}}}}}
""")


def test_pools_of_long_texts_are_smaller() -> None:
    texts, starts, sizes = phrases(((1, 2), (900, 1000)))

    assert sizes == (MOST_TEXTS, 1024)
    assert starts == (0, MOST_TEXTS)
    assert texts.slice(starts[1]).str.split(" ").list.len().is_between(900, 1000).all()


def test_the_pool_is_frozen() -> None:
    """Texts are generated values: a new list or another order moves them, and is a change to announce."""
    texts, _, _ = phrases(((3, 5),))

    assert texts[:3].to_list() == [
        "garden head also mile",
        "what far home during among",
        "several course does paint sugar",
    ]
