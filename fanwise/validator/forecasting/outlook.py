"""The outlook: what a forecast says, in words, as text for a terminal and as JSON values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from fanwise.text.numbers import count, plural, times
from fanwise.text.terminal import PLAIN, Style, table, wrapped
from fanwise.validator.contract.model import NOWHERE, Gates, Source
from fanwise.validator.stats.moments import PilotSize
from fanwise.validator.verdict.sample_size import Advice

__all__ = ["Contradiction", "Forecast", "Outlook", "chance_text", "forecast_dict", "forecast_text"]

MOST_REASONS = 3
"""Reasons that the verdict names; every gate has its own in the JSON."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no data of this plan can satisfy, with every place that takes part in it.

    integrity: it is about keys or row conditions, not about an effect.
    """

    metric: str
    message: str
    hint: str
    sources: tuple[Source, ...] = ()
    integrity: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """The outlook of one gate: a pair of one metric.

    gate: `direction`, `range`, `floor`, `correlation`, or of integrity `unique` or `condition`. declared: the ratio, or
    the range as text. effective: ratio of the predicted means, or the correlation of the written values.
    probability: that the gate passes (None: it cannot be forecast).
    needed: units that the scarcer segment needs for the power that the contract asks for (None: it has enough, or no
    number would do). advice: what to change; lacks: the same as numbers (None: it has enough). integrity: the gate is
    about keys or row conditions. heavy: heavy tails make the probability a lower bound.
    unknown: why the gate cannot be forecast, as the end of a sentence about `label` ("is computed"); else empty.
    pilot: the generated rows that the chance rests on; None where it follows from formulas.
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
    unknown: str = ""
    source: Source = NOWHERE
    pilot: PilotSize | None = None
    lacks: Advice | None = field(default=None, compare=False)
    integrity: bool = False
    heavy: bool = False

    @property
    def chance(self) -> str:
        """The probability as text, `≥ 0.412` where it is a lower bound."""
        return f"{'≥ ' if self.heavy else ''}{chance_text(self.probability)}"

    @property
    def pair_text(self) -> str:
        """The two segments as reports of an audit write them, `VIP / Standard`; a slash in a name is left alone."""
        return self.pair.replace("/", " / ") if self.pair.count("/") == 1 and " / " not in self.pair else self.pair

    @property
    def effective_text(self) -> str:
        """What the plan gives, as it is written beside what is declared."""
        plain = self.gate == "correlation" and self.effective is not None
        return f"{self.effective:.3g}" if plain else times(self.effective)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer. `probability`: at least 1 − Σ(1 − p) over all gates that can be forecast; None where none can.

    gates: with anything but "all", effects do not decide, so they stop nothing; with "none", nothing does.
    by_formula, by_pilot: the same over the gates whose moments follow from formulas, and over those of a pilot.
    """

    contract: str
    outlooks: tuple[Outlook, ...]
    contradictions: tuple[Contradiction, ...]
    probability: float | None
    confidence: float
    gates: Gates = "all"
    by_formula: float | None = None
    by_pilot: float | None = None

    @property
    def exit_code(self) -> int:
        """1: certain to fail; 3: too likely inconclusive; 0: what can be forecast will pass, or does not decide."""
        if self.gates == "none":
            return 0
        if self.gates == "all":
            return 1 if self.contradictions else 0 if self.passes else 3
        if any(problem.integrity for problem in self.contradictions):
            return 1
        lost = math.fsum(1.0 - (gate.probability or 0.0) for gate in self.outlooks if gate.integrity)
        return 0 if 1.0 - lost >= self.confidence else 3

    @property
    def passes(self) -> bool:
        """Whether what can be forecast passes with the probability that is asked for."""
        return not self.contradictions and (self.probability is None or self.probability >= self.confidence)

    @property
    def unknown(self) -> tuple[Outlook, ...]:
        """The gates that cannot be forecast: the audit decides them."""
        return tuple(outlook for outlook in self.outlooks if outlook.probability is None)

    @property
    def weak(self) -> tuple[Outlook, ...]:
        """The gates that need more data, the least likely first."""
        found = [outlook for outlook in self.outlooks if outlook.advice]
        return tuple(sorted(found, key=lambda outlook: outlook.probability or 0.0))

    @property
    def verdict(self) -> str:
        """One line that says what will happen."""
        return self._told if self.gates == "all" else f"Effects do not decide, they are reported. {self._told}"

    @property
    def _told(self) -> str:
        if self.contradictions:
            return f"PASS is impossible: {self.contradictions[0].message}"
        if not self.outlooks:
            return "Nothing declared to forecast."
        reasons = _reasons(self.unknown)
        if self.probability is None:
            return f"No gate can be forecast: {reasons}. The audit decides."
        others = f"; {len(self.unknown):,} cannot be forecast: {reasons}" if reasons else ""
        others += _heavy(self.outlooks)
        if self.probability < self.confidence:
            head = "PASS is not certain enough" if self.probability >= 0.5 else "PASS is unlikely"
            return f"{head}: {self._passes(_rounded_down)}, {self.confidence:g} is asked for{others}."
        return f"PASS is expected: {self._passes(chance_text)}{others}."

    def _passes(self, chance: Callable[[float], str]) -> str:
        """Return which gates pass with which probability, those of formulas first."""
        piloted = [outlook.pilot for outlook in self.outlooks if outlook.pilot is not None]
        known, total = len(self.outlooks) - len(self.unknown), len(self.outlooks)
        assert self.probability is not None
        if not piloted or self.by_formula is None or self.by_pilot is None:
            rests = f", by {_pilots(piloted)}" if piloted else ""
            return f"{_passing(known, total)} with probability {chance(self.probability)}{rests}"
        passes = _passing(known - len(piloted), total)
        rest = f"{len(piloted):,} {'rests' if len(piloted) == 1 else 'rest'} on {_pilots(piloted)}"
        return f"{passes} with probability {chance(self.by_formula)}; {rest} (probability {chance(self.by_pilot)})"

    def text(self, width: int = 80) -> str:
        """Return the forecast for a terminal."""
        return forecast_text(self, Style(width))

    def to_dict(self) -> dict[str, Any]:
        """Return the forecast as plain JSON values."""
        return forecast_dict(self)


def forecast_text(forecast: Forecast, style: Style = PLAIN) -> str:
    """Return the forecast for a terminal: the verdict, what to change, and one line per gate."""
    several = len(forecast.contradictions) > 1
    told = f"PASS is impossible, for {len(forecast.contradictions):,} reasons." if several else forecast.verdict
    lines = wrapped(f"Forecast: {told}", "", "  ", style)
    for (hint, sources), problems in _alike(forecast.contradictions):
        for problem in problems if several else ():
            lines += wrapped(problem.message, "  - ", "    ", style)
        lines += wrapped(f"→ {hint}", "    ", "      ", style) if hint else []
        lines += [
            line for source in sources if str(source) for line in wrapped(f"at {source}", "      ", "      ", style)
        ]
    for advice in dict.fromkeys(outlook.advice for outlook in forecast.weak):
        lines += wrapped(advice, "  - ", "    ", style)
    if forecast.outlooks:
        rows: list[list[str] | str] = []
        for label, gates in groupby(forecast.outlooks, key=lambda gate: gate.label):
            rows.append(label)
            rows += ([f"  {gate.pair_text}", gate.declared, gate.effective_text, gate.chance] for gate in gates)
        lines += ["", *table(["pair", "declared", "effective", "chance"], rows, style)]
    return "\n".join(lines) + "\n"


def forecast_dict(forecast: Forecast) -> dict[str, Any]:
    """Return the forecast as plain JSON values."""
    return {
        "verdict": forecast.verdict,
        "exit_code": forecast.exit_code,
        "probability": forecast.probability,
        "confidence": forecast.confidence,
        "forecast_gates": len(forecast.outlooks) - len(forecast.unknown),
        "pilot_gates": sum(outlook.pilot is not None for outlook in forecast.outlooks),
        "unknown_gates": len(forecast.unknown),
        "contradictions": [asdict(problem) for problem in forecast.contradictions],
        "gates": [_gate_dict(outlook) for outlook in forecast.outlooks],
    }


def _gate_dict(outlook: Outlook) -> dict[str, Any]:
    values = asdict(outlook)
    del values["lacks"]  # in words under `advice`
    return values


def _alike(problems: Sequence[Contradiction]) -> Iterator[tuple[tuple[str, tuple[Source, ...]], list[Contradiction]]]:
    """Group contradictions with the same fix at the same places, in the order of the first of each."""
    groups: dict[tuple[str, tuple[Source, ...]], list[Contradiction]] = {}
    for problem in problems:
        groups.setdefault((problem.hint, problem.sources), []).append(problem)
    yield from groups.items()


def _passing(known: int, total: int) -> str:
    """Return the gates that a probability is about, with their verb: `all 5 gates pass`, `2 of 3 gates pass`."""
    if known == total:
        return "the 1 gate passes" if total == 1 else f"all {total:,} gates pass"
    return f"{known:,} of {total:,} gates {'passes' if known == 1 else 'pass'}"


def _reasons(gates: Sequence[Outlook]) -> str:
    """Return why these gates cannot be forecast: `mean order.amount is computed`; empty where there are none."""
    reasons = list(dict.fromkeys(f"{gate.label} {gate.unknown}" for gate in gates))
    more = f", and {count(len(reasons) - MOST_REASONS, 'more metric')}" if len(reasons) > MOST_REASONS else ""
    return f"{', '.join(reasons[:MOST_REASONS])}{more}"


def _heavy(gates: Sequence[Outlook]) -> str:
    """Return of which metrics a few huge values decide, so that the probability is a lower bound; empty for none."""
    labels = list(dict.fromkeys(gate.label for gate in gates if gate.heavy))
    more = f" and {len(labels) - MOST_REASONS:,} more" if len(labels) > MOST_REASONS else ""
    if not labels:
        return ""
    shown = f"{', '.join(labels[:MOST_REASONS])}{more}"
    return f"; {shown}: heavy tails, a few huge values decide, so this is a lower bound"


def _pilots(sizes: Sequence[PilotSize]) -> str:
    """Return what pilots consist of: `a pilot of 3,000 patients, drawn 16 times`."""
    told = [
        f"{count(size.rows, size.table, plural(size.table))}{f', drawn {size.draws:,} times' if size.draws > 1 else ''}"
        for size in dict.fromkeys(sizes)
    ]
    return f"{'a pilot' if len(told) == 1 else 'pilots'} of {' and '.join(told)}"


def _rounded_down(chance: float) -> str:
    """Return a chance so that 0.9499, which is not enough where 0.95 is asked for, does not look like it."""
    return f"{math.floor(1000 * chance + 1e-6) / 1000:.3f}"


def chance_text(probability: float | None) -> str:
    """Return a probability as `0.984`, `> 0.999`, `< 0.001` or `unknown`."""
    if probability is None:
        return "unknown"
    return "> 0.999" if probability > 0.999 else "< 0.001" if probability < 0.001 else f"{probability:.3f}"
