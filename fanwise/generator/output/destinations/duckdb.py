"""A DuckDB file: keys, foreign keys and comments; loaded by DuckDB itself from the Parquet files of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from fanwise.generator.output.destinations.base import MANIFEST_TABLE, Delivery, refused
from fanwise.generator.output.destinations.newfile import NewFile, path_of
from fanwise.generator.output.destinations.statements import DUCKDB, Statements
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.quoting import quote_ident
from fanwise.io.tables import database_of
from fanwise.io.url import Address

if TYPE_CHECKING:
    import duckdb

__all__ = ["DuckdbDestination", "fill"]


class DuckdbDestination:
    """`duckdb:///shop.duckdb`, or a path that ends in .duckdb: a new file, renamed when it is complete."""

    schemes: ClassVar[tuple[str, ...]] = ("duckdb",)
    formats: ClassVar[tuple[str, ...]] = ("parquet",)

    def __init__(self, address: Address, *, force: bool = False) -> None:
        self._force = force
        self._file = NewFile(path_of(address), logs=(".wal",))

    @property
    def shown(self) -> str:
        """The URL with the absolute path."""
        return f"duckdb:///{self._file.target}"

    def prepare(self, schema: RelationalSchema) -> None:
        """Lock the target, and refuse a file that may not be replaced."""
        self._file.prepare()
        self._file.refuse_others(self.manifest, force=self._force)

    def deliver(self, delivery: Delivery) -> None:
        """Write the new file and rename it to the target. An existing file is intact until then."""
        import duckdb

        try:
            with duckdb.connect(self._file.path) as connection:
                connection.execute("SET preserve_insertion_order = true")
                fill(connection, delivery.schema, _from_files(delivery))
                connection.execute(f"CREATE TABLE {MANIFEST_TABLE} (manifest VARCHAR NOT NULL)")
                text = delivery.manifest.stored_in("duckdb").text()
                connection.execute(f"INSERT INTO {MANIFEST_TABLE} VALUES (?)", [text])
        except duckdb.Error as error:
            raise self._file.no_room(_first_line(error)) from error
        self._file.publish()

    def manifest(self) -> Manifest | None:
        """Return the manifest stored in the file, or None if there is none."""
        import duckdb

        path = self._file.target
        try:
            if database_of(path) != "duckdb":
                return None
            with duckdb.connect(path, read_only=True, config={"enable_external_access": False}) as connection:
                there = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = ?"
                if connection.execute(there, [MANIFEST_TABLE]).fetchall() != [(1,)]:
                    return None
                texts = connection.execute(f"SELECT manifest FROM {MANIFEST_TABLE}").fetchall()
        except OSError as error:
            raise refused(str(path), f"cannot be read: {error.strerror}.", "check its permissions.") from error
        except duckdb.Error as error:
            hint = "close it if it is open for writing, or choose another --to."
            raise refused(str(path), f"cannot be opened: {_first_line(error)}", hint) from error
        return Manifest.from_text(str(texts[0][0]), f"{path}: {MANIFEST_TABLE}") if len(texts) == 1 else None

    def close(self) -> None:
        """Remove what is not published, and release the target."""
        self._file.close()


def fill(
    connection: duckdb.DuckDBPyConnection,
    schema: RelationalSchema,
    insert: Callable[[duckdb.DuckDBPyConnection, str], Any],
) -> None:
    """Create the tables in `connection`; `insert` fills each of them. Raises duckdb.Error if one exists."""
    made = Statements(schema, DUCKDB)
    for table in schema.tables:
        connection.execute(made.create(table))
        insert(connection, table)
        for comment in made.comments(table):
            connection.execute(comment)


def _from_files(delivery: Delivery) -> Callable[[duckdb.DuckDBPyConnection, str], None]:
    def insert(connection: duckdb.DuckDBPyConnection, table: str) -> None:
        names = ", ".join(map(quote_ident, delivery.schema.tables[table].written))
        # One file at a time, for progress and for interrupts.
        for path, entry in zip(delivery.files(table), delivery.manifest.tables[table].files, strict=True):
            query = f"INSERT INTO {quote_ident(table)} SELECT {names} FROM read_parquet(?)"
            connection.execute(query, [[str(path)]])
            delivery.advance(entry.rows)

    return insert


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
