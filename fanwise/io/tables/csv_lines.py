"""The lines of a CSV file, looked through for what is wrong with one, after DuckDB has refused the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.text_files import Marker, opened

__all__ = ["fault_of", "values_of"]


@dataclass(slots=True)
class _Lines:
    """Lines of a file; those of the record that is being read are kept."""

    file: IO[str]
    number: int = 0
    kept: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.number += 1
            self.kept.append(line)
            yield line

    def records(self, separator: str) -> Iterator[list[str]]:
        """Yield the fields of each record; raises csv.Error where quotes are wrong."""
        for fields in csv.reader(self, delimiter=separator, strict=True):
            yield fields
            self.kept.clear()

    @property
    def first(self) -> int:
        """The number of the line in which the record begins."""
        return self.number - len(self.kept) + 1

    def quoted(self, field: int, separator: str) -> bool:
        """Whether a field of the record begins with a quote."""
        record = "".join(self.kept)
        return record[_start(record, field, separator) :].startswith('"')

    def mark(self, field: int, separator: str) -> Mark:
        """Return where a field of the record begins."""
        record = "".join(self.kept)
        start = _start(record, field, separator)
        before = record[:start]
        return Mark(self.first + before.count("\n"), start - before.rfind("\n"))


def _start(record: str, field: int, separator: str) -> int:
    """Return where a field of a record begins: separators in quotes do not count."""
    quoted = False
    for place, sign in enumerate(record):
        if field == 0:
            return place
        if sign == '"':
            quoted = not quoted
        elif sign == separator and not quoted:
            field -= 1
    return len(record)


def fault_of(path: Path, separator: str) -> Problem | None:
    """Return what is wrong with the first line that is not CSV as the header has it, if one is found."""
    with opened(path) as file:
        lines, columns = _Lines(file), 0
        try:
            for fields in lines.records(separator):
                columns = columns or len(fields)
                problem = _fault(lines, fields, columns, separator)
                if problem:
                    return Problem("FW-SOURCE-FORMAT", *problem, mark=Mark(lines.first), file=str(path))
        except csv.Error as error:
            if "limit" in str(error):
                return None
            why = "a double quote in the line is not closed, or not followed by a separator"
            hint = 'close it; inside a quoted value, write "" for a double quote.'
            return Problem("FW-SOURCE-FORMAT", why, hint, mark=Mark(lines.first), file=str(path))
    return None


def _fault(lines: _Lines, fields: Sequence[str], columns: int, separator: str) -> tuple[str, str] | None:
    if any("\ud800" <= sign <= "\udfff" for line in lines.kept if not line.isascii() for sign in line):
        return "the line is not UTF-8", "write the file in UTF-8."
    found = len(fields) - (len(fields) == columns + 1 and not fields[-1])  # a separator at the end may be
    if found in (0, columns):
        return None
    why = f"the row has {found} value{'s' * (found != 1)}, the header has {columns} column{'s' * (columns != 1)}"
    if found < columns:
        return why, "write an empty value for each column that has none."
    return why, f"remove the values that belong to no column, or put those that hold {separator!r} in double quotes."


def values_of(path: Path, places: Mapping[str, int], separator: str) -> Iterator[tuple[Mapping[str, str], Marker]]:
    """Yield the values of some columns of each row, without nulls, and what tells where one begins.

    places: the number of each of the columns, from 0.
    """
    with opened(path) as file:
        lines = _Lines(file)
        rows = lines.records(separator)
        next(rows, None)
        for fields in rows:
            values = {
                name: fields[place]
                for name, place in places.items()
                if place < len(fields) and (fields[place] or lines.quoted(place, separator))
            }
            yield values, lambda name: lines.mark(places[name], separator)
