"""The registered families, and what they promise to all callers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fanwise.generator.distributions import BUILTIN, family
from fanwise.generator.errors import UsageError

ROOT = Path(__file__).resolve().parents[3]


def test_names_are_unique_and_found() -> None:
    assert len({entry.name for entry in BUILTIN}) == len(BUILTIN)
    assert [family(entry.name) for entry in BUILTIN] == list(BUILTIN)


def test_an_unknown_name_is_told_its_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'poisson'"):
        family("poison")


@pytest.mark.parametrize("entry", BUILTIN, ids=lambda entry: entry.name)
def test_missing_and_strange_parameters_are_named(entry: object) -> None:
    message = family(entry.name).check({})  # type: ignore[attr-defined]

    assert message is not None
    assert "needs" in message
    assert family(entry.name).check({"colour": 3}) is not None  # type: ignore[attr-defined]


EXTREMES = {
    "normal": [{"mean": 1e50, "sd": 1e-50}, {"mean": 1e-50, "sd": 1e50}],
    "uniform": [{"min": -1e50, "max": 1e50}],
    "lognormal": [{"median": 1e50, "sigma": 10}, {"mean": 1e-50, "sd": 1e-41}],
    "exponential": [{"mean": 1e50}, {"mean": 1e-50}],
    "gamma": [{"mean": 1e50, "shape": 1e-3}, {"mean": 1e-50, "shape": 1e6}],
    "beta": [{"mean": 1e-50, "n": 1e-2}, {"mean": 1 - 2.0**-53, "n": 1e6}, {"mean": 0.5, "n": 1e-2}],
    "weibull": [{"mean": 1e50, "shape": 0.02}, {"mean": 1e-50, "shape": 1e6}],
    "pareto": [{"min": 1e50, "alpha": 0.05}, {"min": 1e-50, "alpha": 1e6}],
    "student_t": [{"mean": 1e50, "sd": 1e-50, "df": 2.001}, {"mean": 0, "sd": 1e50, "df": 1e6}],
    "poisson": [{"mean": 1e-50}, {"mean": 1e7}],
    "negbin": [{"mean": 1e12, "k": 1e-3}, {"mean": 1e-50, "k": 1e9}],
    "geometric": [{"mean": 1e15}, {"mean": 1e-50}],
    "binomial": [{"n": 2**53, "p": 1e-50}, {"n": 2**53, "p": 0.5}],
    "zipf": [{"s": 0, "n": 10**12}, {"s": 100, "n": 10**12}],
}


@pytest.mark.parametrize(("name", "params"), [(name, params) for name in EXTREMES for params in EXTREMES[name]])
def test_the_ends_of_the_ranges_give_finite_answers(name: str, params: dict[str, float]) -> None:
    """Accepted parameters never end in a warning, a traceback or a NaN."""
    made = family(name)
    drawn = made.sampler([params]).quantile(np.array([2.0**-53, 1e-9, 0.3, 0.9, 1 - 1e-9, 1 - 2.0**-53]), 0)
    moments = [made.mean(params), made.variance(params)]
    for low, high in ((0, None), (None, 5), (1, 1e12), (-1e60, 1e60), (1e-9, 1e-3)):
        moments += [made.bounded_mean(params, low, high), made.bounded_variance(params, low, high)]

    assert made.check(params) is None
    assert not np.isnan([*drawn, *moments, made.upper(params, 1e-12)]).any()
    assert (np.diff(drawn) >= 0).all()


def test_factors_on_drawn_integers_are_for_these_only() -> None:
    named = {entry.name for entry in BUILTIN if entry.integral_scale}
    assert named == {"fixed", "integer", "zipf", "counts", "quantile of counts"}


def test_scipy_is_imported_only_where_it_is_needed() -> None:
    code = (
        "import sys, numpy as np; from fanwise.generator.distributions import family; "
        "family('lognormal').sampler([{'mean': 72, 'sd': 58}]).quantile(np.array([0.3]), 0); "
        "sys.exit('scipy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
