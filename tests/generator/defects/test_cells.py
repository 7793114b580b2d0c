"""What defects make of values: always another one of the same type, or the same where they are not possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.defects.cells import CHANGES, candidates
from fanwise.generator.language.spec import Defect

OUTLIER = Defect("outlier", "t", "c", 0.5, factor=100.0)


def drawn(rows: int, seed: int = 7) -> Any:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def changed(name: str, values: list[str], seed: int = 7) -> list[str]:
    found: list[str] = CHANGES[name](
        pl.Series("c", values, dtype=pl.String), drawn(len(values), seed), OUTLIER
    ).to_list()
    return found


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=20), st.integers(0, 2**32))
def test_a_typo_is_one_error_away(values: list[str], seed: int) -> None:
    for before, after in zip(values, changed("typo", values, seed), strict=True):
        assert after != before
        assert after
        assert abs(len(after) - len(before)) <= 1
        if len(after) == len(before):
            assert sorted(after) == sorted(before)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
def test_case_and_whitespace_keep_the_rest(values: list[str]) -> None:
    for before, other, spaced in zip(values, changed("case", values), changed("whitespace", values), strict=True):
        assert other.lower() == before.lower()
        assert spaced != before
        assert spaced.strip(" ") == before.strip(" ")


def test_case_of_words() -> None:
    assert changed("case", ["ann@x.org", "ANN", "Müller", "12", "Straße"]) == [
        "ANN@X.ORG",
        "ann",
        "MÜLLER",
        "12",
        "Straße",
    ]


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (pl.Int8, [1, 2, 0], [100, 2, 0]),
        (pl.Int64, [7, 2**62], [700, 2**62]),
        (pl.Float64, [1.5, 1e307], [150.0, 1e307]),
        (pl.Decimal(5, 2), ["1.50", "99.99"], ["150.00", "99.99"]),
    ],
)
def test_an_outlier_stays_in_its_type(dtype: Any, values: list[Any], expected: list[Any]) -> None:
    clean = pl.Series("c", values).cast(dtype)

    found = CHANGES["outlier"](clean, drawn(len(values)), OUTLIER)

    assert found.to_list() == pl.Series("c", expected).cast(dtype).to_list()
    assert found.dtype == clean.dtype


def test_orphans_look_like_keys() -> None:
    small = candidates(pl.Series("k", [1] * 500, dtype=pl.Int8), drawn(500))
    texts = candidates(pl.Series("k", ["a", "0190a1b2-0000-4000-8000-0123456789ab"]), drawn(2))

    assert (small < 0).all()
    assert texts.str.contains("^missing-[0-9a-f]{8}$").to_list() == [True, False]
    assert texts.str.contains("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$").to_list() == [
        False,
        True,
    ]
