"""Relational data whose segments really differ: for tests, for notebooks, for files.

    >>> import generator
    >>> generator.dataset("ecommerce", rows={"customer": 5})["customer"].height
    5

Importing this package is light; the engine is imported by the first call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.api import Dataset as Dataset
    from generator.api import dataset as dataset
    from generator.errors import AuditFailed as AuditFailed
    from generator.errors import FanwiseError as FanwiseError
    from generator.errors import Inconclusive as Inconclusive
    from generator.errors import InputError as InputError
    from generator.errors import MissingExtraError as MissingExtraError
    from generator.errors import OutputError as OutputError
    from generator.errors import PlanError as PlanError
    from generator.errors import SchemaError as SchemaError
    from generator.errors import UsageError as UsageError
    from generator.explain import Explanation as Explanation
    from generator.language.resources import ready_names as ready_names

_HOMES = {
    "AuditFailed": "errors",
    "Dataset": "api",
    "Explanation": "explain",
    "FanwiseError": "errors",
    "Inconclusive": "errors",
    "InputError": "errors",
    "MissingExtraError": "errors",
    "OutputError": "errors",
    "PlanError": "errors",
    "SchemaError": "errors",
    "UsageError": "errors",
    "dataset": "api",
    "ready_names": "language.resources",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'generator' has no attribute '{name}'")
    return getattr(import_module(f"generator.{home}"), name)


def __dir__() -> list[str]:
    return __all__
