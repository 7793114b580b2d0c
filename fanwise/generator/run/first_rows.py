"""The first rows of the files of a run, for its page: what the data look like, as they were written."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from fanwise.generator.output.formats import Showing, sink
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan import Plan

if TYPE_CHECKING:
    from fanwise.validator.report.model import FirstRows

__all__ = ["first_rows"]

_ROWS = 5
_UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, pl.exceptions.PolarsError)


def first_rows(folder: Path, made: Manifest, plan: Plan) -> tuple[FirstRows, ...]:
    """Return the first rows of each staged table; none of a format that does not show them.

    Files that failed their audit may be damaged or lack a column. The audit says so, and their rows are left out here.
    """
    from fanwise.validator.report.sections.rows import rows_of

    files, found = sink(made.format, made.compression), []
    if not isinstance(files, Showing):
        return ()
    for name, table in plan.schema.tables.items():
        rows: list[Sequence[object]] = []
        with suppress(*_UNREADABLE):
            for part in made.tables[name].files if name in made.tables else ():
                shown = files.first_rows(folder / part.path, _ROWS - len(rows)) if len(rows) < _ROWS else ()
                rows += [[row[column] for column in table.written] for row in shown]
        if rows:
            numbers = [column for column, dtype in table.written.items() if dtype.is_numeric()]
            found.append(rows_of(name, list(table.written), numbers, rows))
    return tuple(found)
