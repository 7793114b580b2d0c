"""Exact copies: units of SYNTH whose whole sequence of rows is that of a unit of REAL.

A sequence is the rows of a unit, sorted, with every value but keys and references. Short sequences of few values
repeat by chance, so REAL's own repeats are the measure: the share of one half's sequences that the other half has, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.pair import Pair
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import half
from fanwise.inference.findings import role_of
from fanwise.inference.model import UNIT, Column, Table, work_sql
from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import percent, plural

__all__ = ["measure"]

_ROWS, _LEVEL = 3, 0.01
_SAID = ("number", "bool", "category", "text", "time", "constant")


def measure(context: Context) -> Iterator[Row]:
    """Yield the number of copies below the units, for each table."""
    pair = context.pair
    for table in pair.source.tables.values():
        unit = pair.unit_of(table.name)
        columns = [each.name for each in table.columns.values() if role_of(pair.findings, table, each) in _SAID]
        if unit == table.name or not columns:
            continue
        row = _row(pair, table, unit, columns)
        if row is not None:
            yield row


def _row(pair: Pair, table: Table, unit: str, columns: list[str]) -> Row | None:
    sql = _sequences(table, columns)
    real, synth = (found.session.load(sql) for found in pair.sides)
    first = f"(SELECT s FROM {real} WHERE {half('u', 0)} = 0)"
    total, found = _of_synth(pair, real, synth, first)
    if not total:
        return None
    halves = f"SELECT count(*), count(*) FILTER (s IN {first}) FROM {real} WHERE {half('u', 0)} = 1"
    held, repeats = pair.real.session.rows(halves)[0]
    copied, of_first = found
    share, expected = copied / total, repeats / held if held else 0.0
    message = (
        f"{copied:,} of {total:,} {plural(unit)} of SYNTH with {_ROWS} or more rows of {table.name} are copies "
        f"of REAL ({percent(share)}); of the sequences of one half of REAL, {percent(expected)} are in the other half"
    )
    beyond = share if copied and _more(of_first, total, repeats, held) else 0.0
    what = f"copies of {table.name} per {unit}"
    return Row("copies", what, "", judged("copies", beyond), message, expected, share, beyond)


def _of_synth(pair: Pair, real: str, synth: str, first: str) -> tuple[int, tuple[int, int]]:
    """Return the number of sequences of SYNTH, and how many of them are in REAL and in its first half."""
    import polars as pl

    frame = pl.DataFrame(pair.synth.session.execute(f"SELECT s FROM {synth}").fetchnumpy())
    stream = pair.real.session.stream(frame)
    sql = f"SELECT count(*) FILTER (s IN (SELECT s FROM {real})), count(*) FILTER (s IN {first}) FROM {stream}"
    copied, of_first = pair.real.session.rows(sql)[0]
    return frame.height, (int(copied), int(of_first))


def _more(copied: int, total: int, repeats: int, held: int) -> bool:
    """Return whether copies are more frequent than repeats, by more than chance (Fisher's exact test, 0.01)."""
    from scipy import stats

    table = [[copied, total - copied], [repeats, held - repeats]]
    return float(stats.fisher_exact(table, alternative="greater").pvalue) < _LEVEL


def _sequences(table: Table, columns: list[str]) -> str:
    """Return the query of a hash of each unit's rows, in their order."""
    unit = quote_ident(UNIT)
    values = ", ".join(f"coalesce(CAST({_plain(table.columns[name])} AS VARCHAR), '')" for name in columns)
    return (
        f"SELECT u, hash(list(r ORDER BY r)) AS s FROM (SELECT {unit} AS u, concat_ws(chr(31), {values}) AS r "
        f"FROM {work_sql(table.name)}) GROUP BY u HAVING count(*) >= {_ROWS}"
    )


def _plain(column: Column) -> str:
    """Return a value in a type that both sides share."""
    own = quote_ident(column.name)
    if column.sort in ("int", "float", "decimal"):
        return f"CAST({own} AS DOUBLE)"
    return f"CAST({own} AS TIMESTAMP)" if column.sort in ("date", "instant") else own
