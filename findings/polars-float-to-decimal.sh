#!/usr/bin/env bash
# Polars 2.1.0 and DuckDB 2.0.1 cast the same double to different decimals, and both lose cents of large amounts.
#
# 0.125 is exact in binary. Cast to decimal(20,2) it becomes 0.12 in Polars and 0.13 in DuckDB: money that was computed
# as doubles and cast by one engine does not equal the same cast by the other. 1000000000000000.125 is exact as well, yet
# both engines give …0.16 where …0.12 or …0.13 is right, although decimal(20,2) has room for it.
#
# Seen on Python 3.11:
#   polars 2.1.0: 0.12 1000000000000000.16
#   duckdb 2.0.1: 0.13 1000000000000000.16
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1
"$folder/venv/bin/python" - <<'PY'
import duckdb
import polars as pl

values = [0.125, 1000000000000000.125]
one = [str(x) for x in pl.Series(values).cast(pl.Decimal(20, 2))]
query = "SELECT CAST(x AS DECIMAL(20, 2)) FROM (SELECT unnest(?::DOUBLE[]) AS x)"
other = [str(x) for (x,) in duckdb.execute(query, [values]).fetchall()]
print("polars 2.1.0:", *one)
print("duckdb 2.0.1:", *other)
seen = one, other
raise SystemExit(
    0 if seen == (["0.12", "1000000000000000.16"], ["0.13", "1000000000000000.16"]) else "this changed"
)
PY
