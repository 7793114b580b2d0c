"""The errors that every part of Fanwise raises, and the exit code of each.

    FanwiseError                  5   base; raised itself only for a defect of the program
    ├── InputError                2   something that the user wrote cannot be used as it is
    │   └── MissingExtraError     2   an optional dependency is not installed
    ├── OutputError               4   writing failed; what was there before is whole
    └── SourceError               4   data cannot be read, or cannot be used
        ├── LostSourceError       4   a source went away while it was read
        ├── MissingTableError     4   a source has no table of this name
        └── QueryError            4   a query failed
            └── ConversionError   4   a value cannot be read as the type that was asked for

Each part adds its own below these. Every class carries ``problems``: what is wrong, where, why, and the way out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import overload

from fanwise.io.problems import Problem

__all__ = [
    "ConversionError", "FanwiseError", "InputError", "LostSourceError", "MissingExtraError", "MissingTableError",
    "OutputError", "QueryError", "SourceError",
]  # fmt: skip


class FanwiseError(Exception):
    """Base of all errors of Fanwise; by itself a defect of the program (exit code 5)."""

    exit_code = 5

    @overload
    def __init__(self, problems: Problem | Iterable[Problem], /) -> None: ...

    @overload
    def __init__(self, code: str, why: str, /, hint: str = "", path: str = "", value: str = "") -> None: ...

    def __init__(
        self,
        problems: str | Problem | Iterable[Problem],
        why: str = "",
        /,
        hint: str = "",
        path: str = "",
        value: str = "",
    ) -> None:
        """Take problems; or the code of one, why, a fix, its path and its value."""
        if isinstance(problems, str):
            problems = Problem(problems, why, hint, path, value)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(FanwiseError):
    """Something that the user wrote cannot be used as it is."""

    exit_code = 2


class MissingExtraError(InputError):
    """An optional dependency is not installed."""


class OutputError(FanwiseError):
    """Writing failed; what was there before is whole."""

    exit_code = 4


class SourceError(FanwiseError):
    """Data cannot be read, or what they hold cannot be used."""

    exit_code = 4


class LostSourceError(SourceError):
    """The source went away while it was read, so that nothing else of it can be read either."""


class MissingTableError(SourceError):
    """The source has no such table."""


class QueryError(SourceError):
    """A query failed: a file is damaged, a value does not fit its type, memory or disk is short."""


class ConversionError(QueryError):
    """A value cannot be read as the type that was asked for."""
