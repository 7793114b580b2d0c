"""The steps of a compiled expression, apart from the parser, which a worker that gets a plan does not need."""

from __future__ import annotations

from dataclasses import dataclass

from fanwise.generator.language.sql.operands import Operation

__all__ = ["Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """Takes `takes` operands from the stack and puts back what `operation` makes of them; a name loads a column."""

    operation: Operation | str
    takes: int
