"""The registered families, and what they promise to all callers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generator.distributions import BUILTIN, family
from generator.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


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


def test_factors_on_drawn_integers_are_for_these_only() -> None:
    assert {entry.name for entry in BUILTIN if entry.integral_scale} == {"fixed", "integer", "zipf", "counts"}


def test_scipy_is_imported_only_where_it_is_needed() -> None:
    code = (
        "import sys, numpy as np; from generator.distributions import family; "
        "family('lognormal').sampler([{'mean': 72, 'sd': 58}]).quantile(np.array([0.3]), 0); "
        "sys.exit('scipy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
