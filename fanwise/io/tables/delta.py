"""Delta Lake: the latest version of the tables below a folder or in an object store, streamed into DuckDB.

deltalake reads the log of a table, and scans it with its own engine: partitions, renamed columns and deleted rows are
what the log says, which the files alone do not show.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import QueryError, SourceError
from fanwise.io.extras import require
from fanwise.io.object_store import connect, remote_options
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing, select
from fanwise.io.url import Address

__all__ = ["DeltaReader", "find", "open_table"]

HINT = "the log of the table may be damaged, or name files that are gone; write the table again."
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DeltaReader(Reader):
    """The Delta tables below `delta+s3://bucket/prefix`, `delta+gs://…` or `delta+az://…`."""

    hint = HINT

    def __init__(self, address: Address) -> None:
        self.shown = address.shown
        self._address = Address(address.url.partition("+")[2])
        self._names: list[str] = []

    def begin(self, session: Session) -> None:
        """List the tables."""
        store = connect(self._address, "delta")
        import obstore
        from obstore.exceptions import BaseError

        try:
            below = [str(name).strip("/") for name in obstore.list_with_delimiter(store)["common_prefixes"]]
            self._names = [name for name in below if next(iter(obstore.list(store, f"{name}/_delta_log")), None)]
        except (BaseError, OSError) as error:
            why = " ".join(self._address.redacted(str(error).partition("\n\nDebug source")[0]).split())[:300]
        else:
            return
        # Outside the handler: a chained exception would show what the redacted text does not.
        raise SourceError(
            "FW-SOURCE-UNREADABLE", f"the store refused: {why}", "check bucket, credentials and endpoint.", self.shown
        )

    def names(self) -> Sequence[str]:
        if not self._names:
            raise SourceError(
                "FW-SOURCE-EMPTY", "the lake holds no Delta tables", "give the folder above them.", self.shown
            )
        return self._names

    def find(self, session: Session, table: str) -> TableInfo:
        if table not in self._names:
            raise missing(table, self._names)
        return find(session, self._place(table), remote_options(self._address))

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        return open_table(session, self._place(table), wanted, remote_options(self._address))

    def _place(self, table: str) -> str:
        return f"{self._address.scheme}://{self._address.place.strip('/')}/{table}"


def find(session: Session, place: str, options: dict[str, str] | None = None) -> TableInfo:
    """Return the columns of the Delta table at `place`; raises QueryError, MissingExtraError without deltalake."""
    stream = session.stream(_scanned(place, "SELECT * FROM t LIMIT 0", options))
    return TableInfo("delta", session.columns(stream), whole=False)


def open_table(session: Session, place: str, wanted: Wanted, options: dict[str, str] | None = None) -> str:
    """Copy the wanted columns of the Delta table at `place` and return the query of the copy."""
    columns = ", ".join(map(quote_ident, wanted)) or "1 AS one"
    stream = session.stream(_scanned(place, f"SELECT {columns} FROM t", options))
    return f"SELECT * FROM {session.load(select(wanted, stream))}"


def _scanned(place: str, sql: str, options: dict[str, str] | None) -> Any:
    """Return the rows that a query of the table `t` gives, as an Arrow stream."""
    deltalake = require("deltalake", "delta", "a Delta table")
    try:
        opened = deltalake.DeltaTable(place, storage_options=options)
        return deltalake.QueryBuilder().register("t", opened).execute(sql)
    except (deltalake.exceptions.DeltaError, OSError, ValueError) as error:
        why = " ".join(_COLOUR.sub("", str(error)).split())[:300]
    raise QueryError("FW-SOURCE-UNREADABLE", why, HINT, place)
