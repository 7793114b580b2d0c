"""The progress bar of a run, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fanwise.generator.cli.screen import Screen
from fanwise.generator.run.observer import Observer
from fanwise.text.numbers import bytes_text, decimal

if TYPE_CHECKING:
    from rich.progress import Progress

_SURE = 0.02  # of all rows, before the time left is shown: the first tables are small and start slowly


@contextmanager
def watching(screen: Screen) -> Iterator[Observer]:
    """Yield an observer that draws a bar on standard error where a person watches, and a silent one elsewhere."""
    if not screen.lively:
        yield Observer()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as progress:
        yield _Bar(progress)


class _Bar(Observer):
    """Shows rows, rate, bytes and time left of a stage that counts rows, and the share of one that counts parts."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, told="")

    def begin(self, stage: str, rows: float = 0.0) -> None:
        self._progress.reset(self._task, description=stage, total=rows or None, told="")

    def advance(self, rows: int, size: int = 0) -> None:
        self._progress.advance(self._task, rows)
        task = self._progress.tasks[self._task]
        self._progress.update(self._task, told=told(task.completed, task.total, task.elapsed or 0.0, size))

    def step(self, what: str, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total, told=f"{done / total:.0%}  {what}")


def told(rows: float, total: float | None, seconds: float, size: int) -> str:
    """Return the text beside the bar; an expected `total` that proves too small leaves no time, never less."""
    parts = [f"{decimal(rows, 0)} rows"]
    if seconds > 0 and rows > 0:
        rate = rows / seconds
        parts.insert(0, f"{min(rows / total, 1):.0%}") if total else None
        parts.append(f"{decimal(rate, 0)}/s")
        parts += [bytes_text(size)] if size else []
        if total is not None and rows >= _SURE * total:
            parts.append(f"{clock(max(0.0, total - rows) / rate)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
