"""Optional dependencies: imported when they are needed, and how to install them said when they are not there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fanwise.io.errors import MissingExtraError

__all__ = ["require"]

_PACKAGES = {
    "adbc_driver_postgresql": "adbc-driver-postgresql",
    "adbc_driver_sqlite": "adbc-driver-sqlite",
    "sklearn": "scikit-learn",
}
"""The package that a module comes from, where the two have different names."""


def require(module: str, extra: str, purpose: str) -> Any:
    """Return the module of an optional dependency (MissingExtraError with the way to install it)."""
    try:
        return import_module(module)
    except ImportError as error:
        name = _PACKAGES.get(module.partition(".")[0], module.partition(".")[0])
        hint = f"install it: pip install 'fanwise[{extra}]'"
        raise MissingExtraError("FW-EXTRA-MISSING", f"{purpose} needs {name}, which is not installed", hint) from error
