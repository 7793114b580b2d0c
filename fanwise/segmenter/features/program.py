"""The one SQL program: statistics per customer, constants of the population, features.

Orders are numbered once, by one window per part; everything else is a plain aggregate of whole numbers, which no order
of rows and no number of threads can change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.features.formula import GRAINS, AxisProgram
from fanwise.segmenter.ingest.canonical import Canon

__all__ = ["CHANNEL", "Program", "channels_sql"]

CHANNEL = "channel:"
"""How the constants that name the channels begin."""

_CONSTANT = re.compile(r"\{([a-z_0-9.]+)\}")
_NUMBERED = {
    "i": "row_number() OVER numbered",
    "gap": "s - lag(s) OVER numbered",
    "switched": "CAST(ch <> lag(ch) OVER numbered AS INTEGER)",
    "own": "sum(x) OVER (PARTITION BY c)",
    "several": "count(*) OVER (PARTITION BY c)",
}


def channels_sql(sale: str) -> str:
    """Return the query of the three most used channels, by name where two are used alike."""
    return f"SELECT ch FROM {sale} WHERE ch IS NOT NULL GROUP BY ch ORDER BY count(*) DESC, ch LIMIT 3"


@dataclass(frozen=True, slots=True)
class Program:
    """The program of the axes in `programs`, for the features in `names` (`AXIS.FEATURE`).

    now: the as-of second. money: units of money in one. amount: whether orders have totals.
    """

    programs: Mapping[str, AxisProgram]
    names: Sequence[str]
    now: int
    money: float
    amount: bool

    def priors(self, known: Iterable[str]) -> dict[str, str]:
        """Return the constants that features refer to and nobody knows yet, as aggregates over statistics."""
        given = set(known)
        needed: dict[str, str] = {}
        for axis, program in self.programs.items():
            used = {name for text in self._texts(axis) for name in _CONSTANT.findall(text)}
            for name, sql in program.priors.items():
                if name in used and _qualified(axis, name) not in given:
                    needed[_qualified(axis, name)] = self._filled(axis, sql, {})
        return needed

    def _texts(self, axis: str) -> list[str]:
        features = self.programs[axis].features
        return [sql for name, sql in features.items() if f"{axis}.{name}" in self.names]

    def statistics(self, canon: Canon, part: int | None, only: str, constants: Mapping[str, float]) -> str:
        """Return the query of one row of exact statistics per customer of a part; `only` restricts customers."""
        wanted = self._wanted()
        source = {
            table: f"(SELECT * FROM {canon.relation(table, part)}{only})"
            for table in ("sale", "line", "refund", "ticket", "member")
        }
        steps = [f"sale AS ({_numbered(source['sale'], wanted['sale'])})"]
        parts = ["count(*) AS n", "min(s) AS first", "max(s) AS last", "CAST(sum(x) AS HUGEINT) AS sx"]
        steps.append(f"of_sale AS (SELECT c, {', '.join([*parts, *_named(wanted['sale'])])} FROM sale GROUP BY c)")
        inner = {
            "line": f"SELECT c, p FROM {source['line']}",
            "product": _grouped(source["line"], "product"),
            "category": _grouped(source["line"], "category"),
            "channel": f"SELECT c, ch, count(*) AS m, {_places(constants)} AS place FROM sale "
            "WHERE ch IS NOT NULL GROUP BY c, ch",
            "refund": f"SELECT * FROM {source['refund']}",
            "ticket": f"SELECT * FROM {source['ticket']}",
        }
        joins = ""
        for grain in GRAINS[1:]:
            if wanted[grain]:
                steps.append(
                    f"of_{grain} AS (SELECT c, {', '.join(_named(wanted[grain]))} FROM ({inner[grain]}) GROUP BY c)"
                )
                joins += f" LEFT JOIN of_{grain} USING (c)"
        columns = ", ".join(name for grain in GRAINS for name in wanted[grain])
        return (
            f"WITH {', '.join(steps)} SELECT c, n, first, last, sx, member.created AS created, "
            f"least(first, coalesce(member.created, first)) AS start{', ' if columns else ''}{columns} "
            f"FROM of_sale FULL JOIN {source['member']} AS member USING (c){joins}"
        )

    def _wanted(self) -> dict[str, dict[str, str]]:
        """Return the statistics that the features and their priors use, by grain."""
        found: dict[str, dict[str, str]] = {grain: {} for grain in GRAINS}
        for axis, program in self.programs.items():
            texts = self._texts(axis)
            used = {name for text in texts for name in _CONSTANT.findall(text)}
            words = _words([*texts, *(sql for name, sql in program.priors.items() if name in used)])
            for grain, statistics in program.statistics.items():
                found[grain] |= {name: self._filled(axis, sql, {}) for name, sql in statistics.items() if name in words}
        return found

    def features(self, constants: Mapping[str, float]) -> Iterator[str]:
        """Yield the columns of the feature table, over statistics."""
        yield "CAST(c AS VARCHAR) AS customer_id"
        yield "CAST(coalesce(n, 0) AS BIGINT) AS orders"
        value = (
            f"coalesce(CAST(sx AS DOUBLE), 0) / {self.money!r}::DOUBLE"
            if self.amount
            else "CAST(coalesce(n, 0) AS DOUBLE)"
        )
        yield f"{value} AS value"
        for feature in FEATURES:
            if feature.name in self.names:
                formula = self.programs[feature.axis].features[feature.name.partition(".")[2]]
                sql = self._filled(feature.axis, formula, constants)
                enough = f"CASE WHEN n >= {feature.min_orders} THEN {sql} END"
                yield f"CAST({enough} AS DOUBLE) AS {quote_ident(feature.name)}"

    def _filled(self, axis: str, sql: str, constants: Mapping[str, float]) -> str:
        """Return SQL with its constants written in."""
        fixed = {"now": str(self.now), "money": f"{self.money!r}::DOUBLE"}
        return _CONSTANT.sub(
            lambda found: fixed.get(found[1]) or f"({float(constants[_qualified(axis, found[1])])!r}::DOUBLE)", sql
        )


def _qualified(axis: str, name: str) -> str:
    """Return the name of a constant: those with a dot are shared by axes."""
    return name if "." in name else f"{axis}.{name}"


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"[a-z_0-9]+", text)}


def _named(statistics: Mapping[str, str]) -> list[str]:
    return [f"{sql} AS {name}" for name, sql in statistics.items()]


def _numbered(sale: str, statistics: Mapping[str, str]) -> str:
    """Return the orders with what a window must say of them, if anything must."""
    extra = [f"{sql} AS {name}" for name, sql in _NUMBERED.items() if name in _words(statistics.values())]
    window = " WINDOW numbered AS (PARTITION BY c ORDER BY s, x, ch)" if any("numbered" in one for one in extra) else ""
    return f"SELECT {', '.join(['*', *extra])} FROM {sale}{window}"


def _grouped(line: str, column: str) -> str:
    """Return the products or categories of each customer."""
    return f"SELECT c, count(*) AS m, sum(q) AS q FROM {line} WHERE {column} IS NOT NULL GROUP BY c, {column}"


def _places(constants: Mapping[str, float]) -> str:
    named = {name.removeprefix(CHANNEL): place for name, place in constants.items() if name.startswith(CHANNEL)}
    cases = " ".join(f"WHEN {quote_text(name)} THEN {int(place)}" for name, place in sorted(named.items()))
    return f"CASE ch {cases} END" if cases else "NULL::INTEGER"
