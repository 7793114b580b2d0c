"""Who watches a run."""

from __future__ import annotations

__all__ = ["Observer"]


class Observer:
    """Receives the progress of a run. This one ignores it."""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        """The step `stage` begins, with its expected number of rows (0 if it does not count rows)."""

    def advance(self, rows: int, size: int = 0) -> None:
        """So many more rows are done, and `size` bytes are written so far."""

    def step(self, what: str, done: int, total: int) -> None:
        """The part `what` of a step begins that counts parts: so many of them are done."""
