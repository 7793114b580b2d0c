"""customer_maturity: how long a customer has been one, and whether it is still as busy as it was on average."""

from __future__ import annotations

from fanwise.segmenter.features.formula import DAY, MONTH, AxisProgram
from fanwise.segmenter.features.purchase_frequency import ALPHA, EXPOSURE, RATE, RECENT

__all__ = ["PROGRAM"]

_RECENT_EXPOSURE = f"least({EXPOSURE}, {90 * DAY}) / {MONTH}.0"
_RECENT_RATE = f"((n90 + {{rate.alpha}}) / ({_RECENT_EXPOSURE} + {{rate.alpha}} / {{rate.mean}}))"

PROGRAM = AxisProgram(
    statistics={"sale": RECENT},
    priors=ALPHA,
    features={
        "tenure_months": f"greatest({{now}} - start, {30 * DAY}) / {MONTH}.0",
        "span_days": f"(last - first) / {DAY}.0",
        "acceleration": f"{_RECENT_RATE} / {RATE} - 1",
        "delay_days": f"CASE WHEN created IS NOT NULL THEN greatest(first - created, 0) / {DAY}.0 END",
    },
)
