"""Tables of given rows: `values` of the schema, or a CSV file beside it.

Each column that is given becomes a column of the kind `given`; its values go beside the document, not into it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fanwise.generator.errors import Mark, nearest
from fanwise.generator.language.document.files import digest, read_below
from fanwise.generator.language.expansion.draft import Draft
from fanwise.generator.language.given import GivenRows
from fanwise.generator.language.literals import Scalar, scalar_yields
from fanwise.generator.language.problems import Fault
from fanwise.io.problems import Place, Refused, shown
from fanwise.io.tables.text_files import separator_of
from fanwise.io.yaml import Document

__all__ = ["expand_lookups"]

CODE = "FW-SCHEMA-VALUES"
_NAME = re.compile(r"(?!(?:window|else)\Z)[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?\Z")
_WRONG_TYPE = "write all values of a column as one type; quote numbers to make them text"

Cells = dict[str, list[Scalar]]
PlaceOf = Callable[[int, str], tuple[Document, Place]]
"""Where the value of a row (counted from 0) and a column is written."""


def expand_lookups(draft: Draft, folder: str) -> dict[str, GivenRows]:
    """Return the given rows of each table that has them, and add their columns; every problem is reported."""
    found: dict[str, GivenRows] = {}
    for name, table in draft.tables():
        place: Place = ("tables", name)
        given = None
        with draft.complaints.catch():
            if isinstance(table.get("values"), list):
                given = _listed(draft, table, (*place, "values"))
            elif isinstance(table.get("file"), str):
                given = _read(draft, table, folder, (*place, "file"))
        if given is not None:
            found[name] = given
            _add_columns(draft, name, given, (*place, "values" if "values" in table else "file"))
    return found


def _add_columns(draft: Draft, name: str, given: GivenRows, origin: Place) -> None:
    """Give each given column its kind; what the schema says of it already is kept."""
    columns: dict[str, Any] = {}
    own = draft.columns(name)
    for column in given.columns:
        said = own.pop(column, None)
        if said is None:
            columns[column] = {"given": {}}
            draft.write(("tables", name, "columns", column), origin)
        elif isinstance(said, dict) and _is_modified(said):
            columns[column] = {"given": {}, **said}
        else:
            columns[column] = said  # a kind of its own: refused when it is bound
    draft.set_columns(name, {**columns, **own})


def _is_modified(column: Mapping[str, Any]) -> bool:
    return set(column) <= {"type", "unique", "hidden", "references", "description", "required"}


def _listed(draft: Draft, table: Mapping[str, Any], place: Place) -> GivenRows | None:
    rows = table["values"]
    if not rows or not all(isinstance(row, dict) and row for row in rows):
        return None  # the schema pass says so
    names = list(rows[0])
    for at, row in enumerate(rows):
        if lost := [name for name in names if name not in row]:
            hint = f"write {lost[0]}: null if it has none"
            raise Fault(CODE, (*place, at), f"the row has no '{lost[0]}', as the first row has", hint)
        if more := [name for name in row if name not in rows[0]]:
            hint = nearest(more[0], names) + "; the first row names all columns"
            raise Fault(CODE, (*place, at, more[0]), f"the first row has no '{more[0]}'", hint, on_key=True)
    if any(isinstance(value, dict | list) for row in rows for value in row.values()):
        return None
    cells: Cells = {name: [row[name] for row in rows] for name in names}

    def origin(row: int, column: str) -> tuple[Document, Place]:
        return draft.document, (*place, row, column)

    return GivenRows(_checked(draft, table, cells, origin))


def _read(draft: Draft, table: Mapping[str, Any], folder: str, place: Place) -> GivenRows | None:
    file = str(table["file"])
    try:
        content = read_below(folder, file, CODE)
        header, rows = _parsed(content, file)
    except Refused as error:
        raise Fault(error.code, place, error.why, error.hint) from error
    columns: Cells = {name: _typed([row[at] for _, row in rows]) for at, name in enumerate(header)}

    def origin(row: int, column: str) -> tuple[Document, Place]:
        return Document({}, file, {}, {(): Mark(rows[row][0], 1)}), ()

    return GivenRows(_checked(draft, table, columns, origin), file, digest(content))


def _parsed(content: bytes, file: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header of a CSV file and its rows, each with the number of its line (raises Refused)."""
    try:
        text = io.StringIO(content.decode("utf-8-sig"), newline="")
        lines = csv.reader(text, strict=True, delimiter=separator_of(content))
        header = next(lines, [])
        rows = [(lines.line_num, row) for row in lines if row]
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(CODE, f"'{file}' is not CSV in UTF-8: {error}", "separate columns by commas") from None
    for name in header:
        if not _NAME.match(name):
            raise Refused(CODE, f"{file}:1: {shown(name)} is not a name of a column", "correct the header of the file")
        if header.count(name) > 1:
            raise Refused(CODE, f"{file}:1: the column '{name}' is there twice", "correct the header of the file")
    for line, row in rows:
        if len(row) != len(header):
            why = f"{file}:{line}: {len(row)} values, but the header has {len(header)} columns"
            raise Refused(CODE, why, "quote a value that holds a comma")
    if not rows:
        raise Refused(CODE, f"'{file}' has no rows below its header", "write the names of the columns, then the rows")
    return header, rows


