"""The normal distribution function agrees with scipy's, and inverts the quantile."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.normal_cdf import normal_cdf


def test_it_is_that_of_scipy() -> None:
    edges = [0.66291, 5.656854249492380195]
    z = np.concatenate([np.linspace(-12, 12, 20_001), edges, np.nextafter(edges, 9), np.negative(edges)])

    np.testing.assert_allclose(normal_cdf(z), special.ndtr(z), rtol=4e-14, atol=0)


def test_it_rises() -> None:
    z = np.linspace(-8, 8, 100_001)

    assert (np.diff(normal_cdf(z)) >= -3e-16).all()


def test_it_inverts_the_quantile() -> None:
    u = np.array([2.0**-53, 1e-9, 0.2, 0.5, 0.7, 1 - 1e-9])

    np.testing.assert_allclose(normal_cdf(normal_quantile(u)), u, rtol=1e-12)


BITS = {
    -9.5: "0x1.3d2d60a5c14aap-70",
    -0.3: "0x1.87423a677e90fp-2",
    1.5: "0x1.ddcb724ed3702p-1",
    -2.0: "0x1.74bcf82c9d861p-6",
}


@pytest.mark.parametrize("z", BITS)
def test_the_bits_are_fixed(z: float) -> None:
    assert float(normal_cdf(np.array([z]))[0]).hex() == BITS[z]


def test_a_value_does_not_depend_on_its_neighbours() -> None:
    z = np.random.default_rng(1).normal(size=70_001) * 3

    assert (normal_cdf(z)[[5, 65_540, 70_000]] == normal_cdf(z[[5, 65_540, 70_000]])).all()
    assert normal_cdf(np.empty(0)).shape == (0,)
