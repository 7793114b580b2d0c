"""The progress bar of discovery, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fanwise.generator.cli.screen import Screen
from fanwise.segmenter.api import Watcher

__all__ = ["watching"]

_BAR = 24  # columns


@contextmanager
def watching(screen: Screen) -> Iterator[Watcher | None]:
    """Yield what draws a bar on standard error where a person watches, else None."""
    if not screen.lively:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<9}"), BarColumn(bar_width=_BAR), TextColumn("{task.fields[told]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task, seen = progress.add_task("read", total=None, told=""), "read"

        def watcher(stage: str, done: int, total: int) -> None:
            nonlocal seen
            if stage != seen:
                progress.reset(task, description=stage, total=total or None, told="")
                seen = stage
            progress.update(task, completed=done, total=total or None, told=f"{done:,} of {total:,}" if total else "")

        yield watcher
