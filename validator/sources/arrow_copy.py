"""Copy Arrow IPC files into one Parquet file: `python arrow_copy.py TARGET FILE…`. Says why not on standard output."""

from __future__ import annotations

import sys


def copy(target: str, files: list[str]) -> int:
    """Return 0 once `target` holds the rows of `files` in order, 1 where they cannot be read."""
    import polars as pl

    try:
        pl.scan_ipc(files, glob=False).sink_parquet(target, compression="lz4")
    except (pl.exceptions.PolarsError, OSError) as error:
        sys.stdout.write(f"{str(error).splitlines()[0] if str(error) else type(error).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(copy(sys.argv[1], sys.argv[2:]))
