#!/usr/bin/env bash
# DuckDB 2.0.1 (a patch release) rounds doubles in another way than 2.0.0.
#
# `round(2.675::DOUBLE, 2)` is 2.68 in 2.0.0 and 2.67 in 2.0.1. The true binary value lies a little below 2.675, so each
# answer can be defended, but neither release rounds as people do on paper: over the halves 0.005, 0.015, … 9.995,
# 2.0.0 differs from "half away from zero on the decimal that is printed" in 68 of 1000, 2.0.1 in 480 of 1000. A check
# such as `total = round(net * rate, 2)`, evaluated by DuckDB over data that were rounded elsewhere, passed one day and
# failed for a few percent of the rows the next. A range such as `duckdb>=2.0,<2.1` does not protect against it.
#
# Seen on Python 3.11:
#   2.0.0: 2.68, rows that differ from half away from zero on the decimal: 68 of 1000
#   2.0.1: 2.67, rows that differ from half away from zero on the decimal: 480 of 1000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/rounded.py" <<'PY'
import sys
from decimal import ROUND_HALF_UP, Decimal

import duckdb

value = duckdb.sql("SELECT round(2.675::DOUBLE, 2)").fetchall()[0][0]
halves = [n / 1000 for n in range(5, 10_005, 10)]  # 0.005, 0.015, … 9.995
asked = duckdb.execute("SELECT round(x, 2) FROM (SELECT unnest(?::DOUBLE[]) AS x)", [halves]).fetchall()
wanted = [float(Decimal(repr(x)).quantize(Decimal("0.01"), ROUND_HALF_UP)) for x in halves]
differ = sum(got != want for (got,), want in zip(asked, wanted, strict=True))
print(f"{duckdb.__version__}: {value}, rows that differ from half away from zero on the decimal: {differ} of {len(halves)}")
sys.exit(0 if (value, differ) == {"2.0.0": (2.68, 68), "2.0.1": (2.67, 480)}[duckdb.__version__] else "this changed")
PY
for version in 2.0.0 2.0.1; do
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/venv/bin/python" "$folder/rounded.py"
done
