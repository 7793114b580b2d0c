"""A forecast as JSON values and back, exact to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fanwise.validator.contract.model import Source
from fanwise.validator.forecasting.outlook import Contradiction, Forecast, Outlook
from fanwise.validator.stats.moments import PilotSize
from fanwise.validator.verdict.sample_size import Advice

__all__ = ["forecast_of", "values_of"]


def values_of(forecast: Forecast) -> dict[str, Any]:
    """Return the fields of a forecast as JSON has them. `to_dict` is for people: it leaves out and adds."""
    return asdict(forecast)


def forecast_of(values: Mapping[str, Any]) -> Forecast:
    """Return the forecast with these fields."""
    parts = {
        "outlooks": tuple(_outlook(each) for each in values["outlooks"]),
        "contradictions": tuple(_contradiction(each) for each in values["contradictions"]),
    }
    return Forecast(**{**values, **parts})


def _outlook(values: Mapping[str, Any]) -> Outlook:
    kinds = {"source": Source, "pilot": PilotSize, "lacks": Advice}
    parts = {name: kind(**values[name]) for name, kind in kinds.items() if values[name] is not None}
    return Outlook(**{**values, **parts})


def _contradiction(values: Mapping[str, Any]) -> Contradiction:
    return Contradiction(**{**values, "sources": tuple(Source(**each) for each in values["sources"])})
