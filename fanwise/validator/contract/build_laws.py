"""Laws of a contract out of raw YAML or JSON: distributions, spreads and correlations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanwise.validator.contract.laws import Cell, Correlated, Correlation, Distribution, Spread, View
from fanwise.validator.contract.model import Except, Source

__all__ = ["Raw", "correlation", "distribution", "excepts", "names", "source_in", "spread"]

Raw = Mapping[str, Any]


def names(raw: str | list[str] | None) -> tuple[str, ...]:
    """Return names that may be given as one text or as a list."""
    return () if raw is None else (raw,) if isinstance(raw, str) else tuple(raw)


def source_in(raw: Raw | None) -> Source:
    """Return where something was declared."""
    return Source(**raw) if raw else Source()


def excepts(raw: Raw) -> tuple[Except, ...]:
    """Return the rows that do not count."""
    return tuple(Except(entry["name"], tuple(entry["values"])) for entry in raw.get("without", ()))


def distribution(raw: Raw) -> Distribution:
    """Return one distribution."""
    return Distribution(
        table=raw["table"],
        cells=tuple(_cell(cell) for cell in raw["cells"]),
        column=raw.get("column"),
        per=raw.get("per"),
        by=tuple(raw.get("by", ())),
        without=excepts(raw),
        source=source_in(raw.get("source")),
        view=View(**raw["view"]) if "view" in raw else None,
        crowded=raw.get("crowded", False),
    )


def _cell(raw: Raw) -> Cell:
    points = tuple((float(point), float(share)) for point, share in raw.get("at_most", ()))
    shares = tuple((value, float(share)) for value, share in raw.get("shares", {}).items())
    low, high = raw.get("ends", (None, None))
    ends = None if low is None else (float(low), float(high))
    return Cell(tuple(raw.get("at", ())), points, shares, raw.get("mean"), raw.get("median"), ends)


def spread(raw: Raw) -> Spread:
    """Return one spread of references."""
    by, other = tuple(raw.get("by", ())), names(raw.get("other"))
    columns, source = names(raw["columns"]), source_in(raw.get("source"))
    return Spread(raw["table"], columns, raw.get("weight"), raw.get("zipf"), by, other, source)


def correlation(raw: Raw) -> Correlation:
    """Return one correlation."""
    return Correlation(
        table=raw["table"],
        column=raw.get("column", ""),
        cells=tuple(
            Correlated(tuple(cell.get("at", ())), cell["declared"], cell["expected"], cell.get("label", ""))
            for cell in raw["cells"]
        ),
        other=raw.get("other"),
        by=tuple(raw.get("by", ())),
        order=tuple(raw.get("order", ())),
        other_order=tuple(raw.get("other_order", ())),
        clusters=tuple(tuple(names(step) for step in path) for path in raw.get("clusters", ())),
        below=tuple(names(step) for step in raw.get("below", ())),
        apart=tuple(names(step) for step in raw.get("apart", ())),
        claim=raw.get("claim", "ratio"),
        source=source_in(raw.get("source")),
        rows=raw.get("rows"),
    )
