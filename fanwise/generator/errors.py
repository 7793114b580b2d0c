"""The error tree of Fanwise and the exit code of each error.

    FanwiseError                  5   base; raised itself only for a defect of the program
    ├── InputError                2   something that the user wrote cannot be used as it is
    │   ├── SchemaError           2   the YAML text breaks the language (all problems at once)
    │   ├── PlanError             2   the text is well formed, but no data set can satisfy it
    │   │   └── TooManyRows       2   rows that are made together have more rows below them than can be made
    │   ├── UsageError            2   a wrong argument of the command line or the Python API
    │   └── MissingExtraError     2   an optional dependency is not installed
    ├── AuditFailed               1   the data, or its forecast, contradicts the schema
    ├── Inconclusive              3   too little data to tell
    ├── OutputError               4   reading or writing failed; what was there before is whole
    └── SourceError               4   data cannot be read, or cannot be used

Every class carries ``problems``: each says what, where (file:line:column and path), why, and the way out.
"""

from __future__ import annotations

from fanwise.io.errors import FanwiseError, InputError, MissingExtraError, OutputError, SourceError
from fanwise.io.problems import Mark, Problem, nearest

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
    "SourceError",
    "TooManyRows",
    "UsageError",
    "nearest",
]


class SchemaError(InputError):
    """The YAML text breaks the language."""


class PlanError(InputError):
    """The text is well formed, but no data set can satisfy it."""


class TooManyRows(PlanError):
    """More rows below rows that are made together than can be made at once."""


class UsageError(InputError):
    """A wrong argument of the command line or of the Python API."""


class AuditFailed(FanwiseError):
    """The data, or its forecast, contradicts what the schema declares."""

    exit_code = 1


class Inconclusive(FanwiseError):
    """Too little data to tell whether the segments behave as declared."""

    exit_code = 3
