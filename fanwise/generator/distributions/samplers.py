"""Samplers that were made before: a schema that is compiled again, for a pilot or after a change, keeps most laws."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fanwise.generator.distributions.base import Family, Params, Sampler

__all__ = ["sampler_of"]

_MOST_CELLS = 32  # of a sampler that is kept: a cell of a law without a closed form may have a table of 500 kB


@dataclass(frozen=True, slots=True)
class _Asked:
    """Cells of a family with what makes them equal to others: the digits of their parameters (0.0 is not -0.0)."""

    family: Family
    identity: tuple[tuple[tuple[str, str], ...], ...]
    cells: Sequence[Params] = field(compare=False)


def sampler_of(family: Family, cells: Sequence[Params]) -> Sampler:
    """Return the sampler of these cells, which is a pure function of family and parameters."""
    if len(cells) > _MOST_CELLS or not isinstance(family, Hashable):
        return family.sampler(cells)
    identity = tuple(tuple((name, repr(value)) for name, value in params.items()) for params in cells)
    return _made(_Asked(family, identity, cells))


@lru_cache(maxsize=256)
def _made(asked: _Asked) -> Sampler:
    return asked.family.sampler(asked.cells)
