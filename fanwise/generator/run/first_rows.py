"""The first rows of the files of a run, for its page: what the data look like, as they were written."""

from __future__ import annotations

import csv
import gzip
import json
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


def first_rows(folder: Path, made: Manifest, plan: Plan) -> tuple[FirstRows, ...]:
    """Return the first rows of each staged table; none of a format that another package brings."""
    from fanwise.validator.report.sections.rows import rows_of

    read = _READERS.get(made.format)
    found = []
    for name, table in plan.schema.tables.items():
        columns = list(table.written)
        rows: list[Sequence[object]] = []
        for part in made.tables[name].files if read and name in made.tables else ():
            if read is not None and len(rows) < _ROWS:
                rows += read(folder / part.path, columns)
        if rows:
            numbers = [column for column, dtype in table.written.items() if dtype.is_numeric()]
            found.append(rows_of(name, columns, numbers, rows[:_ROWS]))
    return tuple(found)


def _parquet(path: Path, columns: list[str]) -> list[Sequence[object]]:
    return _of_frame(pl.read_parquet(path, n_rows=_ROWS, glob=False), columns)


def _arrow(path: Path, columns: list[str]) -> list[Sequence[object]]:
    return _of_frame(pl.read_ipc(path, n_rows=_ROWS), columns)


def _of_frame(frame: pl.DataFrame, columns: list[str]) -> list[Sequence[object]]:
    return list(json_texts(frame.select(columns)).iter_rows())


def _csv(path: Path, columns: list[str]) -> list[Sequence[object]]:
    with _text(path) as lines, suppress(csv.Error):  # a text of more than 128 kB
        return [[row[column] for column in columns] for row in islice(csv.DictReader(lines), _ROWS)]
    return []


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
