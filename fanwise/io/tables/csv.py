"""CSV: UTF-8 with a header, read once, as the types that are asked for; a value that does not fit names file and line.

The separator is the one that splits the header most often. An empty field is null, `""` empty text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from fanwise.io.duckdb_session import Session, reason
from fanwise.io.errors import QueryError, SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.base import TableInfo, Wanted, select
from fanwise.io.tables.text_files import start_of

__all__ = ["find", "header_of", "open_files"]

SEPARATORS = ",;\t|^~:\x01\x1f"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)
_DECIMAL_COMMA = re.compile(r'string "-?[\d.]+,\d+" to')


def find(session: Session, paths: Sequence[Path]) -> TableInfo:
    """Return the columns of the header; raises SourceError where the parts differ or have none."""
    first = header_of(paths[0])
    for path in paths[1:]:
        if header_of(path) != first:
            why = f"its header differs from that of {paths[0].name}"
            raise SourceError("FW-SOURCE-FORMAT", why, "give all parts the same columns in the same order.", str(path))
    return TableInfo("csv", dict.fromkeys(first[0]))


def header_of(path: Path) -> tuple[list[str], str]:
    """Return the column names of a CSV file, and its separator; raises SourceError where there is no header."""
    start = start_of(path).decode("utf-8-sig", errors="surrogateescape")
    line = _QUOTED.sub("", start).partition("\n")[0]
    separator = max(SEPARATORS, key=line.count)
    try:
        names = next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), [])
    except csv.Error:  # a quote that is not closed
        names = []
    if any("\ud800" <= sign <= "\udfff" for name in names for sign in name):
        raise _header_error(path, "the header is not UTF-8", "write the file in UTF-8.")
    if not any(name.strip() for name in names):
        raise _header_error(path, "the file has no header line", "write the column names first.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _header_error(path, f"duplicate column names in the header: {', '.join(twice)}", "rename one of them.")
    return names, separator


def _header_error(path: Path, why: str, hint: str) -> SourceError:
    return SourceError(Problem("FW-SOURCE-FORMAT", why, hint, mark=Mark(), file=str(path)))


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, timestamp_format: str | None) -> str:
    """Read the wanted columns into a table and return its query; raises QueryError with file and line."""
    names, separator = header_of(paths[0])
    types = {name: wanted.get(name) or "VARCHAR" for name in names}
    values: dict[str, object] = {"files": [str(path) for path in paths], "columns": types, "delim": separator}
    options = "header = true, auto_detect = false, delim = $delim, quote = '\"', escape = '\"', nullstr = ''"
    if timestamp_format:
        options += ", timestampformat = $format"
        values["format"] = timestamp_format
    relation = f"read_csv($files, columns = $columns, {options}, allow_quoted_nulls = false)"
    columns = dict.fromkeys(wanted)
    try:
        return select(columns, session.load(select(columns, relation), values))
    except QueryError as error:
        problem = _placed(str(error.__cause__), paths)
        raise type(error)(problem) from None


def _placed(text: str, paths: Sequence[Path]) -> Problem:
    """Return what DuckDB said of a file, with the line that it names."""
    line, file = _LINE.search(text), _FILE.search(text)
    if not line:
        return Problem("FW-SOURCE-UNREADABLE", f"cannot be read: {reason(ValueError(text))[:200]}", path=str(paths[0]))
    said = [one.strip() for one in text.splitlines()[1:] if one.strip() and not one.startswith("Original Line")]
    why = (said[0] if said else "the line cannot be read").rstrip(".")
    hint = "correct the line."
    if "unicode" in text:
        why, hint = "the line is not UTF-8", "write the file in UTF-8."
    elif _DECIMAL_COMMA.search(why):
        hint = "numbers need a decimal point; write 9.98 instead of 9,98."
    return Problem(
        "FW-SOURCE-FORMAT", why, hint, mark=Mark(int(line[1])), file=file[1].strip() if file else str(paths[0])
    )
