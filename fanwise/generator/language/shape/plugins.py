"""Column kinds of other packages, found by entry point.

A package registers a class under the group ``fanwise.columns``. Beside what every kind has, the class carries
``definitions``: for each of its names the entry of `$defs` by which the language reads and checks it.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from fanwise.generator.errors import Problem, UsageError

__all__ = ["ENTRY_POINTS", "plugin_classes", "plugin_definitions"]

ENTRY_POINTS = "fanwise.columns"


@cache
def plugin_classes() -> tuple[Any, ...]:
    """Return the registered classes in the order of their entry points' names.

    Raises UsageError, naming the package, for one that cannot be imported or does not say how it is written.
    """
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    return tuple(_loaded(entry) for entry in found)


@cache
def plugin_definitions() -> dict[str, dict[str, Any]]:
    """Return the `$defs` entry of every kind of every plugin, by the kind's name."""
    out: dict[str, dict[str, Any]] = {}
    for kind in plugin_classes():
        for name, definition in kind.definitions.items():
            if name in out:
                raise UsageError(f"two plugins have a kind '{name}'", hint="uninstall one of them")
            out[name] = definition
    return out


def _loaded(entry: EntryPoint) -> Any:
    package = entry.dist.name if entry.dist is not None else entry.value
    try:
        kind = entry.load()
    except Exception as error:  # whatever a foreign package does wrong is told by its name
        why = f"cannot be imported: {type(error).__name__}: {error}"
        raise UsageError(Problem(why, "mend or uninstall it", f"plugin {package}", entry.value)) from error
    names, definitions = set(getattr(kind, "names", ())), set(getattr(kind, "definitions", ()))
    if not names or names != definitions:
        why = f"its kinds are {sorted(names)}, and its definitions {sorted(definitions)}"
        raise UsageError(Problem(why, "give each kind its entry", f"plugin {package}", entry.value))
    return kind
