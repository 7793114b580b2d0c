"""Correlations of normal scores between the numbers of a row, less what halves of REAL differ by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from statistics import fmean

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.pair import LEAST
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import HALVES, MOST_ROWS, half
from fanwise.comparison.subjects import numbers_of
from fanwise.inference.model import SEGMENT, UNIT, Table, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident
from fanwise.validator.sql.normal_score import normal_score, rank_share

__all__ = ["measure"]

_MOST = 8
_Correlations = Mapping[tuple[str, int], Sequence[float]]  # by segment and half; -1: of all rows


def measure(context: Context) -> Iterator[Row]:
    """Yield the pair of columns that differs most, of each table and segment."""
    pair = context.pair
    for table in pair.source.tables.values():
        names = [column.name for column in numbers_of(pair, table)][:_MOST]
        if len(names) < 2:
            continue
        real, synth = (_measured(found, table, names, halves=found is pair.real) for found in pair.sides)
        for segment in [each for each, part in real if part < 0 and (each, -1) in synth]:
            row = _row(table.name, segment, list(combinations(names, 2)), real, synth)
            if row is not None:
                yield row


def _row(
    table: str, segment: str, pairs: list[tuple[str, str]], real: _Correlations, synth: _Correlations
) -> Row | None:
    excess: list[tuple[float, int, float]] = []
    for at in range(len(pairs)):
        one, other = real[segment, -1][at], synth[segment, -1][at]
        parts = [(real.get((segment, 2 * way)), real.get((segment, 2 * way + 1))) for way in range(HALVES)]
        apart = [abs(a[at] - b[at]) for a, b in parts if a is not None and b is not None]
        floor = fmean(found) if (found := [each for each in apart if math.isfinite(each)]) else 0.0
        if math.isfinite(one) and math.isfinite(other):
            excess.append((max(0.0, abs(one - other) - floor), at, floor))
    if not excess:
        return None
    worst, at, floor = max(excess)
    one, other, (a, b) = real[segment, -1][at], synth[segment, -1][at], pairs[at]
    where = f" in {segment}" if segment else ""
    message = f"correlation of {a} and {b} in {table}{where}: {one:.2f} in REAL, {other:.2f} in SYNTH"
    message += f", of halves {floor:.2f} apart; the largest difference of {len(excess)}" if len(excess) > 1 else ""
    return Row(
        "correlation", f"{table}: {a} and {b}", segment, judged("correlation", worst), message, one, other, worst, floor
    )


def _measured(found: Opened, table: Table, names: list[str], *, halves: bool) -> _Correlations:
    segment, unit, view = quote_ident(SEGMENT), quote_ident(UNIT), work_sql(table.name)
    rows = int(found.session.rows(f"SELECT count(*) FROM {view}")[0][0])
    every = -(-rows // MOST_ROWS)
    values = ", ".join(f"CAST({quote_ident(name)} AS DOUBLE) AS c{at}" for at, name in enumerate(names))
    sample = f"WHERE hash({unit}) % 1000003 % {every} = 0" if every > 1 else ""
    base = found.session.load(f"SELECT {segment} AS s, {unit} AS u, {values} FROM {view} {sample}")
    out: dict[tuple[str, int], Sequence[float]] = {}
    for group in ("''", "s"):
        sources = [
            (-1, "TRUE"),
            *((2 * way + side, f"{half('u', way)} = {side}") for way in range(HALVES * halves) for side in (0, 1)),
        ]
        shares = ", ".join(
            f"CASE WHEN c{at} IS NOT NULL THEN {rank_share(f'c{at}', f'(g, c{at} IS NULL)')} END AS r{at}"
            for at in range(len(names))
        )
        scores = ", ".join(f"{normal_score(f'r{at}')} AS z{at}" for at in range(len(names)))
        scored = found.session.load(
            f"SELECT g, u, {scores} FROM (SELECT g, u, {shares} FROM (SELECT {group} AS g, * FROM {base}) "
            "WHERE g IS NOT NULL)"
        )
        asked = ", ".join(
            f"corr(z{a}, z{b}) FILTER ({where})" for _, where in sources for a, b in combinations(range(len(names)), 2)
        )
        for name, units, *numbers in found.session.rows(
            f"SELECT g, count(DISTINCT u), {asked} FROM {scored} GROUP BY g ORDER BY g"
        ):
            size = len(numbers) // len(sources)
            for at, (part, _) in enumerate(sources):
                own = numbers[at * size : (at + 1) * size]
                if units >= LEAST:
                    out[str(name), part] = [math.nan if each is None else float(each) for each in own]
        found.session.execute(f"DROP TABLE {scored}")
    found.session.execute(f"DROP TABLE {base}")
    return out
