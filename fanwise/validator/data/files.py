"""Where the files of a table are: `FOLDER/TABLE.ext`, or parts `FOLDER/TABLE/*.ext`."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

__all__ = ["Files", "find_files", "header_of", "keys_of"]

Format = Literal["parquet", "csv", "jsonl", "arrow"]
SUFFIXES: dict[str, Format] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".feather": "arrow",
}
LONGEST_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one table, in order, all of one format."""

    format: Format
    paths: tuple[Path, ...]


def find_files(folder: Path, table: str) -> Files | str:
    """Return the files of `table` below `folder`, or the sentence that says why there are none."""
    if table in ("", ".", "..") or any(sign in table for sign in "/\\\x00"):
        return f"a file cannot have the name of table {table!r}"
    found: dict[Format, tuple[Path, ...]] = {}
    for suffix, form in SUFFIXES.items():
        single = folder / f"{table}{suffix}"
        if single.is_file():
            found[form] = (single,)
    parts = folder / table
    if parts.is_dir():
        for path in sorted(parts.iterdir()):
            part_form = SUFFIXES.get("".join(path.suffixes[-2:])) or SUFFIXES.get(path.suffix)
            if part_form is not None and path.is_file():
                found[part_form] = (*found.get(part_form, ()), path)
    if len(found) > 1:
        return f"there are files of several formats for {table}: {', '.join(sorted(found))}"
    if not found:
        return f"no file {table}.parquet, .csv, .jsonl or .arrow, and no folder {table} of parts"
    return next(Files(form, paths) for form, paths in found.items())


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def header_of(path: Path) -> list[str]:
    """Return the column names in the first record of a CSV file (ValueError where there is none)."""
    # What follows the header is DuckDB's to judge: it names the line.
    with _opened(path) as file:
        start = file.read(LONGEST_HEADER).decode("utf-8-sig", errors="surrogateescape")
    try:
        names = next(csv.reader(io.StringIO(start)))
    except (StopIteration, csv.Error) as error:
        raise ValueError("the file has no header line") from error
    if any("\ud800" <= sign <= "\udfff" for name in names for sign in name):
        raise ValueError("the header line is not UTF-8; write the file in UTF-8")
    return names


def keys_of(path: Path) -> set[str] | None:
    """Return the keys of the first record of a JSON lines file; None for a file without records."""
    with _opened(path) as file:
        line = file.readline(LONGEST_HEADER).decode("utf-8")
    if not line.strip():
        return None
    first = json.loads(line)
    if not isinstance(first, dict):
        raise ValueError("the first line is not a JSON object")
    return set(first)
