"""The first rows of the files of a run, for its page: what the data look like, as they were written."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import polars as pl

from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan import Plan

if TYPE_CHECKING:
    from fanwise.validator.report.model import FirstRows

__all__ = ["first_rows"]

_ROWS = 5
_UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, csv.Error, pl.exceptions.PolarsError)


def first_rows(folder: Path, made: Manifest, plan: Plan) -> tuple[FirstRows, ...]:
    """Return the first rows of each staged table; none of a format that another package brings.

    Files that failed their audit may be damaged or lack a column. The audit says so, and their rows are left out here.
    """
    from fanwise.validator.report.sections.rows import rows_of

    found = []
    for name, table in plan.schema.tables.items():
        rows: list[Sequence[object]] = []
        with suppress(*_UNREADABLE):
            rows = _rows(folder, made, name, list(table.written))
        if rows:
            numbers = [column for column, dtype in table.written.items() if dtype.is_numeric()]
            found.append(rows_of(name, list(table.written), numbers, rows))
    return tuple(found)


def _rows(folder: Path, made: Manifest, table: str, columns: list[str]) -> list[Sequence[object]]:
    read, rows = _READERS.get(made.format), list[Sequence[object]]()
    if read is None or table not in made.tables:
        return rows
    for part in made.tables[table].files:
        if len(rows) < _ROWS:
            rows += read(folder / part.path, columns)
    return rows[:_ROWS]


def _parquet(path: Path, columns: list[str]) -> list[Sequence[object]]:
    return _of_frame(pl.read_parquet(path, n_rows=_ROWS, glob=False), columns)


def _arrow(path: Path, columns: list[str]) -> list[Sequence[object]]:
    return _of_frame(pl.read_ipc(path, n_rows=_ROWS), columns)


def _of_frame(frame: pl.DataFrame, columns: list[str]) -> list[Sequence[object]]:
    return list(json_texts(frame.select(columns)).iter_rows())


def _csv(path: Path, columns: list[str]) -> list[Sequence[object]]:
    with _text(path) as lines:
        return [[row[column] for column in columns] for row in islice(csv.DictReader(lines), _ROWS)]


def _jsonl(path: Path, columns: list[str]) -> list[Sequence[object]]:
    with _text(path) as lines:
        rows = [json.loads(line) for line in islice(lines, _ROWS)]
    return [[_shown(row[column]) for column in columns] for row in rows]


def _shown(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _text(path: Path) -> IO[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    return cast("IO[str]", opener(path, "rt", encoding="utf-8", newline=""))


_READERS: Mapping[str, Callable[[Path, list[str]], list[Sequence[object]]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
    "arrow": _arrow,
}
