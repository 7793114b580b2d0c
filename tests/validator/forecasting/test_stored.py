"""A forecast that was stored as JSON is the same to the last digit."""

from __future__ import annotations

import json

import pytest

from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load, ready_text
from fanwise.generator.plan import compile_plan
from fanwise.validator.forecasting.stored import forecast_of, values_of


@pytest.mark.parametrize("scale", [1, 0.01])
@pytest.mark.parametrize("name", ["ecommerce", "ecommerce_flat", "habits", "subscriptions"])
def test_a_stored_forecast_comes_back(name: str, scale: float) -> None:
    found = forecast(compile_plan(load(ready_text(name)), scale=scale))
    back = forecast_of(json.loads(json.dumps(values_of(found))))

    assert back == found
    assert repr(back) == repr(found)  # fields that do not count in comparisons, too
    assert back.text() == found.text()
