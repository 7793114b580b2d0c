"""Arrow IPC files, copied to Parquet by a process of its own.

DuckDB reads Arrow IPC only through an extension. Polars reads it, but panics on some damaged files, which writes to
standard error past Python, and its memory maps may end the process: neither may happen in the caller's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from fanwise.io.errors import SourceError

__all__ = ["ArrowCopier"]

PROGRAM = Path(__file__).with_name("arrow_copy.py")


class ArrowCopier:
    """The other process: started for the first file, and again where a file has ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def copy(self, files: Sequence[Path], target: Path, columns: Iterable[str] | None = None) -> None:
        """Write the rows of `files` to `target`, in order; without `columns` their types only.

        Raises SourceError where the files cannot be read.
        """
        process = self._process if self._process is not None else self._start()
        wanted = None if columns is None else list(columns)
        reply = ""
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([str(target), wanted, *map(str, files)]) + "\n")
            process.stdin.flush()
            reply = process.stdout.readline()
        except OSError:
            reply = ""  # it has ended, as an empty reply says too
        if not reply:
            self.close()
        why = json.loads(reply) if reply else "not an Arrow IPC file, or damaged: reading it ended the process"
        if why:
            raise SourceError("FW-SOURCE-UNREADABLE", str(why), "write the file again.", str(files[0]))

    def _start(self) -> subprocess.Popen[str]:
        path = os.pathsep.join(place for place in sys.path if place)
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        )
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None
