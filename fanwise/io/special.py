"""The functions of scipy.special, without what else the import of that package does.

scipy.special 1.17 writes the documentation of its functions anew when it is imported, and looks at every attribute of
numpy, which loads numpy.testing and numpy.f2py. That takes five times as long as the functions themselves, which are in
one compiled module. They are taken from there: the same objects that scipy.special has. A name that is not among them,
or a scipy that keeps them elsewhere, is asked of scipy.special.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

__all__: list[str] = []

_PACKAGE = "scipy.special"
_COMPILED = f"{_PACKAGE}._ufuncs"


def __getattr__(name: str) -> Any:
    """Return a function of scipy.special, which is kept as a global of this module."""
    if name.startswith("__"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    found = getattr(_compiled(), name, None)
    if found is None:
        found = getattr(import_module(_PACKAGE), name)
    globals()[name] = found
    return found


def _compiled() -> ModuleType:
    """Return the module that has the functions: the compiled one where it is there or can be loaded alone."""
    if (loaded := sys.modules.get(_COMPILED)) is not None:
        return loaded
    spec = None if _PACKAGE in sys.modules or threading.active_count() > 1 else find_spec(_PACKAGE)
    if spec is None:
        return import_module(_PACKAGE)
    # The compiled module asks for its package, so it gets an empty one, which no other thread can see.
    sys.modules[_PACKAGE] = module_from_spec(spec)
    try:
        return import_module(_COMPILED)
    except ImportError:
        return ModuleType(_COMPILED)
    finally:
        del sys.modules[_PACKAGE]
