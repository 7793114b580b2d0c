"""JSON lines: an object a line, read once, as the types that are asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.base import TableInfo, Wanted
from fanwise.io.tables.text_files import LONGEST, start_of

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
            keys |= dict.fromkeys(record)
    return TableInfo("jsonl", keys, complete=bool(keys), whole=False)


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, timestamp_format: str | None) -> str:
    """Read the wanted keys into a table and return its query."""
    options = ", timestampformat = $format" if timestamp_format else ""
    values: dict[str, object] = {"files": [str(path) for path in paths]}
    values["columns"] = {name: kind or "VARCHAR" for name, kind in wanted.items()} or {"_": "VARCHAR"}
    if timestamp_format:
        values["format"] = timestamp_format
    sql = f"SELECT * FROM read_json($files, columns = $columns, format = 'newline_delimited'{options})"
    return f"SELECT * FROM {session.load(sql, values)}"
