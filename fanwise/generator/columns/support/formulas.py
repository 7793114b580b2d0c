"""What a reader of the files can compute again: how a value follows from others, or from the rows below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fanwise.generator.language.spec import Below, Path

__all__ = ["Aggregation", "Formula"]


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in the language of `expr`, with its names; or terms that are added up, if `text` is empty.

    digits: the digits that the sum of the terms is rounded to, or None where it is not. is_name: the text is nothing
    but a name. off: why nobody can compute it again, or "".
    """

    text: str = ""
    names: Mapping[str, Path] = field(default_factory=dict)
    terms: tuple[Path, ...] = ()
    digits: int | None = None
    is_name: bool = False
    off: str = ""


class Aggregation(Protocol):
    """An aggregate over the rows below; `where` is a condition on them."""

    @property
    def aggregate(self) -> str: ...

    @property
    def below(self) -> Below: ...

    @property
    def where(self) -> object | None: ...
