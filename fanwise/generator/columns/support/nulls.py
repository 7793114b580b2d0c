"""Where a value may be null because something that it is made of may be."""

from __future__ import annotations

from typing import Any, Protocol

from fanwise.generator.language.spec import ByKey, End, Expression, Generator, Path

__all__ = ["Nullability", "may_be_undetermined"]


class Nullability(Protocol):
    """Which columns of a plan may be null."""

    def column(self, table: str, name: str) -> bool:
        """Return whether a column may be null."""
        ...

    def path(self, path: Path) -> bool:
        """Return whether what a path leads to may be null."""
        ...

    def childless(self, table: str) -> bool:
        """Return whether a row of the parent of `table` may have no rows there."""
        ...


def may_be_undetermined(value: Any, nulls: Nullability) -> bool:
    """Return whether a parameter, or one inside it, may have no value for some row."""
    if isinstance(value, Path):
        return nulls.path(value)
    if isinstance(value, End):
        return value.path is not None and nulls.path(value.path)
    if isinstance(value, ByKey):
        return value.default is None and nulls.path(value.path)
    if isinstance(value, Generator):
        return any(may_be_undetermined(inner, nulls) for inner in value.params.values())
    if isinstance(value, Expression):
        return any(map(nulls.path, value.names.values()))
    return isinstance(value, tuple) and any(may_be_undetermined(inner, nulls) for inner in value)
