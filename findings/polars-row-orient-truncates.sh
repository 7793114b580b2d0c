#!/usr/bin/env bash
# Polars 2.1.0: rows with a fraction in an integer column lose the fraction without an error.
#
# `pl.DataFrame(rows, schema={"c": pl.Int64}, orient="row")` turns the row (1.5,) into 1, although `strict` is True by
# default. The same values given as a column raise TypeError, and text in the same place raises too. Whoever loads rows
# of a database cursor or a CSV reader this way (SQLite columns hold any type) changes data silently.
#
# Seen on Python 3.11 with polars 2.1.0:
#   rows:   [1, 1]
#   column: TypeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PY'
import polars as pl

rows = pl.DataFrame([(1,), (1.5,)], schema={"c": pl.Int64}, orient="row")["c"].to_list()
try:
    column = str(pl.DataFrame({"c": [1, 1.5]}, schema={"c": pl.Int64})["c"].to_list())
except TypeError:
    column = "TypeError"
print(f"rows:   {rows}\ncolumn: {column}")
raise SystemExit(0 if (rows, column) == ([1, 1], "TypeError") else "this changed")
PY
