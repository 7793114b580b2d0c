"""Which axes act on a law, and where the file says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fanwise.generator.language.spec import Column, Covariate, Dataset, Fanout, Generator, Multiplier, Path
from fanwise.io.problems import dotted
from fanwise.validator import Source

__all__ = ["AxisEffect", "axis_effects", "inner_effects", "source_of"]


@dataclass(frozen=True, slots=True)
class AxisEffect:
    """One axis at work on one law.

    path: from the law's scope to the axis. declared: the place of its first declaration. factors: its multiplier for
    each segment, or None where a parameter is given per segment too.
    """

    path: Path
    declared: tuple[str | int, ...]
    factors: Mapping[str, float] | None

    @property
    def axis(self) -> str:
        """The name of the axis."""
        assert self.path.axis is not None
        return self.path.axis


def source_of(dataset: Dataset, place: tuple[str | int, ...]) -> Source:
    """Return where a part of a schema is declared, as a contract says it."""
    mark = dataset.mark(place)
    return Source(dataset.file, mark.line if mark else 0, dotted(place))


def axis_effects(dataset: Dataset, generator: Generator, *, nested: bool = False) -> list[AxisEffect]:
    """Return the axes at work on a generator: first those of its parameters, then those of multipliers alone.

    nested: parameters of the generators in its parameters, too.
    """
    found: dict[Covariate, AxisEffect] = {}
    inner = [value for value in generator.params.values() if nested and isinstance(value, Generator)]
    for parameter in (given for one in (generator, *inner) for given in one.by_key):
        if parameter.path.axis:
            found.setdefault(parameter.path.covariate, AxisEffect(parameter.path, parameter.place, None))
    for multiplier in generator.multipliers:
        if multiplier.path.axis:
            effect = AxisEffect(multiplier.path, multiplier.place, _per_segment(dataset, multiplier))
            found.setdefault(multiplier.path.covariate, effect)
    return list(found.values())


def inner_effects(dataset: Dataset, generator: Generator) -> list[AxisEffect]:
    """Return the axes at work on the parts of a nested value, and on the length of a list."""
    return [effect for part in _parts(generator.params) for effect in axis_effects(dataset, part)]


def _parts(given: Any) -> Iterator[Generator]:
    if isinstance(given, Column | Fanout):
        yield given.generator
        yield from _parts(given.generator.params)
    elif isinstance(given, Mapping):
        for value in given.values():
            yield from _parts(value)


def _per_segment(dataset: Dataset, multiplier: Multiplier) -> dict[str, float]:
    default = 1.0 if multiplier.default is None else multiplier.default
    segments = dataset.axes[multiplier.path.axis or ""].segments
    return {segment: multiplier.factors.get(segment, default) for segment in segments}
