"""The program that copies Arrow IPC files to Parquet: one request a line, `[target, file, …]`, one reply a line.

A reply is the JSON of an empty text, or of what is wrong.
"""

from __future__ import annotations

import json
import sys


def copied(target: str, files: list[str]) -> str:
    """Copy the rows of `files`, in order; return what is wrong, or nothing."""
    import polars as pl

    try:
        pl.scan_ipc(files, glob=False).sink_parquet(target, compression="lz4")
    except (pl.exceptions.PolarsError, OSError) as error:
        return (str(error).splitlines() or [type(error).__name__])[0]
    except pl.exceptions.PanicException:
        return "not an Arrow IPC file, or damaged"
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        target, *files = json.loads(line)
        sys.stdout.write(json.dumps(copied(target, files)) + "\n")
        sys.stdout.flush()
