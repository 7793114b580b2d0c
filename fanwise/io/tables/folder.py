"""Files: a folder of TABLE.parquet, .csv, .jsonl or .arrow, of parts TABLE/*.parquet or Delta tables; or one file.

A single file is a table named after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import MissingTableError, SourceError
from fanwise.io.problems import Problem, shown
from fanwise.io.tables import csv, delta, jsonl, parquet, plugin_files
from fanwise.io.tables.arrow import ArrowCopier
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing

__all__ = ["FolderReader", "format_of"]

SUFFIXES = {
    **dict.fromkeys((".parquet",), "parquet"),
    **dict.fromkeys((".csv", ".csv.gz", ".tsv", ".tsv.gz"), "csv"),
    **dict.fromkeys((".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"), "jsonl"),
    **dict.fromkeys((".arrow", ".ipc", ".feather"), "arrow"),
}
Finder = Callable[[Session, Sequence[Path]], TableInfo]
Opener = Callable[[Session, Sequence[Path], Wanted, Formats], str]
_FORMATS: Mapping[str, tuple[Finder, Opener]] = {
    "parquet": (parquet.find, parquet.open_files),
    "csv": (csv.find, csv.open_files),
    "jsonl": (jsonl.find, jsonl.open_files),
}


def format_of(path: Path) -> str | None:
    """Return the format of a file by its name, None for others."""
    name = path.name.lower()
    found = next((form for suffix, form in SUFFIXES.items() if name.endswith(suffix)), None)
    if found is None:  # only now: to look for plug-ins takes some milliseconds
        others = plugin_files.plugin_suffixes()
        found = next((form for suffix, form in others.items() if name.endswith(suffix)), None)
    return found


class FolderReader(Reader):
    """The files of a folder, or a single file. Parquet is read in place; text is parsed once, as what is asked for."""

    hint = "look whether the file is whole, and whether its ending says what it is."

    def __init__(self, path: Path) -> None:
        self.path, self.shown = path, str(path)
        self.folders = [path if path.is_dir() else path.resolve().parent]
        self._files: dict[str, dict[str, tuple[Path, ...]]] = {}
        self._copies: dict[str, tuple[Path, ...]] = {}
        self._copier = ArrowCopier()

    def begin(self, session: Session) -> None:
        root = self.path.resolve()
        try:
            if root.is_file():
                self._add(_stem(root), root)
            elif _is_delta(root):
                self._files[root.name] = {"delta": (root,)}
            else:
                for entry in sorted(root.iterdir()):
                    self._look_at(entry)
        except OSError as error:
            raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be read: {error.strerror}", path=self.shown) from None

    def _look_at(self, entry: Path) -> None:
        if _is_file(entry) and format_of(entry):
            self._add(_stem(entry), entry)
        elif entry.is_dir() and _is_delta(entry):
            self._files.setdefault(entry.name, {})["delta"] = (entry,)
        elif entry.is_dir() and not entry.name.startswith("."):
            for part in sorted(entry.iterdir()):
                # What begins so is not data, by the habit of Hive and Spark: _SUCCESS, _metadata.
                if _is_file(part) and format_of(part) and not part.name.startswith((".", "_")):
                    self._add(entry.name, part)

    def _add(self, table: str, path: Path) -> None:
        form = format_of(path) or ""
        forms = self._files.setdefault(table, {})
        forms[form] = (*forms.get(form, ()), path)

    def names(self) -> Sequence[str]:
        found = [name for name in self._files if not name.startswith((".", "_"))]
        if not found:
            hint = "write TABLE.parquet, .csv, .jsonl or .arrow there."
            why = "the folder holds no files of tables"
            if deeper := next((path for path in self.path.glob("*/*/*") if path.is_file() and format_of(path)), None):
                why += f"; folders below those of tables are not read, such as {deeper.parent.relative_to(self.path)}"
                hint = "copy the files of each table into one folder TABLE."
            raise SourceError("FW-SOURCE-EMPTY", why, hint, self.shown)
        return found

    def find(self, session: Session, table: str) -> TableInfo:
        form, paths = self._of(table)
        with _placed(paths):
            found = self._find(session, table, form, paths)
            _refuse_unusable(found.columns)
            return found

    def _find(self, session: Session, table: str, form: str, paths: Sequence[Path]) -> TableInfo:
        if form == "delta":
            return delta.find(session, str(paths[0]))
        if form == "arrow":
            types = session.scratch / f"{session.new_name()}.parquet"
            self._copier.copy(paths, types)
            return TableInfo("arrow", parquet.find(session, [types]).columns)
        if form not in _FORMATS:
            self._copies[table] = plugin_files.copy(session, form, paths)
            return TableInfo(form, parquet.find(session, self._copies[table]).columns)
        return _FORMATS[form][0](session, paths)

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        form, paths = self._of(table)
        with _placed(paths):
            if form == "delta":
                return delta.open_table(session, str(paths[0]), wanted)
            if form == "arrow":
                copy = session.scratch / f"{session.new_name()}.parquet"
                self._copier.copy(paths, copy, wanted)
                form, paths = "parquet", (copy,)
            if form not in _FORMATS:
                form, paths = "parquet", self._copies[table]
            return _FORMATS[form][1](session, paths, wanted, formats)

    def told_ends(self, session: Session, table: str) -> str:
        form, paths = self._of(table)
        return parquet.told_ends(session, paths) if form == "parquet" else ""

    def _of(self, table: str) -> tuple[str, tuple[Path, ...]]:
        """Return the format and the files of a table, all of one format and in one place."""
        forms = self._files.get(table, {})
        if not forms:
            there = f"write {table}.parquet, .csv, .jsonl or .arrow to {self.shown}, or a folder {table} of parts."
            if self.path.is_file():
                there = f"{self.shown} is one table: give the folder that holds {table} beside it."
            raise missing(table, (), there)
        form, paths = next(iter(forms.items()))
        if len(forms) > 1:
            why = f"table {table} has files of several formats: {', '.join(sorted(forms))}"
            raise MissingTableError("FW-SOURCE-TABLE", why)
        single = [path for path in paths if path.parent == self.path.resolve()]
        if len(paths) > 1 and single:
            why = f"table {table} has two files: {paths[0].name} and {paths[1].name}"
            raise MissingTableError("FW-SOURCE-TABLE", why)
        for path in paths:
            self._refuse_lost(path)
        return form, paths

    def _refuse_lost(self, path: Path) -> None:
        """Raise SourceError for a file that is gone, or that a link takes from a place that is not read."""
        if not path.exists():
            why = "is a link to a file that does not exist" if path.is_symlink() else "does not exist any more"
            raise SourceError(Problem("FW-SOURCE-UNREADABLE", why, "write the file again.", file=str(path)))
        if not path.resolve().is_relative_to(self.folders[0].resolve()):
            why, hint = "is a link to a file outside of the folder, which is not read", "copy the file into the folder."
            raise SourceError(Problem("FW-SOURCE-UNREADABLE", why, hint, file=str(path)))

    def close(self) -> None:
        self._copier.close()


@contextmanager
def _placed(paths: Sequence[Path]) -> Iterator[None]:
    """Name the file in errors that name none."""
    try:
        yield
    except SourceError as error:
        if all(problem.file or problem.path for problem in error.problems):
            raise
        raise type(error)(replace(problem, file=str(paths[0])) for problem in error.problems) from error


def _refuse_unusable(columns: Iterable[str]) -> None:
    """Raise SourceError for the name of a column that no SQL can hold."""
    wrong = next((name for name in columns if "\0" in name), None)
    if wrong is not None:
        why = f"the name of column {shown(wrong)} holds a NUL character, which SQL cannot take"
        raise SourceError(Problem("FW-SOURCE-FORMAT", why, "rename the column."))


def _is_file(path: Path) -> bool:
    """Return whether a path is a file, or a link to nothing: a table that cannot be read rather than none."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _is_delta(folder: Path) -> bool:
    return (folder / "_delta_log").is_dir()


def _stem(path: Path) -> str:
    known = (*SUFFIXES, *plugin_files.plugin_suffixes())
    suffix = max((suffix for suffix in known if path.name.lower().endswith(suffix)), key=len, default="")
    return path.name[: len(path.name) - len(suffix)]
