"""The elements of lists as rows of their own, which see what the row of their list sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from fanwise.generator.context import GenerationContext, Ints, Reference, Rows
from fanwise.generator.language.spec import Step
from fanwise.generator.values import Values

__all__ = ["Elements"]


@dataclass(slots=True)
class Elements(GenerationContext):
    """The elements of the lists of a context's rows; names lead to what they mean for the row of the list."""

    @classmethod
    def of(cls, ctx: GenerationContext, name: str, counts: Ints) -> Self:
        """Return the elements, `counts[i]` of row i. name: of the list, which its element keys depend on."""
        rows = Rows.below(name, ctx.rows, counts)
        rows.number_later(lambda: ctx.rows.numbers.take(rows.parents))  # type: ignore[arg-type]
        return cls(ctx.table, rows, ctx, ctx.references)

    @property
    def owners(self) -> Ints:
        """The position of the row of each element's list, int64 (n,)."""
        return np.empty(0, dtype=np.int64) if self.rows.parents is None else self.rows.parents

    def column(self, name: str) -> Values:
        assert self.parent is not None
        return self.parent.column(name).take(self.owners)

    def targets(self, name: str) -> Reference:
        raise NotImplementedError(name)  # no kind of a part asks for it

    def follow(self, steps: tuple[Step, ...], column: str) -> Values:
        assert self.parent is not None
        return self.parent.follow(steps, column).take(self.owners)
