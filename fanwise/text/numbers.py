"""Numbers as people read them, written once for every text and page."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = [
    "NONE",
    "bytes_text",
    "count",
    "decimal",
    "instant",
    "number",
    "p_text",
    "percent",
    "plural",
    "ratio_text",
    "rounded_up",
    "times",
    "told_apart",
]

NONE = "–"
"""What stands for a number that does not exist or is not finite."""


def number(x: float | None, digits: int = 3) -> str:
    """Return `x` with three significant digits and thousands separators: `0.0123`, `23.3`, `1,690`."""
    if x is None or not math.isfinite(x):
        return NONE
    if x == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(x)))
    if magnitude >= 15 or magnitude < -5:
        return f"{x:.{digits - 1}e}"
    places = digits - 1 - magnitude
    return f"{round(x, places):,.{max(places, 0)}f}"


def told_apart(
    one: float | None, other: float | None, write: Callable[[float | None, int], str] = number, digits: int = 3
) -> tuple[str, str]:
    """Return two numbers, such as what was measured and what is declared, so that different ones look different.

    write: what writes a number with so many digits, `number` or `percent`; it gets more of them until both
    differ, up to the 17 of a double.
    """
    shown = write(one, digits), write(other, digits)
    while shown[0] == shown[1] and one != other and digits < 17:
        digits += 1
        shown = write(one, digits), write(other, digits)
    return shown


def decimal(x: float | None, places: int = 2) -> str:
    """Return `x` with fixed places and thousands separators, in exponent form where it would be too long."""
    if x is None or not math.isfinite(x):
        return NONE
    return f"{x:.3e}" if abs(x) >= 1e12 else f"{x:,.{places}f}"


def times(ratio: float | None) -> str:
    """Return a ratio as `1.40×`."""
    return NONE if ratio is None or not math.isfinite(ratio) else f"{ratio_text(ratio)}×"


def ratio_text(ratio: float) -> str:
    """Return a bound of a ratio: `1.32`."""
    return f"{ratio:.2f}" if 0.1 <= abs(ratio) < 100 else number(ratio)


def percent(share: float | None, places: int = 1) -> str:
    """Return a share as `16.4 %`."""
    if share is None or not math.isfinite(share):
        return NONE
    return f"{round(100 * share, places) + 0.0:.{places}f} %"  # + 0.0: there is no -0 %


def p_text(p: float | None) -> str:
    """Return a p-value as `0.023` or `< 0.001`."""
    if p is None or not math.isfinite(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(n: int, noun: str, many: str = "") -> str:
    """Return `1 row`, `1,200 rows`; `many` is the plural where it is not the noun with an s."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {many or noun + 's'}"


def plural(name: str) -> str:
    """Return the rows of a table in one word: `patients`, `companies`; a name in the plural stays."""
    if name.endswith("s"):
        return name
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"


def rounded_up(x: float, digits: int = 3) -> int:
    """Return the next integer with at most `digits` significant digits: what to advise."""
    if x <= 10**digits:
        return math.ceil(x)
    step: int = 10 ** (math.floor(math.log10(x)) + 1 - digits)
    return math.ceil(x / step) * step


def bytes_text(size: float) -> str:
    """Return a size in bytes as `1.4 MB` (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # three digits, rounded
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} TB"


def instant(iso: str) -> str:
    """Return an ISO 8601 instant in UTC as `2024-12-31 22:14:13`, a midnight as its day."""
    return iso.removesuffix("+00:00").removesuffix("T00:00:00").replace("T", " ")
