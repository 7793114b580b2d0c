"""The answer key: what a data set declares, beside what an audit found in it, as plain JSON values.

`verification` writes the SQL that computes the same numbers again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanwise.validator.contract.metrics import Metric, metrics_of
from fanwise.validator.contract.model import Contract
from fanwise.validator.measures.months import MOST_MONTHS, MonthRow, instant_of
from fanwise.validator.report.model import Measured, Report, SegmentRow

__all__ = ["Season", "answered", "answers_dict", "answers_text"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Season:
    """What is declared of the months of an instant's column.

    factors: the twelve factors of the months. shares: the part of the rows that is expected in each month (`2024-11`),
    with all else that is declared of the time; None where it is not known.
    """

    table: str
    column: str
    factors: Sequence[float]
    shares: Mapping[str, float] | None


def answered(report: Report, contract: Contract) -> list[Metric]:
    """Return the effects and expectations of a contract that were measured."""
    measured = {name for each in report.measured for name in each.metrics}
    roles = ("declared", "expected")
    return [metric for metric in metrics_of(contract) if metric.role in roles and metric.id in measured]


def answers_text(report: Report, contract: Contract, seasons: Sequence[Season] = ()) -> str:
    """Return the answer key as JSON text, the same bytes for the same report."""
    found = answers_dict(report, contract, seasons)
    text = json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def answers_dict(report: Report, contract: Contract, seasons: Sequence[Season] = ()) -> dict[str, Any]:
    """Return the answer key of a report that has `months`, as JSON values."""
    measured = {name: each for each in report.measured for name in each.metrics}
    entries = {
        role: [
            _entry(report, contract, metric, measured[metric.id])
            for metric in answered(report, contract)
            if metric.role == role
        ]
        for role in ("declared", "expected")
    }
    return {
        "answers": FORMAT,
        "dataset": report.contract,
        "origin": dict(report.origin),
        "verdict": str(report.status),
        "effects": entries["declared"],
        "expectations": entries["expected"],
        "seasons": [each for season in seasons for each in _season(report, season)],
    }


def _entry(report: Report, contract: Contract, metric: Metric, found: Measured) -> dict[str, Any]:
    measure = metric.measure
    rows = report.months.measured.get(metric.id) if report.months else None
    return {
        "name": metric.id,
        "what": metric.label,
        "by": measure.axis,
        "declared_at": str(metric.source),
        "claim": metric.claim,
        "aggregate": measure.aggregate,
        "table": measure.table,
        "column": measure.column,
        "value": measure.value,
        "per": measure.per,
        "declared": dict(metric.declared),
        "rank": list(metric.rank),
        "pairs": list(_pairs(report, metric, found)),
        "segments": [_segment(row, found) for row in found.segments],
        "month_of": instant_of(contract.tables[measure.table]) if rows else None,
        "months": [_month(row, found) for row in rows or ()],
    }


def _pairs(report: Report, metric: Metric, found: Measured) -> Iterator[dict[str, Any]]:
    """Yield the pairs and ranges of a metric: what is declared, what the plan makes of it, and what came out."""
    effective = {
        (gate.metric, gate.pair): gate.effective for gate in (report.forecast.outlooks if report.forecast else ())
    }
    means = {row.segment: row.mean for row in found.segments}

    def entry(high: str, low: str, declared: float | list[float] | None) -> dict[str, Any]:
        above, under = means.get(high), means.get(low)
        return {
            "of": high,
            "to": low,
            "declared": declared if isinstance(declared, float) else None,
            "between": declared if isinstance(declared, list) else None,
            "effective": effective.get((metric.id, f"{high}/{low}")),
            "measured": above / under if above is not None and under else None,
        }

    ranges = {(of, to): [low, high] for of, to, low, high in metric.ratios}
    for pair in metric.compared():
        between = ranges.pop((pair.high, pair.low), None)
        yield entry(pair.high, pair.low, between or (None if pair.ratio is None else float(pair.ratio)))
    for (of, to), between in ranges.items():
        yield entry(of, to, between)


def _segment(row: SegmentRow, found: Measured) -> dict[str, Any]:
    total = _rounded(row.total, found)
    return {"segment": row.segment, "population": row.carriers, "count": row.rows, "sum": total, "mean": row.mean}


def _month(row: MonthRow, found: Measured) -> dict[str, Any]:
    return {"month": row.month, "segment": row.segment, "count": row.count, "sum": _rounded(row.total, found)}


def _rounded(total: float, found: Measured) -> float:
    """Return a total of decimals without the trace that binary fractions leave."""
    return total if found.decimals is None else round(total, found.decimals)


def _season(report: Report, season: Season) -> Iterator[dict[str, Any]]:
    """Yield one season as it is declared and as it came out; none with more months than anyone reads."""
    name = f"{season.table}.{season.column}"
    rows = report.months.rows.get(name, {}) if report.months else {}
    months = sorted({*rows, *(season.shares or {})})
    total = sum(rows.values())
    if not total or len(months) > MOST_MONTHS:
        return
    yield {
        "name": name,
        "table": season.table,
        "column": season.column,
        "months": [
            {
                "month": month,
                "declared": season.factors[int(month[-2:]) - 1],
                "effective": season.shares.get(month, 0.0) if season.shares is not None else None,
                "measured": rows.get(month, 0) / total,
                "rows": rows.get(month, 0),
            }
            for month in months
        ],
    }
