#!/usr/bin/env bash
# DuckDB 2.0.1 beside Polars 2.1.0: a column without any value cannot be read through Arrow's stream interface.
#
# A column of nulls alone has the type Null in Polars, and Arrow gives this type no validity bitmap. DuckDB reads the
# frame by `__arrow_c_stream__`, which is what works without pyarrow, and refuses the column, though the same type from
# pyarrow is read. A frame of rows that happen to have no value in one column is enough; a cast to any type helps.
#
# Seen on Python 3.11 with duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1:
#   polars Null: Invalid Input Error: an Arrow batch carried column 'x' with a non-zero null count but no validity bitmap
#   polars Int8: [(1, None), (2, None)]
#   pyarrow null: [(1, None), (2, None)]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import duckdb
import polars as pl
import pyarrow as pa


class Stream:
    """Hands out what Arrow's stream interface does, and nothing else."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, schema=None):
        return self.table.__arrow_c_stream__(schema)


def read(table):
    session = duckdb.connect()
    session.register("t", Stream(table))
    try:
        return str(session.execute("SELECT y, x FROM t").fetchall())
    except duckdb.Error as error:
        return str(error)


frame = pl.DataFrame({"y": [1, 2], "x": [None, None]})
seen = {
    "polars Null": read(frame),
    "polars Int8": read(frame.with_columns(pl.col("x").cast(pl.Int8))),
    "pyarrow null": read(pa.table({"y": [1, 2], "x": pa.nulls(2)})),
}
for what, result in seen.items():
    print(f"{what}: {result}")
values = "[(1, None), (2, None)]"
refused = "no validity bitmap" in seen["polars Null"]
raise SystemExit(0 if refused and seen["polars Int8"] == seen["pyarrow null"] == values else "this changed")
PY
