"""Plug-ins: what other packages register by entry point, beside what is built in.

A plug-in that cannot be used is left out with a `PluginWarning`, which names its package, its entry point and the
reason. Everything else works.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Container, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["PluginWarning", "registered"]

T = TypeVar("T")


class PluginWarning(UserWarning):
    """A plug-in cannot be used, and is left out."""


def registered(
    group: str,
    builtin: Iterable[T],
    names: Callable[[T], Iterable[str]],
    members: Sequence[str],
    *,
    taken: Container[str] = (),
) -> dict[str, T]:
    """Return what is built in and what plug-ins add to it, by name: built-in things first, then by entry point.

    group: the group of entry points, such as "fanwise.formats". names: returns the names that one thing has. members:
    attributes that a plug-in must have. taken: names that a plug-in may not have beside those that are built in.

    A plug-in is left out with a PluginWarning where its import fails, a member is missing, or a name is built in; where
    two plug-ins have the same name, both are left out, since their order would be an accident. Callers keep the result.
    """
    found = {name: thing for thing in builtin for name in names(thing)}
    refused = set(found)
    owners: dict[str, EntryPoint] = {}
    for entry in sorted(_installed().select(group=group), key=lambda entry: (entry.name, entry.value)):
        try:
            thing: T = entry.load()
            missing = [member for member in members if not hasattr(thing, member)]
            if missing:
                raise TypeError(f"it has no {' and no '.join(missing)}")
            own = tuple(names(thing))
        except (Exception, SystemExit) as error:  # whatever the package of somebody else does as it is imported
            _warn(entry, f"cannot be used: {type(error).__name__}: {error}")
            continue
        for name in own:
            if name in refused or name in taken:
                _warn(entry, f"'{name}' is built in already. The plug-in must give it another name")
            elif name in owners:
                found.pop(name, None)
                _warn(entry, f"'{name}' is also a name of {_shown(owners[name])}. Uninstall one of the two packages")
            else:
                found[name], owners[name] = thing, entry
    return found


@cache
def _installed() -> Any:
    """Return the entry points of all installed packages; to look through them takes some milliseconds."""
    from importlib.metadata import entry_points

    return entry_points()


def _shown(entry: EntryPoint) -> str:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown package"
    return f"{package} ({entry.group}: {entry.name} = {entry.value})"


@cache
def _warn(entry: EntryPoint, why: str) -> None:
    """Warn once: files are written and read by the plug-ins of one group, and both sides ask for them."""
    warnings.warn(f"plug-in {_shown(entry)}: {why}.", PluginWarning, stacklevel=2)
