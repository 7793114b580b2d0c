"""CSV: UTF-8 with a header, read once, as the types that are asked for; a value that does not fit names file and line.

The separator is the one that splits the header most often. An empty field is null, `""` empty text. A column whose name
is empty, as R and pandas write the numbers of rows, is `column_1` where it is the first.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from fanwise.io.duckdb_session import Session, reason
from fanwise.io.errors import ConversionError, QueryError, SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.base import Formats, TableInfo, Wanted, select
from fanwise.io.tables.csv_lines import fault_of, values_of
from fanwise.io.tables.names import all_named
from fanwise.io.tables.strict import REFUSED, refused, selected
from fanwise.io.tables.text_files import has_mixed_ends, refusals, start_of

__all__ = ["find", "header_of", "open_files"]

SEPARATORS = ",;\t|^~:\x01\x1f"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)


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
    names = all_named(names)
    plain = [name.lower() for name in names]
    twice = sorted({name for name in names if plain.count(name.lower()) > 1})
    if twice:
        hint = (
            "rename one of them." if len(twice) == 1 else "rename one of them: in SQL, the case of a name says nothing."
        )
        raise _header_error(path, f"duplicate column names in the header: {', '.join(twice)}", hint)
    return names, separator


def _header_error(path: Path, why: str, hint: str) -> SourceError:
    return SourceError(Problem("FW-SOURCE-FORMAT", why, hint, mark=Mark(), file=str(path)))


def open_files(session: Session, paths: Sequence[Path], wanted: Wanted, formats: Formats) -> str:
    """Read the wanted columns into a table and return its query; raises QueryError with file and line."""
    names, separator = header_of(paths[0])
    values = {"files": session.paths(paths), "columns": dict.fromkeys(names, "VARCHAR"), "delim": separator}
    options = "header = true, auto_detect = false, delim = $delim, quote = '\"', escape = '\"', nullstr = ''"
    relation = f"read_csv($files, columns = $columns, {options}, allow_quoted_nulls = false)"
    try:
        return select(dict.fromkeys(wanted), session.load(selected(wanted, relation, formats), values))
    except QueryError as error:
        if REFUSED not in str(error.__cause__):
            raise _broken(str(error.__cause__), paths, separator) from None
    try:
        wrong = refused(session, relation, values, wanted, formats)
    except QueryError as error:
        raise _broken(str(error.__cause__), paths, separator) from None
    places = {name: names.index(name) for name in wrong}
    raise ConversionError(refusals(wrong, wanted, formats, paths, lambda path: values_of(path, places, separator)))


def _broken(said: str, paths: Sequence[Path], separator: str) -> QueryError:
    """Return the error for files that DuckDB cannot read: the line that is wrong, else what DuckDB says of one."""
    for path in paths:
        if problem := fault_of(path, separator):
            return QueryError(problem)
        if has_mixed_ends(start_of(path)):
            hint = "end all lines in LF, or all in CR LF."
            return QueryError("FW-SOURCE-FORMAT", "some lines end in CR, others in LF", hint, str(path))
    line, file = _LINE.search(said), _FILE.search(said)
    place = file[1].strip() if file else str(paths[0])
    if not line:
        return QueryError("FW-SOURCE-UNREADABLE", f"cannot be read: {reason(ValueError(said))[:200]}", "", place)
    return QueryError(Problem("FW-SOURCE-FORMAT", "the line cannot be read", mark=Mark(int(line[1])), file=place))
