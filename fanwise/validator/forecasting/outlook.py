"""The forecast as text and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fanwise.text.numbers import times
from fanwise.text.terminal import PLAIN, Style, table, wrapped

if TYPE_CHECKING:
    from fanwise.validator.contract.model import Source
    from fanwise.validator.forecasting.forecast import Contradiction, Forecast

__all__ = ["forecast_dict", "forecast_text"]


def forecast_text(forecast: Forecast, style: Style = PLAIN) -> str:
    """Return the forecast for a terminal: the verdict, what to change, and one line per gate."""
    lines = wrapped(f"Forecast: {forecast.verdict}", "", "  ", style)
    for (hint, sources), problems in _alike(forecast.contradictions):
        for problem in problems:
            lines += wrapped(problem.message, "  - ", "    ", style)
        lines += wrapped(f"→ {hint}", "    ", "      ", style) if hint else []
        lines += [
            line for source in sources if str(source) for line in wrapped(f"at {source}", "      ", "      ", style)
        ]
    for outlook in forecast.weak:
        lines += wrapped(outlook.advice, "  - ", "    ", style)
    if forecast.outlooks:
        head = ["metric", "pair", "declared", "effective", "chance"]
        rows = [
            [gate.label, gate.pair, gate.declared, times(gate.effective), _chance(gate.probability)]
            for gate in forecast.outlooks
        ]
        lines += ["", *table(head, rows, style, left=(0, 1))]
    return "\n".join(lines) + "\n"


def forecast_dict(forecast: Forecast) -> dict[str, Any]:
    """Return the forecast as plain JSON values."""
    return {
        "verdict": forecast.verdict,
        "exit_code": forecast.exit_code,
        "probability": forecast.probability,
        "confidence": forecast.confidence,
        "contradictions": [asdict(problem) for problem in forecast.contradictions],
        "gates": [asdict(outlook) for outlook in forecast.outlooks],
    }


def _alike(problems: Sequence[Contradiction]) -> Iterator[tuple[tuple[str, tuple[Source, ...]], list[Contradiction]]]:
    """Group contradictions that have the same way out at the same places, in the order of the first of each."""
    groups: dict[tuple[str, tuple[Source, ...]], list[Contradiction]] = {}
    for problem in problems:
        groups.setdefault((problem.hint, problem.sources), []).append(problem)
    yield from groups.items()


def _chance(probability: float | None) -> str:
    if probability is None:
        return "unknown"
    return "> 0.999" if probability > 0.999 else "< 0.001" if probability < 0.001 else f"{probability:.3f}"
