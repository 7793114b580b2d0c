"""What a program says of a schema, and keeps for the next one: its forecast, and the contract of its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fanwise.generator.cli.questions import Question

if TYPE_CHECKING:
    from fanwise.generator.cli.screen import Screen
    from fanwise.generator.plan import Plan
    from fanwise.validator import Contract, Forecast

__all__ = [
    "Answer",
    "keep_contract",
    "kept_answer",
    "known_answer",
    "known_contract",
    "tell_answer",
    "tell_forecast",
]

_FORECAST, _CONTRACT = "forecast", "contract"


@dataclass(frozen=True, slots=True)
class Answer:
    """A forecast, and the remarks that come with it, one line each."""

    dataset: str
    warnings: tuple[str, ...]
    forecast: Forecast


def known_answer(asked: Question, schema: str) -> Answer | None:
    """Return the answer that was kept for a schema, None where there is none."""
    found = asked.known(_FORECAST, schema)
    return None if found is None else _answer(found)


def kept_answer(
    asked: Question, plan: Plan, forecast: Callable[[], Forecast], warnings: Callable[[], Sequence[str]]
) -> Answer:
    """Return what was kept for a plan, else what these two say, which is kept from now on."""
    from fanwise.validator.forecasting.stored import values_of

    def make() -> dict[str, Any]:
        found = values_of(forecast())
        return {"dataset": plan.dataset.name, "warnings": list(warnings()), "forecast": found}

    return _answer(asked.keep(_FORECAST, plan, make))


def _answer(values: Mapping[str, Any]) -> Answer:
    from fanwise.validator.forecasting.stored import forecast_of

    return Answer(values["dataset"], tuple(values["warnings"]), forecast_of(values["forecast"]))


def known_contract(asked: Question, schema: str) -> tuple[str, Contract] | None:
    """Return the SHA-256 of a schema and the contract that was kept for it, None where there is none."""
    found = asked.known(_CONTRACT, schema)
    if found is None:
        return None
    from fanwise.validator.contract.build import build

    return found["sha256"], build(found["contract"], [])


def keep_contract(asked: Question, plan: Plan, contract: Contract) -> None:
    """Keep the contract of a plan, where its values say all of it."""
    from fanwise.validator.contract.build import build
    from fanwise.validator.contract.load import to_dict

    def make() -> dict[str, Any] | None:
        values = to_dict(contract)
        return {"sha256": plan.dataset.sha256, "contract": values} if build(values, []) == contract else None

    asked.keep(_CONTRACT, plan, make)


def tell_answer(screen: Screen, answer: Answer) -> int:
    """Write what `gen check` says; return its exit code."""
    for line in answer.warnings:
        screen.note(line)
    found = answer.forecast
    if screen.machine:
        screen.document({"dataset": answer.dataset, "exit_code": found.exit_code, "forecast": found.to_dict()})
    else:
        tell_forecast(screen, found)
    return found.exit_code


def tell_forecast(screen: Screen, outlook: Forecast) -> None:
    """Write a forecast to standard output; its verdict and first advice where the screen is quiet."""
    from fanwise.validator.forecasting.outlook import forecast_text

    if not screen.quiet:
        screen.result(forecast_text(outlook, screen.style))
        return
    advice = outlook.weak[:1] if outlook.exit_code == 3 else ()
    screen.result(" ".join([outlook.verdict, *(gate.advice for gate in advice)]))
