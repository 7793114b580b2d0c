#!/usr/bin/env bash
# DuckDB's json_valid calls texts valid that are not JSON: NaN, infinities, and a comma before a closing bracket.
#
# RFC 8259 has neither, and PostgreSQL, SQLite and Python's strict readers refuse them. A check of a text column by
# json_valid, or a cast to the type JSON, therefore passes rows that the next database cannot load: a float that was NaN
# when it was put into the text is the usual one. What works is to remove the strings and look for these words in the rest.
#
# Seen with DuckDB 2.0.1 and the SQLite of Python 3.11:
#   {"a": NaN}: duckdb True, cast {"a": NaN}, sqlite 0
#   [-Infinity]: duckdb True, cast [-Infinity], sqlite 0
#   [1, 2,]: duckdb True, cast [1, 2,], sqlite 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/valid.py" <<'PY'
import sqlite3
import sys

import duckdb

print(f"DuckDB {duckdb.__version__}, SQLite {sqlite3.sqlite_version}")
changed = False
for text in ('{"a": NaN}', "[-Infinity]", "[1, 2,]"):
    valid, cast = duckdb.execute("SELECT json_valid($1), CAST(TRY_CAST($1 AS JSON) AS VARCHAR)", [text]).fetchone()
    strict = sqlite3.connect(":memory:").execute("SELECT json_valid(?)", [text]).fetchone()[0]
    print(f"{text}: duckdb {valid}, cast {cast}, sqlite {strict}")
    changed |= (valid, cast, strict) != (True, text, 0)
sys.exit("this changed" if changed else 0)
PY
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "duckdb==2.0.1"
"$folder/venv/bin/python" "$folder/valid.py"
