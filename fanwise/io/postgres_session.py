"""A connection to a PostgreSQL server: patient, in one transaction, and without secrets in what it says.

The driver is ADBC's: it carries its own libpq, needs no compiler and no further package, and speaks the binary COPY
protocol, so that no value passes through Python.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from fanwise.io.errors import FanwiseError
from fanwise.io.extras import require
from fanwise.io.url import Address

__all__ = ["PostgresSession", "rows", "said"]

# Seconds until a server that does not answer is given up, where the URL does not say otherwise.
_PATIENCE = {
    "connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}  # fmt: skip


class PostgresSession:
    """A server that can be connected to. schema: that of the URL's `?schema=`, which libpq does not know.

    Raises InputError for a URL that splits elsewhere than it seems, MissingExtraError without the driver.
    """

    def __init__(self, address: Address) -> None:
        address.refuse_ambiguous()
        self.address = address
        self.schema = address.parameters.get("schema") or None
        self._driver = require("adbc_driver_postgresql.dbapi", "sql", "postgresql://")

    @property
    def error(self) -> type[Exception]:
        """The base class of the driver's errors."""
        return self._driver.Error  # type: ignore[no-any-return]

    @property
    def shown(self) -> str:
        """The URL without password and parameters, but with the schema."""
        return f"{self.address.shown}?schema={self.schema}" if self.schema else self.address.shown

    def connect(self, *, autocommit: bool = False) -> Any:
        """Return an open connection of the driver's, with limits to the wait for a server that does not answer."""
        url, given = self.address.without("schema"), self.address.parameters
        skipped = {*given, *(["connect_timeout"] if "PGCONNECT_TIMEOUT" in os.environ else [])}
        wanted = [f"{name}={value}" for name, value in _PATIENCE.items() if name not in skipped]
        return self._driver.connect(f"{url}{'&' if '?' in url else '?'}{'&'.join(wanted)}", autocommit=autocommit)

    def said(self, error: Exception) -> str:
        """Return the server's own words, without secrets.

        The error itself may quote the URL: raise outside of the `except`, so that no traceback holds it.
        """
        text = error.problems[0].why if isinstance(error, FanwiseError) else str(error)
        return said(self.address.redacted(text)) or type(error).__name__


def rows(cursor: Any, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query; `values` are bound to $1, $2, …"""
    import polars as pl

    cursor.execute(sql, list(values) or None)
    return pl.DataFrame(cursor.fetch_arrow()).rows()


def said(text: str) -> str:
    """Return the server's own words: the driver puts codes before them and the whole query after."""
    text = text.partition("\n\nQuery was:")[0].partition("\nLINE 1:")[0].partition("\n. SQLSTATE:")[0]
    before, error, after = text.partition("ERROR:  ")
    text = f"ERROR: {after}" if error else before.rpartition("[libpq] ")[2]
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())[:300]
