"""The error tree of Fanwise and the exit code that each error stands for.

    FanwiseError                  5   base; raised itself only for a defect of the program
    ├── InputError                2   something that the user wrote cannot be used as it is
    │   ├── SchemaError           2   the YAML text breaks the language (all problems at once)
    │   ├── PlanError             2   the text is well formed, but no data set can satisfy it
    │   ├── UsageError            2   a wrong argument of the command line or the Python API
    │   └── MissingExtraError     2   an optional dependency is not installed
    ├── AuditFailed               1   the data, or its forecast, contradicts the schema
    ├── Inconclusive              3   too little data to tell
    └── OutputError               4   reading or writing failed; what was there before is whole

Every class carries ``problems``: each says what, where (file:line:column and path), why, and the way out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "AuditFailed",
    "FanwiseError",
    "Inconclusive",
    "InputError",
    "Mark",
    "MissingExtraError",
    "OutputError",
    "PlanError",
    "Problem",
    "SchemaError",
    "UsageError",
    "nearest",
]

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


class FanwiseError(Exception):
    """Base of all errors of Fanwise; by itself a defect of the program (exit code 5)."""

    exit_code = 5

    def __init__(self, problems: Problem | str | Iterable[Problem], *, hint: str = "") -> None:
        if isinstance(problems, str):
            problems = Problem(why=problems, hint=hint)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(FanwiseError):
    """Something that the user wrote cannot be used as it is."""

    exit_code = 2


class SchemaError(InputError):
    """The YAML text breaks the language."""


class PlanError(InputError):
    """The text is well formed, but no data set can satisfy it."""


class UsageError(InputError):
    """A wrong argument of the command line or of the Python API."""


class MissingExtraError(InputError):
    """An optional dependency is not installed."""


class AuditFailed(FanwiseError):
    """The data, or its forecast, contradicts what the schema declares."""

    exit_code = 1


class Inconclusive(FanwiseError):
    """Too little data to tell whether the segments behave as declared."""

    exit_code = 3


class OutputError(FanwiseError):
    """Reading or writing failed; what was there before is whole."""

    exit_code = 4


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
