"""Files: a folder of TABLE.parquet, TABLE.csv[.gz] or parts TABLE/*.parquet; or one file, whose table is its stem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources import csv, parquet

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.layout_inference import Tables
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["FileReader", "format_of"]

SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv"}


def format_of(path: Path) -> str | None:
    """Return `parquet` or `csv` by the name of a file, None for others."""
    return next((form for suffix, form in SUFFIXES.items() if path.name.lower().endswith(suffix)), None)


def _stem(path: Path) -> str:
    suffix = next(
        suffix for suffix in (*sorted(SUFFIXES, key=len, reverse=True), "") if path.name.lower().endswith(suffix)
    )
    return path.name[: len(path.name) - len(suffix)]


@dataclass(slots=True)
class FileReader:
    """The files of a folder, or a single file."""

    path: Path
    _files: dict[str, tuple[str, tuple[Path, ...]]] = field(default_factory=dict)
    _tables: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def folders(self) -> Sequence[Path]:
        """The folder that holds the files."""
        return [self.path if self.path.is_dir() else self.path.resolve().parent]

    def begin(self, warehouse: Warehouse) -> None:
        """Find the files and their columns."""
        try:
            self._find()
        except OSError as error:
            why = f"cannot be read: {error.strerror}"
            raise SourceError(Problem(why, "check its permissions.", self.shown)) from None
        problems: list[Problem] = []
        for table, (form, paths) in self._files.items():
            try:
                found = csv.columns_of(paths) if form == "csv" else parquet.columns_of(warehouse, paths)
                self._tables[table] = found
            except SourceError as error:
                problems += [Problem(one.why, one.hint, one.path or str(paths[0])) for one in error.problems]
        if problems:
            raise SourceError(problems)
        if not self._tables:
            hint = "write TABLE.parquet, TABLE.csv or TABLE.csv.gz there."
            raise SourceError(Problem("the folder holds no Parquet or CSV files", hint, self.shown))

    def _find(self) -> None:
        if self.path.is_file():
            self._add(_stem(self.path), self.path.resolve())
            return
        for entry in sorted(self.path.resolve().iterdir()):
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_file() and format_of(entry):
                self._add(_stem(entry), entry)
            elif entry.is_dir():
                for part in sorted(entry.iterdir()):
                    if part.is_file() and format_of(part) and not part.name.startswith((".", "_")):
                        self._add(entry.name, part)

    def _add(self, table: str, path: Path) -> None:
        form = format_of(path) or "csv"
        before = self._files.get(table)
        parts = before is not None and before[0] == form and path.parent == before[1][0].parent != self.path.resolve()
        if before and not parts:
            why = f"table {table} has two files: {before[1][0].name} and {path.name}"
            raise SourceError(Problem(why, "keep one of them.", self.shown))
        self._files[table] = (form, (*(before[1] if before else ()), path))

    def tables(self) -> Tables:
        """Return what `begin` found."""
        return self._tables

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], date_format: str | None) -> str:
        """Return the query of one table's columns."""
        form, paths = self._files[table]
        if form == "csv":
            return csv.opened(warehouse, paths, kinds, date_format)
        return parquet.opened(warehouse, paths, kinds)

    def close(self) -> None:
        """The files are read again whenever they are asked for."""
