#!/usr/bin/env bash
# Polars 2.1.0: a relaxed concat of a date column and an integer column makes days since 1970 of the dates.
#
# `pl.concat([a, b], how="vertical_relaxed")` looks for a common type. For Date and Int64 it finds Int64, without an
# error or a warning. Parts of one table that disagree on a type (one part holds dates, another holds numbers) then
# become one column of plausible integers. The expression `when/then/otherwise` on the same two types keeps Date.
#
# Seen on Python 3.11 with polars 2.1.0:
#   concat:    Int64 [19723, 5]
#   when/then: Date
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PY'
import datetime as dt

import polars as pl

day, number = dt.date(2024, 1, 1), 5
column = pl.concat([pl.DataFrame({"d": [day]}), pl.DataFrame({"d": [number]})], how="vertical_relaxed")["d"]
chosen = pl.select(pl.when(True).then(pl.lit(day)).otherwise(pl.lit(number)).alias("d"))["d"].dtype
print(f"concat:    {column.dtype} {column.to_list()}\nwhen/then: {chosen}")
seen = (column.dtype, column.to_list(), chosen)
raise SystemExit(0 if seen == (pl.Int64, [19723, 5], pl.Date) else "this changed")
PY
