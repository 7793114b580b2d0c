"""The forecast as text and as JSON values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from validator.wording import times

if TYPE_CHECKING:
    from validator.contract import Source
    from validator.forecasting import Contradiction, Forecast, Outlook

__all__ = ["forecast_dict", "forecast_text"]


def forecast_text(forecast: Forecast, width: int = 80) -> str:
    """Return the forecast for a terminal: the verdict, what to change, and one line per gate."""
    lines = textwrap.wrap(f"Forecast: {forecast.verdict}", width, subsequent_indent="  ")
    for (hint, sources), problems in _alike(forecast.contradictions):
        for problem in problems:
            lines += _bullet(problem.message, width)
        lines += textwrap.wrap(f"→ {hint}", width, initial_indent="    ", subsequent_indent="      ") if hint else []
        lines += [f"      at {source}" for source in sources if str(source)]
    for outlook in forecast.weak:
        lines += _bullet(outlook.advice, width)
    if forecast.outlooks:
        lines += ["", *_table(forecast.outlooks, width)]
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


def _bullet(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  - ", subsequent_indent="    ")


def _table(outlooks: tuple[Outlook, ...], width: int) -> list[str]:
    rows = [("metric", "pair", "declared", "effective", "chance")]
    rows += [
        (outlook.label, outlook.pair, outlook.declared, times(outlook.effective), _chance(outlook.probability))
        for outlook in outlooks
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    widths[0] = max(10, min(widths[0], width - 2 - sum(widths[1:]) - 8))
    return [
        "  " + "  ".join([_cut(row[0], widths[0]).ljust(widths[0]), row[1].ljust(widths[1])]
                         + [row[i].rjust(widths[i]) for i in (2, 3, 4)]).rstrip()
        for row in rows
    ]  # fmt: skip


def _chance(probability: float | None) -> str:
    if probability is None:
        return "unknown"
    return "> 0.999" if probability > 0.999 else "< 0.001" if probability < 0.001 else f"{probability:.3f}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
