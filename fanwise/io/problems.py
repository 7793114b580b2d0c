"""What is wrong, as every message of Fanwise says it: one problem with its place, and the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Mark", "Problem", "nearest"]

MAX_COMPARED = 1000  # names; beyond that only those that begin alike, since each comparison takes a while


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file: 1-based line and column."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what was seen, why it is wrong, and the way out."""

    why: str
    hint: str = ""
    path: str = ""
    value: str = ""
    mark: Mark | None = None
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.mark.line}:{self.mark.column}: " if self.mark and self.file else ""
        subject = f"{self.path}: " if self.path else ""
        seen = f"{self.value}: " if self.value else ""
        stop = "" if self.why.endswith((".", "!", "?", "…")) else "."
        hint = f"{stop} Hint: {self.hint}" if self.hint else ""
        return f"{place}{subject}{seen}{self.why}{hint}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that names the known word nearest to `name`, or lists the known words."""
    choices = sorted(set(known))
    if len(choices) > MAX_COMPARED:
        choices = [choice for choice in choices if choice[:1].lower() == name[:1].lower()][:MAX_COMPARED]
    match = difflib.get_close_matches(name, choices, n=1, cutoff=0.6) or [
        choice for choice in choices if choice.lower() == name.lower()
    ]
    if match:
        return f"did you mean '{match[0]}'?"
    return f"known: {', '.join(choices[:12])}{', …' if len(choices) > 12 else ''}" if choices else ""
