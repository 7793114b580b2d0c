"""Arrow IPC files, copied to Parquet by a process of its own.

DuckDB reads Arrow IPC only through an extension. Polars reads it, but panics on some damaged files, which writes to
standard error past Python, and its memory maps may end the process: neither may happen in the caller's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fanwise.validator.errors import Problem, QueryError

__all__ = ["ArrowCopier"]

PROGRAM = Path(__file__).with_name("arrow_copy.py")


@dataclass(slots=True)
class ArrowCopier:
    """The other process: started for the first file, and again where a file has ended it."""

    _process: subprocess.Popen[str] | None = None

    def copy(self, files: Sequence[Path], target: Path) -> None:
        """Write the rows of `files` to `target`, in order; raises QueryError where they cannot be read."""
        process = self._process if self._process is not None else self._start()
        if process.stdin is None or process.stdout is None:
            raise QueryError(Problem("the process that reads Arrow files has no pipes"))
        reply = ""
        try:
            process.stdin.write(json.dumps([str(target), *map(str, files)]) + "\n")
            process.stdin.flush()
            reply = process.stdout.readline()
        except OSError:
            reply = ""  # it has ended, as an empty reply says too
        if not reply:
            self.close()
            raise QueryError(Problem("not an Arrow IPC file, or damaged: reading it ended the process"))
        why = json.loads(reply)
        if why:
            raise QueryError(Problem(str(why)))

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
