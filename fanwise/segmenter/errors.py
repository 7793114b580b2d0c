"""The errors of discovery, below those of every part (`fanwise.io.errors`).

InputError
├── MappingError            2   the mapping or an option does not fit
└── ModelError              2   a model file is damaged, of another version, or was tampered with
OutputError                 4   a result cannot be written; what was there before is whole
SourceError                 4   a source cannot be read, or what it holds cannot be used
"""

from __future__ import annotations

from fanwise.io.errors import FanwiseError, InputError, OutputError, SourceError
from fanwise.io.problems import Problem

__all__ = ["FanwiseError", "MappingError", "ModelError", "OutputError", "Problem", "SourceError"]


class MappingError(InputError):
    """The mapping, an option, or what is installed does not fit."""


class ModelError(InputError):
    """A model file cannot be used."""
