"""Delta Lake: a Delta table for each table, made from the audited files.

Delta commits each table separately. All files are therefore uploaded first, under unique names. Then each table gets
one commit, which takes milliseconds. Then the manifest, which lists the files of all tables, is written. A reader who
needs consistent tables during that time reads the files in the manifest. Old versions of a table stay readable until
they are vacuumed. If a commit fails, the tables committed before it are restored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from fanwise.generator.errors import OutputError
from fanwise.generator.language.literals import parts_of, word_of
from fanwise.generator.output.destinations.base import Delivery, refused
from fanwise.generator.output.destinations.newfile import path_of, refuse_missing_folder
from fanwise.generator.output.destinations.publication import Publication
from fanwise.generator.output.destinations.store import Store, open_folder, open_store
from fanwise.generator.output.manifest import VERIFY, FileEntry, Manifest
from fanwise.generator.plan.schema import ColumnSchema, RelationalSchema, TableSchema
from fanwise.io.extras import require
from fanwise.io.object_store import remote_options
from fanwise.io.url import Address

__all__ = ["DeltaDestination"]

T = TypeVar("T")

_TYPES: Mapping[str, str] = {
    "int8": "byte", "int16": "short", "int32": "integer", "int64": "long", "float32": "float", "float64": "double",
    "bool": "boolean", "date": "date", "timestamp": "timestamp_ntz", "timestamptz": "timestamp",
}  # fmt: skip
"""The types of Delta Lake; all others are strings. It has no time of day, UUID or JSON."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DeltaDestination:
    """`delta:///folder`, `delta+s3://bucket/prefix`, `delta+gs://…`, `delta+az://…`: Delta tables below that place."""

    schemes: ClassVar[tuple[str, ...]] = ("delta", "delta+s3", "delta+gs", "delta+az")
    formats: ClassVar[tuple[str, ...]] = ("parquet",)

    def __init__(self, address: Address, *, force: bool = False) -> None:
        self._deltalake = require("deltalake", "delta", f"{address.scheme}://")
        self._transaction = require("deltalake.transaction", "delta", f"{address.scheme}://")
        self._address, self._force = address, force
        self._folder = Path.cwd() / path_of(address) if address.scheme == "delta" else None
        self._remote = None if self._folder is not None else Address(address.url.partition("+")[2])
        self._options = remote_options(self._remote) if self._remote is not None else None
        self._opened: Store | None = open_store(self._remote, "delta") if self._remote is not None else None
        self._publication: Publication | None = None
        self._made = False

    @property
    def shown(self) -> str:
        """The URL without parameters, a folder as absolute path."""
        return f"delta:///{self._folder}" if self._folder is not None else self._address.shown

    def prepare(self, schema: RelationalSchema) -> None:
        """Refuse data that may not be replaced, and mark that a run is under way."""
        for name, table in schema.tables.items():
            for column, declared in table.types.items():
                if re.search(r"\btime\b(?=[,)]|$)", declared):
                    why = f"{name}.{column} is a time of day, which Delta Lake has no type for."
                    raise refused(self.shown, why, "write the column as text: type: text.")
        if self._folder is not None:
            refuse_missing_folder(self._folder.parent, path_of(self._address).parent)
            self._made = not self._folder.exists()
        self._publication = Publication(self._store, force=self._force)
        self._publication.prepare(schema.name)

    def deliver(self, delivery: Delivery) -> None:
        """Upload all files, commit each table, write the manifest."""
        publication = self._publication or Publication(self._store, force=self._force)
        # Its statements read the files by names that they do not have in a lake.
        documents = {name: text for name, text in delivery.documents.items() if name != VERIFY}
        manifest = publication.upload(replace(delivery, documents=documents), _named)
        before: dict[str, int | None] = {}
        try:
            for table, schema in delivery.schema.tables.items():
                before[table] = self._version(table)
                self._commit(table, schema, manifest.tables[table].files, before[table])
            publication.publish(manifest)
        except BaseException:
            self._set_back(before)
            raise
        dropped = set(publication.old.tables) - set(manifest.tables) if publication.old is not None else set()
        publication.clean(manifest, tables=[name for table in sorted(dropped) for name in self._store.below(table)])

    def manifest(self) -> Manifest | None:
        """Return the stored manifest, or None."""
        if self._folder is not None and not self._folder.is_dir():
            return None
        return Publication(self._store, force=False).manifest()

    def close(self) -> None:
        """Remove what was uploaded and not published."""
        if self._publication is not None:
            self._publication.close()
        if self._made and self._folder is not None:
            with suppress(OSError):  # no longer empty: the data has arrived
                self._folder.rmdir()

    @property
    def _store(self) -> Store:
        if self._opened is None:
            self._opened = open_folder(Address(self.shown), self._folder or Path(), "delta")
        return self._opened

    def _version(self, table: str) -> int | None:
        """Return the number of a table's latest version, or None if there is none."""
        kind, place = self._deltalake.DeltaTable, self._place(table)
        if not self._tried(table, lambda: kind.is_deltatable(place, self._options)):
            return None
        version: int = self._tried(table, lambda: kind(place, storage_options=self._options).version())
        return version

    def _commit(self, table: str, schema: TableSchema, files: tuple[FileEntry, ...], before: int | None) -> None:
        """Replace the contents of the table by these files."""
        place, transaction = self._place(table), self._transaction
        added = [
            transaction.AddAction(
                path=file.path.partition("/")[2],
                size=file.bytes,
                partition_values={},
                modification_time=0,
                data_change=True,
                stats=json.dumps({"numRecords": file.rows}),
            )
            for file in files
        ]
        fields = self._fields(schema)
        if before is None:
            create = transaction.create_table_with_add_actions
            self._tried(
                table, lambda: create(place, fields, added, partition_by=[], name=table, storage_options=self._options)
            )
        else:
            there = self._tried(table, lambda: self._deltalake.DeltaTable(place, storage_options=self._options))
            self._tried(table, lambda: there.create_write_transaction(added, "overwrite", fields))

    def _fields(self, schema: TableSchema) -> Any:
        kinds = self._deltalake.schema
        written = {name: column for name, column in schema.columns.items() if not column.hidden}
        return kinds.Schema(
            [kinds.Field(name, self._kind(column.type), metadata=_metadata(column)) for name, column in written.items()]
        )

    def _kind(self, declared: str) -> Any:
        kinds, parts = self._deltalake.schema, parts_of(declared)
        if word_of(declared) == "list":
            return kinds.ArrayType(self._kind(parts[0][1]), contains_null=True)
        if word_of(declared) == "struct":
            return kinds.StructType([kinds.Field(name, self._kind(part)) for name, part in parts])
        return kinds.PrimitiveType(_type(declared))

    def _set_back(self, before: Mapping[str, int | None]) -> None:
        """Restore the earlier versions. The next run refuses a table that could not be restored."""
        for table, version in before.items():
            with suppress(OutputError):
                now = self._version(table)
                if version is None and now is not None:
                    self._store.remove(self._store.below(f"{table}/_delta_log"))
                elif version is not None and now != version:
                    self._restore(table, version)

    def _restore(self, table: str, version: int) -> None:
        there = self._tried(
            table, lambda: self._deltalake.DeltaTable(self._place(table), storage_options=self._options)
        )
        self._tried(table, lambda: there.restore(version))

    def _place(self, table: str) -> str:
        if self._folder is not None:
            return str(self._folder / table)
        remote = self._remote or self._address
        return f"{remote.scheme}://{remote.place.strip('/')}/{table}"

    def _tried(self, table: str, action: Callable[[], T]) -> T:
        """Return the result of `action`. Errors of the library become OutputError, without secrets."""
        try:
            return action()
        except (self._deltalake.exceptions.DeltaError, OSError, ValueError) as error:
            said = self._address.redacted(_COLOUR.sub("", str(error)))
        hint = "the tables are unchanged; run again."
        raise refused(f"{self.shown}/{table}", f"the lake reported: {' '.join(said.split())[:300]}", hint)


def _named(path: str, token: str) -> str:
    """Return the name of a table's file in the lake: below the folder of the table, with the token of the run."""
    table, slash, part = path.partition("/")
    name = part.partition(".")[0] if slash else "part-00000"
    return f"{table.partition('.')[0]}/{name}-{token}.parquet"


def _type(declared: str) -> str:
    return declared if declared.startswith("decimal") else _TYPES.get(declared, "string")


def _metadata(column: ColumnSchema) -> dict[str, str]:
    """Return what Spark reads beside a field: its comment, and the length of a text."""
    sized = word_of(column.type) in ("varchar", "char")
    length = {"__CHAR_VARCHAR_TYPE_STRING": column.type} if sized else {}
    return {**length, **({"comment": column.description} if column.description else {})}
