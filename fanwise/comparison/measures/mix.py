"""Shares of categories: the total variation between SYNTH and REAL, less that between halves of REAL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.pair import LEAST
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import MANY_HALVES, half
from fanwise.inference.findings import role_of
from fanwise.inference.model import SEGMENT, UNIT, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import percent

__all__ = ["measure"]

_Counts = dict[str, int]


@dataclass(slots=True)
class _Mix:
    """How often each value occurs: in all rows, and in each half by (way, half)."""

    every: _Counts = field(default_factory=dict)
    halves: dict[tuple[int, int], _Counts] = field(default_factory=dict)

    @property
    def floor(self) -> float:
        pairs = [(self.halves.get((way, 0)), self.halves.get((way, 1))) for way in range(MANY_HALVES)]
        found = [_variation(a, b) for a, b in pairs if a and b]
        return fmean(found) if found else 0.0


def measure(context: Context) -> Iterator[Row]:
    """Yield the distance for each column of categories or flags, of all rows and by segment."""
    pair = context.pair
    for table in pair.source.tables.values():
        for column in table.columns.values():
            if role_of(pair.findings, table, column) not in ("category", "bool"):
                continue
            real, synth = (_counted(found, table.name, column.name) for found in pair.sides)
            for segment in ["", *(pair.axis.units if pair.axis else ())]:
                own, other = real.get(segment), synth.get(segment)
                if own and other and min(sum(own.every.values()), sum(other.every.values())) >= LEAST:
                    yield _row(f"{table.name}.{column.name}", segment, own, other)


def _row(what: str, segment: str, real: _Mix, synth: _Mix) -> Row:
    whole, floor = _variation(real.every, synth.every), real.floor
    excess = max(0.0, whole - floor)
    p, q = _shares(real.every), _shares(synth.every)
    worst = max(sorted({*p, *q}), key=lambda value: abs(p.get(value, 0) - q.get(value, 0)))
    where = f" in {segment}" if segment else ""
    message = (
        f"{what}{where}: total variation {whole:.3f}, of halves of REAL {floor:.3f}; {worst} is "
        f"{percent(p.get(worst, 0))} in REAL and {percent(q.get(worst, 0))} in SYNTH"
    )
    return Row("mix", what, segment, judged("mix", excess), message, None, None, excess, floor)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()}


def _variation(a: Mapping[str, int], b: Mapping[str, int]) -> float:
    p, q = _shares(a), _shares(b)
    return sum(abs(p.get(value, 0) - q.get(value, 0)) for value in dict.fromkeys((*p, *q))) / 2


def _counted(found: Opened, table: str, column: str) -> dict[str, _Mix]:
    own, segment, unit = quote_ident(column), quote_ident(SEGMENT), quote_ident(UNIT)
    halves = [half(unit, way) for way in range(MANY_HALVES)]
    sql = (
        f"SELECT {segment}, CAST({own} AS VARCHAR), [{', '.join(halves)}]::INT[], count(*) FROM {work_sql(table)} "
        f"WHERE {own} IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    out: dict[str, _Mix] = {}
    for name, value, parts, count in found.session.rows(sql):
        for key in {"", *([] if name is None else [str(name)])}:
            mix = out.setdefault(key, _Mix())
            mix.every[value] = mix.every.get(value, 0) + count
            for way, part in enumerate(parts):
                counts = mix.halves.setdefault((way, part), {})
                counts[value] = counts.get(value, 0) + count
    return out
