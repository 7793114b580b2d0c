"""The errors of an audit, below those of every part (`fanwise.io.errors`).

    InputError
    ├── ContractError     2   a contract cannot be used as it is (all problems at once)
    └── BaselineError     2   a baseline is not the report of an earlier audit
    SourceError           4   the source cannot be opened at all
    └── QueryError        4   a table that could be opened cannot be read to its end; the audit turns it into a finding

What is wrong with the *content* of a source is never an exception: it becomes a finding of the report.
"""

from __future__ import annotations

from fanwise.io.errors import InputError, QueryError, SourceError
from fanwise.io.problems import Problem

__all__ = ["BaselineError", "ContractError", "Problem", "QueryError", "SourceError"]


class ContractError(InputError):
    """A contract breaks its schema or names what is not there."""


class BaselineError(InputError):
    """A baseline cannot be compared with: no such file, no JSON, no report."""
