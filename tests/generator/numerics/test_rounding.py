"""Rounding: half away from zero on the shortest decimal, against Python's decimals."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.numerics.blocks import BLOCK
from fanwise.generator.numerics.rounding import round_half_away


def oracle(value: float, digits: int) -> float:
    """Return the definition itself: repr is the shortest decimal that reads back."""
    if not math.isfinite(value):
        return value
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(value)).quantize(step, ROUND_HALF_UP, Context(prec=400))) + 0.0


def assert_is_the_definition(values: np.ndarray, digits: int) -> None:
    expected = np.array([oracle(value, digits) for value in values.tolist()])
    # One at a time as well: what a value becomes must not depend on the largest of its block.
    alone = np.array([float(round_half_away(values[i : i + 1], digits)[0]) for i in range(0, len(values), 7)])
    np.testing.assert_array_equal(round_half_away(values, digits).view(np.int64), expected.view(np.int64))
    np.testing.assert_array_equal(alone, expected[::7])


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (2.675, 2, 2.68),
        (-2.675, 2, -2.68),
        (1.005, 2, 1.01),
        (0.285, 2, 0.29),
        (0.5, 0, 1.0),
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (0.49999999999999994, 0, 0.0),
        (0.045, 2, 0.05),
        (1e300, 15, 1e300),
        (5e-324, 15, 0.0),
        (46000000000000.016, 2, 46000000000000.02),
        (8.000000000000005, 14, 8.00000000000001),
    ],
)
def test_known_values(value: float, digits: int, expected: float) -> None:
    assert round_half_away([value], digits).tolist() == [expected] == [oracle(value, digits)]


def test_a_zero_has_no_sign_and_what_is_not_finite_stays() -> None:
    out = round_half_away([-0.0, -0.4, math.nan, math.inf, -math.inf], 0)

    assert str(out.tolist()) == "[0.0, 0.0, nan, inf, -inf]"


@pytest.mark.parametrize("digits", range(16))
def test_halves_and_their_neighbours(digits: int) -> None:
    """Decimals that end in 5 after the last digit, in every size, and the doubles around them."""
    rng = np.random.default_rng(digits)
    whole = np.concatenate([rng.integers(0, 10**size, 150) for size in range(1, 18)])
    halves = np.array([float(f"{number}5e-{digits + 1}") for number in whole.tolist()])
    steps = [halves]
    for direction in (-math.inf, math.inf):
        near = halves
        for _ in range(3):
            near = np.nextafter(near, direction)
            steps.append(near)
    values = np.concatenate(steps)
    assert_is_the_definition(np.concatenate([values, -values]), digits)


@pytest.mark.parametrize("digits", range(16))
def test_doubles_of_every_size(digits: int) -> None:
    rng = np.random.default_rng(100 + digits)
    spread = rng.uniform(1, 2, 3000) * 2.0 ** rng.integers(-20, 60, 3000)
    last = rng.uniform(2.0**47, 2.0**54, 3000) / 10.0**digits  # around where doubles have no digits left
    powers = 2.0 ** np.arange(-20, 60)
    assert_is_the_definition(np.concatenate([spread, last, powers, np.nextafter(powers, 0)]), digits)


def test_values_do_not_depend_on_their_block() -> None:
    values = np.random.default_rng(3).uniform(0, 100, 2 * BLOCK + 5)
    values[BLOCK + 1] = math.nan
    values[-1] = 1e18
    whole = round_half_away(values, 6)

    np.testing.assert_array_equal(
        whole, np.concatenate([round_half_away(part, 6) for part in np.array_split(values, 7)])
    )
    assert round_half_away(values[:6].reshape(2, 3), 6).shape == (2, 3)
    assert round_half_away([], 2).shape == (0,)


@given(st.floats(), st.integers(0, 15))
def test_any_double(value: float, digits: int) -> None:
    assert str(float(round_half_away([value], digits)[0])) == str(oracle(value, digits))
