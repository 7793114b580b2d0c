"""JSON lines: an object a line, read once, as the types that are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, QueryError, SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.base import Formats, TableInfo, Wanted
from fanwise.io.tables.strict import REFUSED, refused, selected
from fanwise.io.tables.text_files import LONGEST, Marker, opened, refusals, start_of

__all__ = ["find", "open_files"]

MOST_LINES = 1000
"""Lines whose keys are looked at: a writer may leave out what is null."""


def find(session: Session, paths: Sequence[Path]) -> TableInfo:
    """Return the keys of the first lines of each file; a file without lines does not tell."""
    keys: dict[str, str | None] = {}
    for path in paths:
        start = start_of(path)
        whole = start if len(start) < LONGEST else start.rpartition(b"\n")[0]
        for number, line in enumerate(whole.decode("utf-8-sig", errors="replace").split("\n")[:MOST_LINES], start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                break  # DuckDB says what is wrong with it
            if not isinstance(record, dict):
                hint = "write one object a line."
                raise SourceError(
                    Problem(
                        "FW-SOURCE-FORMAT", "the line is not a JSON object", hint, mark=Mark(number), file=str(path)
                    )
                )
            if not all(key.strip() for key in record):
                hint = "give each key a name."
                raise SourceError(
                    Problem("FW-SOURCE-FORMAT", "a key of the line is empty", hint, mark=Mark(number), file=str(path))
                )
            keys |= dict.fromkeys(record)
    return TableInfo("jsonl", keys, complete=bool(keys), whole=False)


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, formats: Formats) -> str:
    """Read the wanted keys into a table and return its query; raises ConversionError with file and line."""
    values = {"files": session.paths(paths), "columns": dict.fromkeys(wanted, "VARCHAR") or {"_": "VARCHAR"}}
    relation = "read_json($files, columns = $columns, format = 'newline_delimited')"
    try:
        return f"SELECT * FROM {session.load(selected(wanted, relation, formats), values)}"
    except QueryError as error:
        if REFUSED not in str(error.__cause__):
            raise
    raise ConversionError(
        refusals(refused(session, relation, values, wanted, formats), wanted, formats, paths, _values_of)
    )


def _values_of(path: Path) -> Iterator[tuple[Mapping[str, str], Marker]]:
    """Yield the values of each line by their keys, as DuckDB writes them as texts."""
    with opened(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                record = json.loads(line)
                values = {key: _text(value) for key, value in record.items() if value is not None}
                yield values, partial(_mark, line, number)


def _mark(line: str, number: int, key: str) -> Mark:
    return Mark(number, line.find(json.dumps(key, ensure_ascii=False)) + 1)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
