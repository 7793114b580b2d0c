"""Text files, plain or gzipped: how they begin, and the lines in which values are that cannot be used."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from fanwise.io.errors import SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables.base import Formats, Wanted
from fanwise.io.tables.strict import refusal

__all__ = ["LONGEST", "Marker", "has_mixed_ends", "opened", "refusals", "separator_of", "start_of"]

LONGEST = 1 << 18
"""Bytes that are looked at: more than any header has."""

Marker = Callable[[str], Mark]
"""Tells where the value of a column begins."""


def start_of(path: Path) -> bytes:
    """Return the first bytes of a file (SourceError where it cannot be read)."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(LONGEST)
    except (OSError, EOFError) as error:
        raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be read: {error}", path=str(path)) from None


def separator_of(content: bytes) -> str:
    """Return the separator of a CSV file: the comma, or where the header has none, the most frequent of `;`, tab, `|`.

    content: the file, or its first bytes.
    """
    header = re.split(rb"[\r\n]", content, maxsplit=1)[0]
    return "," if b"," in header else max(";\t|,", key=lambda sign: header.count(sign.encode()))


def has_mixed_ends(content: bytes) -> bool:
    """Return whether some lines of a file end in CR and others in LF."""
    return len(set(re.findall(rb"\r\n|\r|\n", content))) > 1


def opened(path: Path) -> IO[str]:
    """Open a file as text, with its line ends; bytes that are not UTF-8 become surrogates."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def refusals(
    wrong: Mapping[str, tuple[int, Sequence[str]]],
    wanted: Wanted,
    formats: Formats,
    paths: Sequence[Path],
    rows: Callable[[Path], Iterable[tuple[Mapping[str, str], Marker]]],
) -> list[Problem]:
    """Return a problem for each column with texts that are not values: the first of them with its line, and how many.

    wrong: from `strict.refused`. rows: the texts of a file by column, row by row, with what tells their places.
    """
    found: dict[str, Problem] = {}
    sought = {column: frozenset(texts) for column, (_, texts) in wrong.items()}

    def keep(column: str, value: str, mark: Mark | None, path: Path) -> None:
        kind, count = wanted[column] or "", wrong[column][0]
        found[column] = refusal(column, value, kind, formats.get(column), count=count, mark=mark, file=str(path))

    with suppress(OSError, EOFError, csv.Error):  # then the value is named without its line
        for path in paths:
            for values, mark in rows(path):
                for column in [one for one in sought if values.get(one) in sought[one]]:
                    keep(column, values[column], mark(column), path)
                    del sought[column]
                if not sought:
                    break
    for column in sought:
        keep(column, wrong[column][1][0], None, paths[0])
    return [found[column] for column in wrong]
