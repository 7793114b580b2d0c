"""The outlook: what a forecast says, in words, as text for a terminal and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from fanwise.text.numbers import count, times
from fanwise.text.terminal import PLAIN, Style, table, wrapped
from fanwise.validator.contract.model import NOWHERE, Source

__all__ = ["Contradiction", "Forecast", "Outlook", "chance_text", "forecast_dict", "forecast_text"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no data of this plan can satisfy, with every place that takes part in it."""

    metric: str
    message: str
    hint: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """The outlook of one gate: a pair of one metric.

    gate: `direction`, `range` or `floor`. declared: the ratio, or the range as text. effective: ratio of the predicted
    means. probability: that the gate passes (None: no moments were given). needed: units that the scarcer segment needs
    for the power that the contract asks for (None: it has enough, or no number would do). advice: what to change.
    """

    metric: str
    label: str
    pair: str
    gate: str
    declared: str
    effective: float | None
    probability: float | None
    needed: int | None = None
    advice: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer. `probability`: at least 1 − Σ(1 − p) over all gates whose moments are known."""

    contract: str
    outlooks: tuple[Outlook, ...]
    contradictions: tuple[Contradiction, ...]
    probability: float
    confidence: float

    @property
    def exit_code(self) -> int:
        """1: certain to fail; 3: too likely inconclusive; 0: will pass."""
        if self.contradictions:
            return 1
        return 3 if self.probability < self.confidence else 0

    @property
    def weak(self) -> tuple[Outlook, ...]:
        """The gates that need more data, the least likely first."""
        found = [outlook for outlook in self.outlooks if outlook.advice]
        return tuple(sorted(found, key=lambda outlook: outlook.probability or 0.0))

    @property
    def verdict(self) -> str:
        """One line that says what will happen."""
        if self.contradictions:
            return f"FAIL is certain: {self.contradictions[0].message}"
        gates = count(len(self.outlooks), "gate")
        if self.probability < self.confidence:
            return (
                f"INCONCLUSIVE is likely: all {gates} pass with probability {self.probability:.3f}, "
                f"{self.confidence:g} is asked for."
            )
        return f"PASS is expected: all {gates} pass with probability {chance_text(self.probability)}."

    def text(self, width: int = 80) -> str:
        """Return the forecast for a terminal."""
        return forecast_text(self, Style(width))

    def to_dict(self) -> dict[str, Any]:
        """Return the forecast as plain JSON values."""
        return forecast_dict(self)


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
        rows: list[list[str] | str] = []
        for label, gates in groupby(forecast.outlooks, key=lambda gate: gate.label):
            rows.append(label)
            rows += (
                [f"  {gate.pair}", gate.declared, times(gate.effective), chance_text(gate.probability)]
                for gate in gates
            )
        lines += ["", *table(["pair", "declared", "effective", "chance"], rows, style)]
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
    """Group contradictions with the same fix at the same places, in the order of the first of each."""
    groups: dict[tuple[str, tuple[Source, ...]], list[Contradiction]] = {}
    for problem in problems:
        groups.setdefault((problem.hint, problem.sources), []).append(problem)
    yield from groups.items()


def chance_text(probability: float | None) -> str:
    """Return a probability as `0.984`, `> 0.999`, `< 0.001` or `unknown`."""
    if probability is None:
        return "unknown"
    return "> 0.999" if probability > 0.999 else "< 0.001" if probability < 0.001 else f"{probability:.3f}"
