"""purchase_cadence: on which days and at which hours a customer buys, by the clock of the source.

Weekday and time of day are circles: their mean sine and cosine, shrunk to 0 by n / (n + 5).
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import DAY, STRENGTH, AxisProgram, fixed, ratio, shrunk, unfixed

__all__ = ["PROGRAM"]

_DAY = f"CAST(floor(s / {DAY}.0) AS BIGINT)"
_WEEKDAY = f"(({_DAY} + 3) % 7 + 7) % 7"
"""Monday is 0: 1970-01-01 was a Thursday."""
_SECOND = f"(s - {_DAY} * {DAY})"
_WEEK_ANGLE, _DAY_ANGLE = f"2 * pi() * ({_WEEKDAY}) / 7", f"2 * pi() * {_SECOND} / {DAY}.0"


def _mean(total: str) -> str:
    return f"{unfixed(total)} / (n + {STRENGTH})"


PROGRAM = AxisProgram(
    statistics={
        "sale": {
            "weekend": f"count(*) FILTER ({_WEEKDAY} >= 5)",
            "week_sin": f"sum({fixed(f'sin({_WEEK_ANGLE})')})",
            "week_cos": f"sum({fixed(f'cos({_WEEK_ANGLE})')})",
            "office": f"count(*) FILTER ({_SECOND} >= {9 * 3600} AND {_SECOND} < {17 * 3600})",
            "day_sin": f"sum({fixed(f'sin({_DAY_ANGLE})')})",
            "day_cos": f"sum({fixed(f'cos({_DAY_ANGLE})')})",
        }
    },
    priors={"weekend": ratio("sum(weekend)", "sum(n)"), "office": ratio("sum(office)", "sum(n)")},
    features={
        "weekend": shrunk("weekend", "n", "{weekend}"),
        "weekday_sin": _mean("week_sin"),
        "weekday_cos": _mean("week_cos"),
        "office_hours": shrunk("office", "n", "{office}"),
        "hour_sin": _mean("day_sin"),
        "hour_cos": _mean("day_cos"),
    },
)
