"""Packages whose public names are imported when they are first used.

A package lists its names once, in `__init__.pyi`, one a line: `from .home import Name as Name`. Type checkers and
editors read that file; at run time `attach` reads the same lines, so the two cannot differ.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as in typing, whose import would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["attach"]


def attach(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package, from the stub beside its `__init__.py`.

    package: its `__name__`. Subpackages (`from . import name as name`) become attributes, too, but are not part of
    `__all__`. The returned `__getattr__` raises AttributeError for every other name.
    """
    spec: Any = sys.modules[package].__spec__
    # The loader reads the file, so that a zip archive works as well. pathlib would double the time of the import.
    stub = spec.loader.get_data(f"{spec.origin}i").decode()
    words = [line.split() for line in stub.splitlines() if line.startswith("from ")]
    homes = {name: home for _, home, _, name, *_ in words}
    names = sorted(name for name, home in homes.items() if home != ".")

    def load(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return import_module(f".{name}", package) if home == "." else getattr(import_module(home, package), name)

    return load, lambda: names, names