def _typed(texts: Sequence[str]) -> list[Scalar]:
    """Return the values of a CSV column: numbers or booleans where every value is written as one, else texts.

    An empty cell is null. Numbers with leading zeros are texts.
    """
    some = [text for text in texts if text]
    if all(text in {"true", "false"} for text in some):
        return [None if not text else text == "true" for text in texts]
    if all(map(_WHOLE.match, some)):
        return [int(text) if text else None for text in texts]
    if all(map(_FRACTION.match, some)):
        return [float(text) if text else None for text in texts]
    return [text or None for text in texts]


def _checked(draft: Draft, table: Mapping[str, Any], cells: Cells, origin: PlaceOf) -> dict[str, tuple[Scalar, ...]]:
    """Return the columns with their values, each column of one type; keys that repeat are reported (raises Fault)."""
    out: dict[str, tuple[Scalar, ...]] = {}
    for name, values in cells.items():
        sorts = {scalar_yields(value) for value in values if value is not None}
        if len(sorts) > 1 and sorts != {"integer", "number"}:
            _mixed(draft, name, values, origin)
            sorts = set()
        floats = sorts == {"integer", "number"}
        out[name] = tuple(float(v) if floats and v is not None else v for v in values)
    for key in _keys(table, out):
        for row, why in _clashes(key, [out[name] for name in key]):
            document, place = origin(row, key[0])
            draft.complaints.keep(document.problem(CODE, place, why, "delete or correct one of the rows"))
    return out


def _mixed(draft: Draft, name: str, values: Sequence[Scalar], origin: PlaceOf) -> None:
    first = next(value for value in values if value is not None)
    odd = next(
        at for at, value in enumerate(values) if value is not None and scalar_yields(value) != scalar_yields(first)
    )
    document, place = origin(odd, name)
    why = f"the values of '{name}' have mixed types: {scalar_yields(first)} in the first row, here {{}}"
    said = why.format(scalar_yields(values[odd]))
    draft.complaints.keep(document.problem(CODE, place, said, _WRONG_TYPE))


def _keys(table: Mapping[str, Any], given: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """Yield the columns that no two rows may share, where all of them are given."""
    key, columns = table.get("key"), table.get("columns")
    listed = (key,) if isinstance(key, str) else tuple(key) if isinstance(key, list) else ()
    if listed and all(isinstance(name, str) and name in given for name in listed):
        yield listed
    for name, column in columns.items() if isinstance(columns, dict) else ():
        if name in given and isinstance(column, dict) and column.get("unique") is True and listed != (name,):
            yield (name,)


def _clashes(key: tuple[str, ...], columns: list[tuple[Scalar, ...]]) -> Iterator[tuple[int, str]]:
    seen: dict[tuple[Scalar, ...], int] = {}
    for at, values in enumerate(zip(*columns, strict=True)):
        if None in values:
            yield at, f"the key '{key[values.index(None)]}' is null"
        elif values in seen:
            what = " + ".join(map(shown, values))
            yield at, f"{' + '.join(key)} {what} is there twice, first in row {seen[values] + 1}"
        else:
            seen[values] = at
