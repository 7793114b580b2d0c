#!/usr/bin/env bash
# Polars 2.1.0: str.json_path_match changes numbers. It reads a number inexactly and writes it anew, so the text that it
# returns is not the one in the document, and often not the same double: of 200,000 doubles from 0 to 1000, written by
# Python's json, about one in ten comes back as a neighbour. str.json_decode of the same texts is exact, and so is
# json_extract_string of DuckDB 2.0.1. Exponents and trailing zeros change, too: 1e22 becomes 1e+22 in Polars.
#
# Who extracts amounts or ids from JSON with one engine and joins or compares with the other loses rows.
#
# Seen on Python 3.11:
#   472.74908866546684 -> polars 472.7490886654669, duckdb 472.74908866546684
#   json_path_match: 20679 of 200000 changed; json_decode: 0; duckdb: 0
#   1e22 -> polars 1e+22, duckdb 1e22
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import json
import random

import duckdb
import polars as pl

random.seed(3)
values = [random.uniform(0, 1000) for _ in range(200_000)]
texts = [json.dumps({"a": value}) for value in values]


def matched(documents):
    return pl.DataFrame({"t": documents}).select(pl.col("t").str.json_path_match("$.a"))["t"].to_list()


def extracted(documents):
    frame = pl.DataFrame({"t": documents})
    return [text for (text,) in duckdb.sql("SELECT json_extract_string(t, '$.a') FROM frame").fetchall()]


path, other = matched(texts), extracted(texts)
decoded = pl.Series(texts).str.json_decode(pl.Struct({"a": pl.Float64})).struct.field("a").to_list()
changed = [float(text) != value for text, value in zip(path, values)]
first = changed.index(True)
counts = sum(changed), sum(a != b for a, b in zip(decoded, values)), sum(float(a) != b for a, b in zip(other, values))
large = matched(['{"a": 1e22}'])[0], extracted(['{"a": 1e22}'])[0]
print(f"{values[first]!r} -> polars {path[first]}, duckdb {other[first]}")
print(f"json_path_match: {counts[0]} of 200000 changed; json_decode: {counts[1]}; duckdb: {counts[2]}")
print(f"1e22 -> polars {large[0]}, duckdb {large[1]}")
raise SystemExit(0 if counts == (20679, 0, 0) and large == ("1e+22", "1e22") else "this changed")
PY
