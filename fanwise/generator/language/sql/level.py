"""What the grammar remembers about each opened bracket, CASE and function."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Level"]


@dataclass(slots=True)
class Level:
    """What is open: "" (the whole), "(", "in", "case" or a function, and what its current condition has had so far."""

    opened: str
    size: int = 0  # nodes of the finished conditions, as Polars' parser will write them
    run: int = 0  # nodes of the current condition
    arguments: int = 1  # up to the current one
    subject: int = 0  # nodes that each element of IN, or each WHEN of CASE x, copies
    fresh: bool = True  # NOT may stand here
    arithmetic: bool = False
    concatenated: bool = False
    compared: bool = False
    complete: bool = False  # a predicate such as IS NULL has been read: only AND, OR or a closing may follow
    between: bool = False  # the AND of BETWEEN is still to come

    def next_side(self) -> None:
        self.arithmetic = self.concatenated = False

    def next_condition(self) -> None:
        self.size += self.run
        self.run = 0
        self.fresh = True
        self.next_side()
        self.compared = self.complete = False
