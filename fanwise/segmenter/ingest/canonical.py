"""The canonical tables, the same for every source: what the features are made of.

    sale    c, o, s, x, d, ch            orders that count: customer, order, second, total, discount, channel
    line    c, product, category, q, p   their lines: quantity in thousandths, price of one
    refund  c, x, reason                 what came back
    ticket  c, kind, reopened            requests to the support
    member  c, created                   the table of customers, if there is one

Money is in whole units of 10^-decimals (`Intake.decimals`), instants are seconds. Large sources are written once to
files, divided by the hash of the customer, so that a part can be worked on in memory; their number depends on the rows
alone.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fanwise.io.quoting import quote_text
from fanwise.segmenter.ingest import canonical_sql as canon_sql
from fanwise.segmenter.ingest.quality import Intake
from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["TABLES", "Canon", "canonical"]

ROWS_PER_PART = 6_000_000
"""Orders and lines that are worked on at once: their window and groups stay within a few hundred megabytes."""

TABLES: Mapping[str, str] = {
    "sale": "c {customer}, o {order}, s BIGINT, x BIGINT, d BIGINT, ch VARCHAR",
    "line": "c {customer}, product {product}, category VARCHAR, q BIGINT, p BIGINT",
    "refund": "c {customer}, x BIGINT, reason VARCHAR",
    "ticket": "c {customer}, kind VARCHAR, reopened BOOLEAN",
    "member": "c {customer}, created BIGINT",
}


@dataclass(slots=True)
class Canon:
    """The canonical tables as relations of the warehouse.

    parts: how many there are. ids: the types of ids by what they identify. stored: the table of each name, empty where
    `folders` hold its parts. derived: SQL over a stored one.
    """

    warehouse: Warehouse
    parts: int
    ids: Mapping[str, str]
    stored: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    derived: dict[str, tuple[str, str]] = field(default_factory=dict)

    def relation(self, table: str, part: int | None = None) -> str:
        """Return the SQL of one canonical table: of one part, or of all."""
        if table in self.derived:
            base, template = self.derived[table]
            return f"({template.format(base=self._base(base, table, part))})"
        return self._base(table, table, part)

    def _base(self, name: str, table: str, part: int | None) -> str:
        if name not in self.stored:
            columns = (pair.split() for pair in TABLES[table].format(**self.ids).split(", "))
            return f"(SELECT {', '.join(f'NULL::{kind} AS {column}' for column, kind in columns)} WHERE false)"
        if name not in self.folders:
            return self.stored[name]
        which = range(self.parts) if part is None else (part,)
        found = [folder for n in which if (folder := self.folders[name] / f"part={n}").is_dir()]
        if not found:
            return self.stored[name]
        files = ", ".join(quote_text(f"{folder}/*.parquet") for folder in found)
        return f"read_parquet([{files}], hive_partitioning = false)"

    def store(self, name: str, select: str) -> None:
        """Keep the result of a query as `name`."""
        table = self.warehouse.new_name()
        none = "" if self.parts == 1 else " LIMIT 0"
        self.warehouse.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM ({select}){none}")
        self.stored[name] = table
        if self.parts > 1:
            folder = self.folders[name] = self.warehouse.scratch / table
            divided = f"SELECT *, hash(c) % {self.parts} AS part FROM ({select})"
            target = quote_text(str(folder))
            self.warehouse.execute(f"COPY ({divided}) TO {target} (FORMAT parquet, PARTITION_BY (part))")

    def forget(self) -> None:
        """Remove what was kept."""
        for table in self.stored.values():
            self.warehouse.execute(f"DROP TABLE {table}")
        for folder in self.folders.values():
            if folder.is_dir():  # DuckDB makes none for no rows
                shutil.rmtree(folder)

    def count(self, table: str) -> int:
        """Return the number of rows of a canonical table."""
        return int(self.warehouse.rows(f"SELECT count(*) FROM {self.relation(table)}")[0][0])


def canonical(warehouse: Warehouse, intake: Intake, as_of: dt.datetime) -> Canon:
    """Make the canonical tables; what had to be left out is noted in the intake."""
    rows = intake.rows["order"] + intake.rows.get("order_item", 0)
    ids = {what: intake.id_type(what) for what in ("customer", "order", "product")}
    canon = Canon(warehouse, -(-rows // ROWS_PER_PART) or 1, ids)
    sql = canon_sql.Writer(intake, as_of)
    if intake.layout.flat:
        canon.store("flat", sql.flat())
        grouped = ("flat", sql.grouped("NOT back", flat=True))
        if canon.parts == 1:
            canon.store("sale", grouped[1].format(base=canon.relation("flat")))
        else:
            canon.derived["sale"] = grouped
        canon.derived["line"] = ("flat", "SELECT c, product, category, q, p FROM {base} WHERE NOT back")
        canon.derived["back"] = ("flat", "SELECT c, abs(x) AS x, NULL::VARCHAR AS reason FROM {base} WHERE back")
        owners = "(SELECT DISTINCT o, c FROM {})".format(canon.relation("flat"))
    else:
        canon.store("bought", sql.bought())
        grain = intake.layout.order_grain
        kept = (
            "SELECT * EXCLUDE (returned) FROM {base} WHERE x IS NULL OR x >= 0"
            if grain == "order"
            else sql.grouped("coalesce(x >= 0, true)")
        )
        canon.derived["sale"] = ("bought", kept)
        owners = canon.relation("bought")
        if intake.has("order_item"):
            canon.store("line", sql.lines(owners))
        canon.derived["back"] = ("bought", "SELECT c, -x AS x, NULL::VARCHAR AS reason FROM {base} WHERE x < 0")
    returns = [sql.refunds(owners)] if intake.has("return") else []
    if intake.layout.negative_returns:
        returns.append(f"SELECT * FROM {canon.relation('back')}")
        if "line" in canon.stored:
            returns.append(sql.lines_back(owners))
    if intake.layout.returned:
        base = canon.relation("flat" if intake.layout.flat else "bought")
        returns.append(sql.sent_back(flat=intake.layout.flat).format(base=base))
    if returns:
        canon.store("refund", " UNION ALL ".join(returns))
    if intake.has("ticket"):
        canon.store("ticket", sql.tickets(owners))
    if intake.has("customer"):
        canon.store("member", sql.members())
    return canon
