"""Tables and columns of REAL that SYNTH lacks, or has in another type; segments that only one side has."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.result import Row
from fanwise.text.numbers import count
from fanwise.validator.findings import Status

__all__ = ["measure"]


def measure(context: Context) -> Iterator[Row]:
    """Yield one failed row for all that is missing, or one that passed."""
    pair = context.pair
    for what, message in pair.lost:
        yield Row("structure", what, "", Status.FAIL, message, hint="it is left out of the comparison")
    tables = pair.source.tables.values()
    columns = sum(len(table.columns) for table in tables)
    message = f"{count(len(pair.source.tables), 'table')} and {count(columns, 'column')} are on both sides"
    yield Row("structure", "tables", "", Status.PASS if tables else Status.FAIL, message)
