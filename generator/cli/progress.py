"""The progress bar of a run, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generator.cli.screen import Screen
from generator.run import Observer

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def watching(screen: Screen) -> Iterator[Observer]:
    """Yield an observer that draws a bar on standard error where a person watches, and a silent one elsewhere."""
    if not screen.lively:
        yield Observer()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:>14,.0f} rows"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


class _Bar(Observer):
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def begin(self, stage: str, rows: float = 0.0) -> None:
        self._progress.reset(self._task, description=stage, total=rows or None)

    def advance(self, rows: int, size: int = 0) -> None:
        self._progress.advance(self._task, rows)
