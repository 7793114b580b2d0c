"""The gates of correlations: will correct data pass, and would a correlation that got lost be found?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fanwise.text.numbers import count, rounded_up
from fanwise.validator.contract.model import CORRELATION_TOLERANCE, Contract, Correlation, Thresholds
from fanwise.validator.forecasting.outlook import Outlook

__all__ = ["ExpectedRows", "correlation_gates"]


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """The rows that a correlation is measured on, and how many of them are independent, as far as a plan knows."""

    rows: float
    independent: float

    @property
    def judged(self) -> bool:
        """Whether the audit judges so many."""
        return self.independent >= Correlation.fewest


def correlation_gates(contract: Contract, sizes: Mapping[str, Mapping[str, ExpectedRows]]) -> Iterator[Outlook]:
    """Yield a gate for each declared number that the audit will judge.

    sizes: by the id of the correlation and the label of its cells. A number without a size, or with too few rows, has
    no gate: the audit skips it.
    """
    for asked in contract.correlations:
        numbers = {cell.label: cell for cell in asked.cells}
        for label, cell in numbers.items() if asked.claim != "none" else ():
            size = sizes.get(asked.id, {}).get(label)
            if size is None or not size.judged:
                continue
            metric = f"correlation.{asked.id}{f'.{label}' if label else ''}"
            chance, lost = _chances(asked, cell.expected, size, contract.thresholds)
            advice = "" if lost >= contract.thresholds.power else _advice(asked, label, cell.expected, size, contract)
            yield Outlook(
                metric, asked.label, label or "all rows", "correlation", f"{cell.declared:g}", cell.expected, chance,
                advice=advice, source=asked.source,
            )  # fmt: skip


def _chances(asked: Correlation, expected: float, size: ExpectedRows, limits: Thresholds) -> tuple[float, float]:
    """Return the chance that correct data pass, at least, and the chance that data without a correlation fail.

    An estimate of 0 has an error of 1/√n, and that of an intraclass correlation √(2 / ordered pairs) (Fisher 1925).
    """
    from fanwise.io.special import ndtr, ndtri

    if asked.claim == "direction":
        return 1.0 - limits.alpha_fail, 1.0
    error = _error(asked, size)
    excluded = max(-float(ndtri(limits.alpha_fail / 2)) * error, CORRELATION_TOLERANCE)
    return 1.0 - limits.alpha_fail, float(ndtr((abs(expected) - excluded) / error))


def _error(asked: Correlation, size: ExpectedRows) -> float:
    if asked.other is not None:
        return 1.0 / math.sqrt(size.rows)
    return math.sqrt(2.0 * size.independent) / size.rows


def _advice(asked: Correlation, label: str, expected: float, size: ExpectedRows, contract: Contract) -> str:
    """Return what a gate lacks that data without any correlation would pass."""
    from fanwise.io.special import ndtri

    limits, name = contract.thresholds, f"{asked.label}{f' of {label}' if label else ''}"
    text = f"{name}: about {count(round(size.rows), 'row')} would pass without any correlation, too"
    if abs(expected) <= CORRELATION_TOLERANCE:
        return f"{text}: the audit does not tell {expected:.2g} from 0."
    error = (abs(expected) - CORRELATION_TOLERANCE) / float(ndtri(limits.power))
    error = min(error, abs(expected) / (float(ndtri(limits.power)) - float(ndtri(limits.alpha_fail / 2))))
    growth = (_error(asked, size) / error) ** 2
    return f"{text}: make {rounded_up(size.rows * growth):,} or more."
