"""The files that a command of discovery is to write, looked at before any work is done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fanwise.generator.errors import OutputError, Problem, UsageError

__all__ = ["check_targets", "report_files"]


def report_files(asked: Sequence[str]) -> list[Path]:
    """Return the files of `--report`; UsageError for an ending that no profile has."""
    from fanwise.segmenter.report import ENDINGS

    for text in asked:
        if Path(text).suffix not in ENDINGS:
            why = f"--report {text}: unknown ending '{Path(text).suffix}'"
            raise UsageError("FW-USAGE-VALUE", why, f"use {', '.join(ENDINGS)}")
    return [Path(text) for text in asked]


def check_targets(results: Sequence[Path], reports: Sequence[Path], *, force: bool = False) -> None:
    """Raise OutputError with all files that could not be written in the end; reports replace older ones."""
    problems = [problem for path in (*results, *reports) if (problem := _refused(path)) is not None]
    problems += [
        Problem("FW-OUTPUT-EXISTS", "exists", path=str(path)) for path in results if path.is_file() and not force
    ]
    if problems:
        raise OutputError(problems)


def _refused(path: Path) -> Problem | None:
    folder = path.parent
    if path.is_dir():
        return Problem(
            "FW-OUTPUT-FOLDER", "is a folder, not a file", f"give a file, such as {path / 'model.json'}", str(path)
        )
    if not folder.is_dir():
        return Problem("FW-OUTPUT-FOLDER", f"there is no folder {folder}", path=str(path))
    if not os.access(folder, os.W_OK):
        return Problem("FW-OUTPUT-FOLDER", f"the folder {folder} is not writable", path=str(path))
    return None
