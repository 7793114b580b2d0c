"""Views: the SQL of what a distribution looks at in place of a value, such as the hour of an instant.

Where only whole days, weeks or minutes between two ends count, the part of them is an independent draw whatever the
ends are: given that a day lies between them, an instant may have any time of that day.
"""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Contract, Distribution, View
from fanwise.validator.measures.needs import Need, needs_of_expression
from fanwise.validator.sql.joins import Scope

__all__ = ["seconds", "view_needs", "viewed"]

_DAY, _WEEK, _MINUTE = 86_400, 604_800, 60
_MONDAY = 3 * _DAY
"""What 1970-01-01, a Thursday, lies after the beginning of its week."""
_UNITS = {"hour": (_DAY, 0), "weekday": (_WEEK, _MONDAY), "second": (_MINUTE, 0)}
"""The seconds of what an instant has a part of, and where it begins."""


def seconds(sql: str) -> str:
    """Return the SQL of the seconds since 1970-01-01 of an instant."""
    return f"epoch(CAST({sql} AS TIMESTAMP))"


def view_needs(contract: Contract, law: Distribution) -> Iterator[Need]:
    """Yield the tables and columns that the ends of a view are read from."""
    view = law.view
    for text in () if view is None else (view.start, view.end, view.where):
        if text is not None:
            yield from needs_of_expression(contract, law.table, text)


def viewed(contract: Contract, scope: Scope, law: Distribution, own: str) -> str:
    """Return the SQL of what is looked at, a number; null in rows that do not count. own: that of the column."""
    view = law.view
    assert view is not None
    if view.what == "character":
        return f"CAST(unicode(substr({own}, {view.at:d}, 1)) AS DOUBLE)"
    at = seconds(own)
    start, end = (_end(contract, scope, law, text) for text in (view.start, view.end))
    found = {
        "lag": f"({at} - {start})",
        "place": f"(({at} - {start}) / ({end} - {start}))",
        "hour": f"({at} - {_unit(at, 'hour')} * {_DAY})",
        "weekday": f"(floor(({at} + {_MONDAY}) / {_DAY}) - {_unit(at, 'weekday')} * 7 + 1)",
        "second": f"({at} - {_unit(at, 'second')} * {_MINUTE})",
    }[view.what]
    kept = " AND ".join(
        [*_kept(view, at, start, end), *([_sql(contract, scope, law, view.where)] if view.where else [])]
    )
    return f"CASE WHEN {kept} THEN {found} END" if kept else found


def _kept(view: View, at: str, start: str | None, end: str | None) -> Iterator[str]:
    """Yield the conditions that are true in rows that count."""
    if view.shortest and start is not None and end is not None:
        yield f"{end} - {start} >= {view.shortest!r}"
    if view.what in _UNITS:
        if start is not None:
            yield f"{_unit(at, view.what)} > {_unit(start, view.what)}"
        if end is not None:
            yield f"{_unit(at, view.what)} < {_unit(end, view.what)}"


def _unit(at: str, what: str) -> str:
    """Return the number of the day, week or minute."""
    size, shift = _UNITS[what]
    return f"floor(({at} + {shift}) / {size})" if shift else f"floor({at} / {size})"


def _end(contract: Contract, scope: Scope, law: Distribution, text: str | None) -> str | None:
    if text is None:
        return None
    return seconds(_sql(contract, scope, law, text))


def _sql(contract: Contract, scope: Scope, law: Distribution, text: str) -> str:
    return f"({parse_condition(contract.tables, contract.axes, law.table, text).sql(scope.alias)})"
