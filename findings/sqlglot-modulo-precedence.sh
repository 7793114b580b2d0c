#!/usr/bin/env bash
# sqlglot 30.17.0 groups `7 % 4 * 2` as `7 % (4 * 2)`, also when it reads DuckDB's dialect; 30.18.0 reads it right.
#
# DuckDB, PostgreSQL and SQLite compute from left to right: (7 % 4) * 2 = 6. A tree that is compiled to other code,
# such as Polars expressions, gets 7 % 8 = 7. The text that sqlglot writes back has no brackets and looks unchanged, so
# a test of the round trip does not show it. A floor such as `sqlglot>=30` lets the wrong tree in.
#
# Seen on Python 3.11 (operator at the root of the tree; DuckDB 2.0.1 computes 6):
#   30.17.0: Mod
#   30.18.0: Mul
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/parsed.py" <<'PY'
import sys

import duckdb
import sqlglot

root = type(sqlglot.parse_one("7 % 4 * 2", dialect="duckdb")).__name__
computed = duckdb.sql("SELECT 7 % 4 * 2").fetchall()[0][0]
print(f"{sqlglot.__version__}: {root} (DuckDB computes {computed})")
sys.exit(0 if (root, computed) == ({"30.17.0": "Mod", "30.18.0": "Mul"}[sqlglot.__version__], 6) else "this changed")
PY
for version in 30.17.0 30.18.0; do
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "sqlglot==$version" duckdb==2.0.1
  "$folder/venv/bin/python" "$folder/parsed.py"
done
