"""Relational data whose segments really differ: generated, audited, discovered.

    >>> import fanwise
    >>> fanwise.dataset("ecommerce", rows={"customer": 5})["customer"].height
    5

Importing this package is light; each part is imported when its first name is used. More names stand in the packages
`fanwise.validator` (contracts, reports, forecasts) and `fanwise.segmenter` (models, assignment, drift).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanwise import generator as generator
    from fanwise import segmenter as segmenter
    from fanwise import validator as validator
    from fanwise.generator.api.dataset import Dataset as Dataset
    from fanwise.generator.api.dataset import dataset as dataset
    from fanwise.generator.api.explain import Explanation as Explanation
    from fanwise.generator.errors import AuditFailed as AuditFailed
    from fanwise.generator.errors import FanwiseError as FanwiseError
    from fanwise.generator.errors import Inconclusive as Inconclusive
    from fanwise.generator.errors import InputError as InputError
    from fanwise.generator.errors import MissingExtraError as MissingExtraError
    from fanwise.generator.errors import OutputError as OutputError
    from fanwise.generator.errors import PlanError as PlanError
    from fanwise.generator.errors import SchemaError as SchemaError
    from fanwise.generator.errors import UsageError as UsageError
    from fanwise.generator.language import load as load
    from fanwise.generator.language.document.resources import ready_names as ready_names
    from fanwise.segmenter.api import discover as discover
    from fanwise.validator.auditing import audit as audit
    from fanwise.validator.contract.load import load_contract as load_contract
    from fanwise.validator.testing import assert_distinct as assert_distinct

_HOMES = {
    "AuditFailed": "generator.errors",
    "Dataset": "generator.api.dataset",
    "Explanation": "generator.api.explain",
    "FanwiseError": "generator.errors",
    "Inconclusive": "generator.errors",
    "InputError": "generator.errors",
    "MissingExtraError": "generator.errors",
    "OutputError": "generator.errors",
    "PlanError": "generator.errors",
    "SchemaError": "generator.errors",
    "UsageError": "generator.errors",
    "assert_distinct": "validator.testing",
    "audit": "validator.auditing",
    "dataset": "generator.api.dataset",
    "discover": "segmenter.api",
    "load": "generator.language",
    "load_contract": "validator.contract.load",
    "ready_names": "generator.language.document.resources",
}
_PACKAGES = frozenset({"generator", "segmenter", "validator"})

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name in _PACKAGES:
        return import_module(f"fanwise.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'fanwise' has no attribute '{name}'")
    return getattr(import_module(f"fanwise.{home}"), name)


def __dir__() -> list[str]:
    return __all__
