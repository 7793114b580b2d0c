"""The errors of discovery, each with the exit code that it stands for.

    DiscoveryError              5   base; raised itself only for a defect of the program
    ├── MappingError            2   the mapping, an option or the extra `discover` does not fit
    ├── ModelError              2   a model file is damaged, of another version, or was tampered with
    ├── OutputError             4   a result cannot be written; what was there before is whole
    └── SourceError             4   a source cannot be read, or what it holds cannot be used

Every class carries ``problems``: each says where, what was seen, why it is wrong, and the way out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DiscoveryError", "MappingError", "ModelError", "OutputError", "Problem", "SourceError"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: place (`file:line:column`, `table.column`, a file), why, and the way out."""

    why: str
    hint: str = ""
    place: str = ""

    def __str__(self) -> str:
        subject = f"{self.place}: " if self.place else ""
        return f"{subject}{self.why}.{f' Hint: {self.hint}' if self.hint else ''}"


class DiscoveryError(Exception):
    """Base of all errors of discovery; by itself a defect of the program."""

    exit_code = 5

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class MappingError(DiscoveryError):
    """The mapping, an option, or what is installed does not fit."""

    exit_code = 2


class ModelError(DiscoveryError):
    """A model file cannot be used."""

    exit_code = 2


class OutputError(DiscoveryError):
    """A result cannot be written; what was there before is whole."""

    exit_code = 4


class SourceError(DiscoveryError):
    """A source cannot be read, or what it holds cannot be used."""

    exit_code = 4
