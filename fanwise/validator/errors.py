"""The error tree of the validator.

    ValidatorError        base of all errors below
    ├── ContractError     a contract cannot be used as it is (all problems at once)
    ├── SourceError       the source cannot be opened at all
    ├── BaselineError     a baseline is no report of an earlier audit
    └── QueryError        a table that could be opened cannot be read to its end; the audit turns it into a finding

What is wrong with the *content* of a source is never an exception: it becomes a finding of the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["BaselineError", "ContractError", "Problem", "QueryError", "SourceError", "ValidatorError"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the place, why it is wrong, and the way out. `line` is 1-based, 0 where unknown."""

    why: str
    place: str = ""
    hint: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        place = f"{self.place}: " if self.place else ""
        hint = f" Hint: {self.hint}" if self.hint else ""
        return f"{where}{place}{self.why}{hint}"


class ValidatorError(Exception):
    """Base of the validator's errors; `problems` says what, where, why, and the way out."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ContractError(ValidatorError):
    """A contract breaks its schema or names what is not there."""


class SourceError(ValidatorError):
    """The source cannot be opened: no such folder, nothing in it, not readable."""


class BaselineError(ValidatorError):
    """A baseline cannot be compared with: no such file, no JSON, no report."""


class QueryError(ValidatorError):
    """A query failed: a file is damaged, a value does not fit its type, memory or disk is short."""
