"""Column kinds and distributions of other packages, and how the language reads them.

Both become words of the language, so beside what every kind or distribution has, a plug-in has `definitions`: for each
of its names the entry of `$defs` by which a schema is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from fanwise.generator.language.shape.definitions import PLACES, language_schema
from fanwise.io.plugins import registered

__all__ = ["plugin_definitions", "plugin_distributions", "plugin_kinds"]

_FAMILY = (
    "name", "discrete", "integral_scale", "definitions", "check", "scale", "mean", "variance", "bounded_mean",
    "bounded_variance", "upper", "sampler", "nature", "support", "dispersion",
)  # fmt: skip


@cache
def plugin_kinds() -> Mapping[str, Any]:
    """Return the column kinds of plug-ins by name."""
    members = ("names", "definitions", "bind", "draw", "moments", "describe")
    return registered("fanwise.columns", (), lambda kind: _defined(kind, kind.names), members, taken=_words())


@cache
def plugin_distributions() -> Mapping[str, Any]:
    """Return the distributions of plug-ins by name; where a plug-in registers a class, an instance of it."""
    taken = _words() | plugin_kinds().keys()
    found: dict[str, Any] = registered(
        "fanwise.distributions", (), lambda law: _defined(law, [law.name]), _FAMILY, taken=taken
    )
    return {name: law() if isinstance(law, type) else law for name, law in found.items()}


@cache
def plugin_definitions() -> Mapping[str, dict[str, Any]]:
    """Return the `$defs` entry of every word that plug-ins add."""
    kinds = {name: kind.definitions[name] for name, kind in plugin_kinds().items()}
    return kinds | {name: _distribution(law, law.definitions[name]) for name, law in plugin_distributions().items()}


def _distribution(law: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a distribution: numbers may be drawn from it wherever from a built-in one of its sort."""
    only, yields = ("fanout", "integer") if law.discrete else ("lag", "number")
    kind = {"in": ["column", "value", only, "component"], "yields": yields, "factor": "mean × m"}
    return {**definition, "x-kind": kind | definition.get("x-kind", {})}


def _defined(plugin: Any, names: Iterable[str]) -> list[str]:
    """Return the names of a plug-in (raises ValueError where its definitions are for others)."""
    names = list(names)
    if not names or set(names) != set(plugin.definitions):
        raise ValueError(f"its names are {sorted(names)}, and its definitions are for {sorted(plugin.definitions)}")
    return names


@cache
def _words() -> frozenset[str]:
    """Return the words that the language has already."""
    definitions = language_schema()["$defs"]
    return frozenset(definitions).union(*(definitions[place]["properties"] for place in PLACES.values()))
