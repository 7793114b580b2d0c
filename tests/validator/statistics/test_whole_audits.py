"""Whole audits of right data do not fail and rarely warn, and as many pass as the forecast says.

Recorded by `whole_audits.py` while version 0.1.0 was made, from two states of the code: of 3,347 audits of 24 schemas at
three sizes none failed, and 1.8 % had a warning. Where the forecast said 0.5, 0.95 and 0.9995, 0.579 of 1,071, 0.948 of
967 and 0.9975 of 811 passed. That leaves out "pareto 1.5", whose gates cannot be forecast, and sizes that never reached
their level.
"""

from __future__ import annotations

import pytest

from tests.validator.statistics.healthy import HEALTHY
from tests.validator.statistics.whole_audits import LEVELS, audited, size_for

pytestmark = pytest.mark.system

SEEDS = range(1_001, 1_011)
CALIBRATED = ("zero-inflated", "clamps", "when", "many effects", "grandchildren", "heavy clusters")


@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_right_data_do_not_fail(name: str) -> None:
    found = [each for level in LEVELS for each in audited(name, level, SEEDS)]

    assert [each for each in found if each.failed] == []
    assert sum(bool(each.warned) for each in found) <= len(found) / 5  # one in twenty over all schemas


@pytest.mark.slow
@pytest.mark.parametrize("name", CALIBRATED)
def test_as_many_pass_as_the_forecast_says(name: str) -> None:
    """At 0.95 at least 8 of 10 (a chance of 0.988), at 0.9995 at least 9 (0.99999); more may pass than is promised."""
    passed = {level: sum(each.exit_code == 0 for each in audited(name, level, SEEDS)) for level in LEVELS}

    assert all((size_for(name, level).chance or 0) >= level for level in LEVELS)
    assert passed[0.5] >= 1
    assert passed[0.95] >= 8
    assert passed[0.9995] >= 9
