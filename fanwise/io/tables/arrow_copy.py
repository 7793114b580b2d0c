"""The program that copies Arrow IPC files to Parquet: one request a line, one reply a line.

A request is the JSON of `[target, columns, file, …]`; for columns null no row is copied. A reply is the JSON of an
empty text, or of what is wrong.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

NAMES = Path(__file__).with_name("names.py")


def copied(target: str, columns: list[str] | None, files: list[str]) -> str:
    """Copy the rows of `files`, in order; return what is wrong, or nothing."""
    import polars as pl

    try:
        rows = pl.scan_ipc(files, glob=False)
        names = rows.collect_schema().names()
        if not all(name.strip() for name in names):
            rows = rows.rename(dict(zip(names, runpy.run_path(str(NAMES))["all_named"](names), strict=True)))
        (rows.head(0) if columns is None else rows.select(columns)).sink_parquet(target, compression="lz4")
    except (pl.exceptions.PolarsError, OSError) as error:
        return (str(error).splitlines() or [type(error).__name__])[0]
    except pl.exceptions.PanicException:
        return "not an Arrow IPC file, or damaged"
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        target, columns, *files = json.loads(line)
        sys.stdout.write(json.dumps(copied(target, columns, files)) + "\n")
        sys.stdout.flush()
