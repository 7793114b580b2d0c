"""Which axes act on a law, and where the file says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fanwise.generator.errors import Mark
from fanwise.generator.language.spec import ByKey, Dataset, Generator, Multiplier, Path
from fanwise.generator.plan.profiles import Place

__all__ = ["Acting", "acting_on"]


@dataclass(frozen=True, slots=True)
class Acting:
    """One axis at work on one law.

    path: from the law's scope to the axis. where, mark: of its first declaration. factors: its multiplier for each
    segment, or None where a parameter is given per segment too.
    """

    path: Path
    where: str
    mark: Mark
    factors: Mapping[str, float] | None

    @property
    def axis(self) -> str:
        """The name of the axis."""
        assert self.path.axis is not None
        return self.path.axis

    @property
    def place(self) -> Place:
        """Where the segment stands, seen from the law's scope."""
        return self.path.steps, self.path.column


def acting_on(dataset: Dataset, generator: Generator) -> list[Acting]:
    """Return the axes at work on a generator: first those of its parameters, then those of multipliers alone."""
    found: dict[Place, Acting] = {}
    for where, parameter in _parameters(generator):
        path = parameter.path
        if path.axis:
            acting = Acting(path, f"{generator.where}.{where}.{path.text}", parameter.mark, None)
            found.setdefault(acting.place, acting)
    for multiplier in generator.multipliers:
        path = multiplier.path
        if path.axis:
            where = f"{generator.where}.multiplier.{path.text}"
            acting = Acting(path, where, multiplier.mark, _per_segment(dataset, multiplier))
            found.setdefault(acting.place, acting)
    return list(found.values())


def _parameters(generator: Generator) -> Iterator[tuple[str, ByKey]]:
    """Yield each parameter given per segment or category, with its place below the generator."""
    for name, value in generator.params.items():
        if isinstance(value, ByKey):
            yield f"{generator.kind}.{name}", value
    for option, weight in generator.params.get("options", ()):
        if isinstance(weight, ByKey):
            yield f"{generator.kind}.{option}", weight
    for state, after, weight in generator.params.get("moves", ()):
        if isinstance(weight, ByKey):
            yield f"{generator.kind}.next.{state}.{after}", weight


def _per_segment(dataset: Dataset, multiplier: Multiplier) -> dict[str, float]:
    default = 1.0 if multiplier.default is None else multiplier.default
    segments = dataset.axes[multiplier.path.axis or ""].segments
    return {segment: multiplier.factors.get(segment, default) for segment in segments}
