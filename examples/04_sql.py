"""The tables in SQLite (the extra `sql`); a PostgreSQL address works alike: postgresql://user@host/name."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import fanwise

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "shop.db"
    fanwise.dataset("ecommerce", rows={"customer": 200}).to_sql(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as db:
        query = 'select customer_segment, count(*) from "order" join customer using (customer_id) group by 1'
        print(db.execute(query).fetchall())
        print(db.execute("pragma foreign_key_check").fetchall(), "broken references")
