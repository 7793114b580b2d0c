"""The laws of gaps, with scipy.stats as the reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fanwise.validator.contract.arrivals import PARAMETERS
from fanwise.validator.stats.gaps import longer

REFERENCES = [
    ("exponential", {"mean": 3.0}, stats.expon(scale=3)),
    ("gamma", {"mean": 3.0, "shape": 0.4}, stats.gamma(0.4, scale=7.5)),
    ("weibull", {"mean": 3.0, "shape": 0.7}, stats.weibull_min(0.7, scale=3 / math.gamma(1 + 1 / 0.7))),
    ("lognormal", {"median": 2.0, "sigma": 1.5}, stats.lognorm(1.5, scale=2)),
    ("lognormal", {"mean": 3.0, "sd": 4.0}, None),
    ("normal", {"mean": 30.0, "sd": 4.0}, stats.norm(30, 4)),
    ("uniform", {"min": 2.0, "max": 9.0}, stats.uniform(2, 7)),
    ("pareto", {"min": 2.0, "alpha": 1.3}, stats.pareto(1.3, scale=2)),
]


@pytest.mark.parametrize(("law", "params", "reference"), REFERENCES)
def test_shares_are_those_of_scipy(law: str, params: dict[str, float], reference) -> None:
    x = np.concatenate([[-1.0, 0.0], np.geomspace(1e-3, 200, 60)])
    if reference is None:
        sigma = math.sqrt(math.log1p((params["sd"] / params["mean"]) ** 2))
        reference = stats.lognorm(sigma, scale=params["mean"] / math.exp(sigma**2 / 2))
        assert reference.mean() == pytest.approx(params["mean"])
        assert reference.std() == pytest.approx(params["sd"])
    expected = np.where(x > 0, reference.sf(x), 1.0)

    np.testing.assert_allclose(longer(law, params, x), expected, rtol=1e-9, atol=1e-15)


def test_every_law_that_is_drawn_has_parameters_and_a_test() -> None:
    tested = {(law, tuple(params)) for law, params, _ in REFERENCES} | {("fixed", ("value",))}

    assert tested == {(law, names) for law, sets in PARAMETERS.items() for names in sets}
