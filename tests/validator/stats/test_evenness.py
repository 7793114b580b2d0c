"""Evenness: error rates by simulation, for many small classes and few large ones, and what it must see."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.validator.stats.evenness import LARGE, Class, evenness

LAWS = {
    "even": lambda random, k: np.ones(k),
    "zipf": lambda random, k: np.arange(1, k + 1) ** -1.0,
    "heavy": lambda random, k: random.pareto(1.3, k) + 1,
    "two sizes": lambda random, k: np.where(np.arange(k) % 10 == 0, 50.0, 1.0),
}


def counted(random: np.random.Generator, rows: int, shares: np.ndarray, drawn: np.ndarray | None = None):
    counts = random.multinomial(rows, shares if drawn is None else drawn)
    return [Class(rows * share, int(count), 1) for share, count in zip(shares, counts, strict=True)]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("rows", "classes"), [(200, 20), (500, 5000), (3000, 1000), (20_000, 300)])
def test_even_counts_are_seldom_called_uneven(law: str, rows: int, classes: int) -> None:
    random = np.random.default_rng(rows + classes)
    found = []
    for _ in range(400):
        shares = LAWS[law](random, classes)
        found.append(evenness(counted(random, rows, shares / shares.sum())).p)

    # Of 400, as many as 4 lie below 1 in 1,000 with a chance of 0.001; conservative is as good.
    assert sum(p < 1e-3 for p in found) <= 4
    assert sum(p < 0.05 for p in found) <= 45


@pytest.mark.parametrize(("rows", "classes"), [(200, 20), (500, 5000), (3000, 1000), (20_000, 300)])
@pytest.mark.parametrize("law", ["even", "zipf"])
def test_one_class_with_a_fifth_is_seen(law: str, rows: int, classes: int) -> None:
    random = np.random.default_rng(1)
    shares = LAWS[law](random, classes)
    shares = shares / shares.sum()
    drawn = 0.8 * shares
    drawn[-1] += 0.2
    found = evenness(counted(random, rows, shares, drawn))

    assert found.p < 1e-6
    assert found.noticeable


def test_a_row_where_none_is_expected_is_seen() -> None:
    assert evenness([Class(10.0, 9, 1), Class(0.0, 1, 1)]).p == 0


def test_a_small_deviation_in_many_rows_is_not_noticed() -> None:
    classes = [Class(1e6, 1_020_000, 5), Class(1e6, 980_000, 5)]
    found = evenness(classes)

    assert found.p < 1e-9
    assert not found.noticeable


def test_classes_that_are_alike_may_be_given_together() -> None:
    apart = [(7.0, 9, 1), (7.0, 9, 1), (7.0, 3, 1), (0.5, 0, 1), (0.5, 0, 1), (0.5, 1, 1)]
    together = [(7.0, 9, 2), (7.0, 3, 1), (0.5, 0, 2), (0.5, 1, 1)]

    assert evenness([Class(*each) for each in apart]).p == pytest.approx(
        evenness([Class(*each) for each in together]).p
    )


def in_groups(random: np.random.Generator, rows: np.ndarray, size: int, *, to_first: float = 0.0):
    """Return the classes of groups of `size` rows of different weights, and how many groups have large ones only.

    to_first: the share of rows that lead to the first row of their group instead.
    """
    found, whole = [], 0
    for of in rows:
        shares = random.uniform(0.5, 2, size)
        shares /= shares.sum()
        lost = random.binomial(of, to_first)
        counts = random.multinomial(of - lost, shares)
        counts[0] += lost
        made = [Class(of * share, int(count), 1, of) for share, count in zip(shares, counts, strict=True)]
        found += made
        whole += all(each.expected >= LARGE for each in made)
    return found, max(1, whole)


GROUPS = {
    "few rows in many": (1000, 2, 3),
    "some in some": (200, 4, 30),
    "many in few": (5, 10, 2000),
    "pairs": (300, 2, 2),
}


@pytest.mark.parametrize("groups", GROUPS)
def test_even_counts_of_groups_are_seldom_called_uneven(groups: str) -> None:
    number, size, mean = GROUPS[groups]
    random = np.random.default_rng(number)
    found = [evenness(*in_groups(random, random.poisson(mean, number) + 1, size)).p for _ in range(400)]

    assert sum(p < 1e-3 for p in found) <= 4
    assert sum(p < 0.05 for p in found) <= 45


@pytest.mark.parametrize("groups", GROUPS)
def test_rows_that_lead_to_the_first_of_their_group_are_seen(groups: str) -> None:
    number, size, mean = GROUPS[groups]
    random = np.random.default_rng(2)
    found = evenness(*in_groups(random, random.poisson(mean, number) + 1, size, to_first=0.9))

    assert found.p < 1e-6
    assert found.noticeable
