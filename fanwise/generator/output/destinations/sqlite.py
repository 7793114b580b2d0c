"""A SQLite file with keys and foreign keys, checked by SQLite and filled through ADBC."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from typing import Any, ClassVar

import polars as pl

from fanwise.generator.columns.support.types import type_word
from fanwise.generator.output.destinations.base import MANIFEST_TABLE, Delivery, Tables, refused
from fanwise.generator.output.destinations.newfile import NewFile, path_of
from fanwise.generator.output.destinations.statements import SQLITE, Statements, is_cents
from fanwise.generator.output.formats.iso import iso_texts, json_texts
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.extras import require
from fanwise.io.tables import database_of
from fanwise.io.url import Address

__all__ = ["SqliteDestination", "as_sqlite", "fill_file"]

_DRIVER = "adbc_driver_sqlite.dbapi"


class SqliteDestination:
    """`sqlite:///shop.db`: a new file, renamed when it is complete."""

    schemes: ClassVar[tuple[str, ...]] = ("sqlite",)
    formats: ClassVar[tuple[str, ...]] = ("parquet",)

    def __init__(self, address: Address, *, force: bool = False) -> None:
        self._force = force
        self._file = NewFile(path_of(address), logs=("-journal", "-wal"))

    @cached_property
    def _driver(self) -> Any:
        return require(_DRIVER, "sql", "sqlite://")

    @property
    def shown(self) -> str:
        """The URL with the absolute path."""
        return f"sqlite:///{self._file.target}"

    def prepare(self, schema: RelationalSchema) -> None:
        """Lock the target, and refuse a file that may not be replaced."""
        require(_DRIVER, "sql", "sqlite://")
        self._file.prepare()
        self._file.refuse_others(self.manifest, force=self._force)

    def deliver(self, delivery: Delivery) -> None:
        """Write the new file and rename it to the target. An existing file is intact until then."""
        try:
            with closing(self._driver.connect(str(self._file.path), autocommit=True)) as connection:
                with closing(connection.cursor()) as cursor:
                    # The file is discarded if anything fails, and made durable before it is renamed.
                    for pragma in ("journal_mode = OFF", "synchronous = OFF"):
                        cursor.execute(f"PRAGMA {pragma}")
                connection.adbc_connection.set_autocommit(False)
                with closing(connection.cursor()) as cursor:
                    _fill(cursor, delivery.tables())
                    self._refuse_orphans(cursor)
                    cursor.execute(f"CREATE TABLE {MANIFEST_TABLE} (manifest TEXT NOT NULL)")
                    text = delivery.manifest.stored_in("sqlite").text()
                    cursor.execute(f"INSERT INTO {MANIFEST_TABLE} VALUES (?)", [text])
                connection.adbc_connection.commit()
        except self._driver.Error as error:
            raise self._file.no_room(_said(error)) from error
        self._file.publish()

    def manifest(self) -> Manifest | None:
        """Return the manifest stored in the file, or None if there is none."""
        path = self._file.target
        there = f"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{MANIFEST_TABLE}'"
        try:
            if database_of(path) != "sqlite":
                return None
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                if connection.execute(there).fetchall() != [(1,)]:
                    return None
                texts = connection.execute(f"SELECT manifest FROM {MANIFEST_TABLE}").fetchall()
        except OSError as error:
            raise refused(str(path), f"cannot be read: {error.strerror}.", "check its permissions.") from error
        except sqlite3.Error as error:
            raise refused(str(path), f"cannot be opened: {error}", "choose another --to.") from error
        return Manifest.from_text(str(texts[0][0]), f"{path}: {MANIFEST_TABLE}") if len(texts) == 1 else None

    def close(self) -> None:
        """Remove what is not published, and release the target."""
        self._file.close()

    def _refuse_orphans(self, cursor: Any) -> None:
        orphans = sorted({str(table) for table, *_ in _rows(cursor, "PRAGMA foreign_key_check")})
        if orphans:
            why = f"foreign keys of {', '.join(orphans)} refer to missing rows."
            raise refused(str(self._file.target), why, "gen audit lists them; nothing was published.")


def fill_file(address: Address, tables: Callable[[], Tables]) -> None:
    """Create and fill the tables in the file at `address`, beside its other tables. Raises OutputError."""
    driver = require(_DRIVER, "sql", "sqlite://")
    path = path_of(address)
    try:
        with closing(driver.connect(str(path))) as connection, closing(connection.cursor()) as cursor:
            _fill(cursor, tables())
            connection.commit()
    except driver.Error as error:
        said = _said(error)
        hint = "use an empty database" if "exists" in said else "no data was delivered"
        raise refused(address.shown, f"the database reported: {said}", hint) from error


def _fill(cursor: Any, tables: Tables) -> None:
    made = Statements(tables.schema, SQLITE)
    for table in tables.schema.tables:
        cursor.execute(made.create(table))
        for frame in tables.frames(table):
            cursor.adbc_ingest(table, as_sqlite(frame), mode="append")


def as_sqlite(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the types that SQLite has: the others as texts, and decimals as `_exact` says."""
    texts = iso_texts(json_texts(frame), (pl.Time(), pl.Datetime("us", "UTC")))
    return texts.with_columns(
        _exact(name, dtype) for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)
    )


def _exact(name: str, dtype: pl.Decimal) -> pl.Expr:
    """Return a decimal as an integer of its last digit, or as text where it has more digits than an integer.

    SQLite has no decimals: it would convert them to the nearest binary number.
    """
    if not is_cents(type_word(dtype)):
        return pl.col(name).cast(pl.String)
    return pl.col(name).to_physical().cast(pl.Int64)


def _rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return pl.DataFrame(cursor.fetch_arrow()).rows()


def _said(error: Exception) -> str:
    return (str(error).partition("\nquery:")[0].splitlines() or [type(error).__name__])[0][:300]
