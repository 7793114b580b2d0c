"""What a format of contracts is: how it is called, how its files end, and the text that it makes of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from fanwise.validator.contract.model import Contract

__all__ = ["ContractFormat", "Words"]

Words = Mapping[str, Mapping[str, str]]
"""What tables and columns mean: table -> column -> text, with that of the table itself at ""."""


class ContractFormat(Protocol):
    """A format. name: as `--to` takes it. ending: of its files."""

    name: ClassVar[str]
    ending: ClassVar[str]

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return the contract in this format; what the format has no form for becomes SQL in it, or a comment."""
        ...

    @staticmethod
    def left_out(contract: Contract) -> tuple[str, ...]:
        """Return, as sentences, what of the contract nothing in the rendered text judges."""
        ...
