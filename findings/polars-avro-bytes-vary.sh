#!/usr/bin/env bash
# Polars 2.1.0: a compressed Avro file of the same frame has different bytes from one write to the next.
#
# `write_avro(compression="deflate")` puts two entries into the file header, the schema and the codec, in an order that
# varies even within one process. Uncompressed files have one entry and are stable. Whoever proves by a hash that two
# runs wrote the same data (manifests, caches, build systems) sees a difference that is none; the rows are equal.
#
# Seen on Python 3.11 with polars 2.1.0:
#   uncompressed: 1 hash in 60 writes
#   deflate:      2 hashes in 60 writes
#   snappy:       2 hashes in 60 writes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PY'
import hashlib
import io

import polars as pl

frame, seen = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}), {}
for compression in ("uncompressed", "deflate", "snappy"):
    hashes = set()
    for _ in range(60):
        file = io.BytesIO()
        frame.write_avro(file, compression=compression)
        hashes.add(hashlib.sha256(file.getvalue()).hexdigest())
    seen[compression] = len(hashes)
    noun = "hash" if len(hashes) == 1 else "hashes"
    print(f"{compression + ':':13} {len(hashes)} {noun} in 60 writes")
raise SystemExit(0 if list(seen.values()) == [1, 2, 2] else "this changed")
PY
