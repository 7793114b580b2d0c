"""What the plan, the engine and pins ask of a generator that draws rows of another table."""

from __future__ import annotations

from typing import Protocol

from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.context import GenerationContext, Reference
from fanwise.generator.language.spec import Covariate, Path, Profile, Step

__all__ = ["ReferenceKind"]


class ReferenceKind(Protocol):
    """A generator that draws rows of another table.

    match: the paths, from the row referred to and from the own one, that lead to equal values. other: the reference,
    or the driving parent where it has no column, whose row is not drawn. conditional: the
    rows to choose from depend on the row. name: its column. table, column: what it refers to. own: the table that
    it stands in. zipf: the exponent of weights by row number. weight: the column of the table referred to by which
    rows are weighted. within: the ancestor below whose row the choice is; distinct_in: the one below which no row
    is drawn twice.
    """

    @property
    def name(self) -> str: ...

    @property
    def own(self) -> str: ...

    @property
    def table(self) -> str: ...

    @property
    def column(self) -> str: ...

    @property
    def zipf(self) -> float | None: ...

    @property
    def weight(self) -> Path | None: ...

    @property
    def within(self) -> str | None: ...

    @property
    def match(self) -> tuple[tuple[Path, Path], ...]: ...

    @property
    def other(self) -> Step | None: ...

    @property
    def conditional(self) -> bool: ...

    @property
    def distinct_in(self) -> str | None: ...

    @property
    def factor_covariates(self) -> frozenset[Covariate]:
        """What the factor of a row referred to depends on, seen from there."""
        ...

    def factor(self, profile: Profile) -> float:
        """Return the factor on the weight of a row referred to that has this profile."""
        ...

    def declared_weight(self, weight: Declared | None) -> Declared:
        """Return the declared weight of a row referred to; `weight` is that of its weight column."""
        ...

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows referred to."""
        ...
