"""A folder of files: Parquet, CSV, JSON lines or Arrow IPC, single files or folders of parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.validator.contract.model import Table
from fanwise.validator.data.files import Files, find_files, header_of, keys_of
from fanwise.validator.data.sources.arrow_ipc import ArrowCopier
from fanwise.validator.data.sources.base import Absent
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.errors import Problem

if TYPE_CHECKING:
    from fanwise.validator.data.warehouse import Warehouse

__all__ = ["FolderReader"]


@dataclass(slots=True)
class FolderReader:
    """Views over Parquet files, which keep their own types; text is parsed once, as the types that are declared."""

    folder: Path
    hint: str = "the file is damaged or has the wrong ending; write it again."
    _copier: ArrowCopier = field(default_factory=ArrowCopier)

    @property
    def folders(self) -> Sequence[Path]:
        """The folder itself."""
        return [self.folder]

    def begin(self, warehouse: Warehouse) -> None:
        """Files are opened one by one."""

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Define the table over its files."""
        files = find_files(self.folder.resolve(), name)
        if isinstance(files, str):
            hint = f"write the table to {self.folder}, or remove it from the contract."
            raise Absent(Problem(f"table {name} is missing: {files}", hint=hint))
        warehouse.formats[name] = files.format
        if files.format == "arrow":
            copy = warehouse.scratch / f"{len(warehouse.formats)}.parquet"
            self._copier.copy(files.paths, copy)
            files = Files("parquet", (copy,))
        opener = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}[files.format]
        opener(warehouse, name, table, files)

    def close(self) -> None:
        """The views go on reading the files."""
        self._copier.close()


def _parquet(warehouse: Warehouse, name: str, table: Table, files: Files) -> None:
    # A view cannot bind a value; a variable keeps the paths out of the SQL text all the same.
    paths = warehouse.variable([str(path) for path in files.paths])
    warehouse.view(name, f"SELECT * FROM read_parquet({paths}, hive_partitioning = false, union_by_name = true)")


def _csv(warehouse: Warehouse, name: str, table: Table, files: Files) -> None:
    types = {column: duckdb_type(spec.type) for column, spec in table.columns.items()}
    columns = {column: types.get(column, "VARCHAR") for column in header_of(files.paths[0])}
    warehouse.load(
        name,
        "SELECT * FROM read_csv($files, columns = $columns, header = true, "
        "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false)",
        {"files": [str(path) for path in files.paths], "columns": columns},
    )


def _jsonl(warehouse: Warehouse, name: str, table: Table, files: Files) -> None:
    present = keys_of(files.paths[0])
    columns = {
        column: duckdb_type(spec.type) for column, spec in table.columns.items() if present is None or column in present
    }
    warehouse.load(
        name,
        "SELECT * FROM read_json($files, columns = $columns, format = 'newline_delimited')",
        {"files": [str(path) for path in files.paths], "columns": columns},
    )
