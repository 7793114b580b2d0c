"""CSV: UTF-8 with a header, read once, as what the layout needs; a value that does not fit names its file and line.

The separator is the one of `,` `;` tab `|` that splits the header most often. An empty field is null, `""` empty text.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from fanwise.io.quoting import quote_ident
from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources.base import select

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["columns_of", "opened"]

LONGEST_HEADER = 1 << 20
_TYPES = {Kind.INSTANT: "TIMESTAMP", Kind.NUMBER: "DOUBLE"}
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_DECIMAL_COMMA = re.compile(r'string "-?[\d.]+,\d+" to')
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)


def columns_of(paths: Sequence[Path]) -> dict[str, str]:
    """Return the columns of the header, all of them text; raises SourceError where the parts differ or have none."""
    first = header_of(paths[0])[0]
    for path in paths[1:]:
        if header_of(path)[0] != first:
            why = f"its header differs from that of {paths[0].name}"
            raise SourceError(Problem(why, "give all parts the same columns in the same order.", str(path)))
    return dict.fromkeys(first, "VARCHAR")


def header_of(path: Path) -> tuple[list[str], str]:
    """Return the column names of a CSV file, and its separator; raises SourceError where there is no header."""
    try:
        with _opened(path) as file:
            start = file.read(LONGEST_HEADER).decode("utf-8-sig", errors="surrogateescape")
    except (OSError, EOFError) as error:
        raise SourceError(Problem(f"cannot be read: {error}", "check that the file is complete.", str(path))) from None
    line = start.partition("\n")[0]
    if any("\ud800" <= sign <= "\udfff" for sign in line):
        raise SourceError(Problem("the header is not UTF-8", "write the file in UTF-8.", f"{path}:1"))
    separator = max(",;\t|", key=line.count)
    names = next(csv.reader(io.StringIO(start), delimiter=separator), [])
    if not any(name.strip() for name in names):
        raise SourceError(Problem("the file has no header line", "write the column names first.", f"{path}:1"))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        why = f"duplicate column names in the header: {', '.join(twice)}"
        raise SourceError(Problem(why, "rename one of them.", f"{path}:1"))
    return names, separator


def opened(warehouse: Warehouse, paths: Sequence[Path], kinds: Mapping[str, Kind], date_format: str | None) -> str:
    """Read the needed columns into a table and return its query; raises SourceError with file and line."""
    import duckdb

    names, separator = header_of(paths[0])
    types = {name: _TYPES.get(kinds[name], "VARCHAR") if name in kinds else "VARCHAR" for name in names}
    name = warehouse.new_name()
    options = "timestampformat = $format, " if date_format else ""
    values: dict[str, object] = {"files": [str(path) for path in paths], "columns": types, "delim": separator}
    if date_format:
        values["format"] = date_format
    sql = (
        f"CREATE TEMP TABLE {name} AS {select(kinds, 'read_csv($files, columns = $columns, ')}"
        f"{options}header = true, auto_detect = false, delim = $delim, quote = '\"', escape = '\"', nullstr = '', "
        "allow_quoted_nulls = false)"
    )
    try:
        warehouse.connection.execute(sql, values)
    except duckdb.Error as error:
        raise _bad_line(str(error), paths, kinds) from None
    return select(kinds, quote_ident(name))


def _bad_line(text: str, paths: Sequence[Path], kinds: Mapping[str, Kind]) -> SourceError:
    line, file = _LINE.search(text), _FILE.search(text)
    if not line:
        return SourceError(Problem(f"cannot be read: {text.partition(chr(10))[0][:200]}", "", str(paths[0])))
    place = f"{file[1].strip() if file else paths[0]}:{line[1]}"
    said = [one.strip() for one in text.splitlines()[1:] if one.strip() and not one.startswith("Original Line")]
    why = (said[0] if said else "the line cannot be read").rstrip(".")
    if "unicode" in text:
        return SourceError(Problem("the line is not UTF-8", "write the file in UTF-8.", place))
    if "TIMESTAMP" in why:
        hint = "correct the line; dates in another order need a date_format in the mapping, e.g. '%d/%m/%Y %H:%M'."
        return SourceError(Problem(why, hint, place))
    if _DECIMAL_COMMA.search(why):
        return SourceError(Problem(why, "numbers need a decimal point; write 9.98 instead of 9,98.", place))
    hint = "correct the line" + (", or name another column in the mapping." if "column" in why else ".")
    return SourceError(Problem(why, hint, place))


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
