#!/usr/bin/env bash
# Pointblank's col_vals_ge, col_vals_le and their relatives raise an error on a Polars column of decimals.
#
# They ask each value whether it is NaN, which Polars refuses for decimals, so the whole interrogation ends with an exception
# and not with a failed step. Money is the usual column of decimals. The same comparison as an expression (col_vals_expr) works.
#
# Seen with Pointblank 1.1.1 and Polars 2.1.0:
#   float64 col_vals_ge: passed
#   decimal col_vals_ge: InvalidOperationError: `is_nan` operation not supported for dtype `decimal[9,2]`
#   decimal col_vals_expr: passed
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/bounds.py" <<'PY'
import sys
from decimal import Decimal

import pointblank as pb
import polars as pl

print(f"Pointblank {pb.__version__}, Polars {pl.__version__}")
floats = pl.DataFrame({"price": [1.5, 2.5]})
decimals = floats.with_columns(pl.col("price").cast(pl.Decimal(9, 2)))


def outcome(steps):
    try:
        return "passed" if steps.interrogate().all_passed() else "failed"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"


found = [
    outcome(pb.Validate(floats).col_vals_ge(columns="price", value=0)),
    outcome(pb.Validate(decimals).col_vals_ge(columns="price", value=0)),
    outcome(pb.Validate(decimals).col_vals_expr(expr=pl.col("price") >= Decimal(0))),
]
for name, text in zip(["float64 col_vals_ge", "decimal col_vals_ge", "decimal col_vals_expr"], found):
    print(f"{name}: {text}")
as_seen = found[0] == found[2] == "passed" and "is_nan" in found[1]
sys.exit(0 if as_seen else "this changed")
PY
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "pointblank==1.1.1" "polars==2.1.0"
"$folder/venv/bin/python" "$folder/bounds.py"
