"""What a contract claims, written for other tools.

Adding a format is a file with a `ContractFormat`, its entry in `BUILTIN`, a test of the same name and a row of
docs/how-to/contracts.md.
"""

from __future__ import annotations

from fanwise.validator.exports.base import ContractFormat
from fanwise.validator.exports.gx import GxFormat
from fanwise.validator.exports.odcs import OdcsFormat
from fanwise.validator.exports.pandera import PanderaFormat
from fanwise.validator.exports.pointblank import PointblankFormat

__all__ = ["BUILTIN", "ContractFormat", "contract_formats"]

BUILTIN: tuple[type[ContractFormat], ...] = (OdcsFormat, PanderaFormat, PointblankFormat, GxFormat)


def contract_formats() -> dict[str, type[ContractFormat]]:
    """Return every format by its name."""
    return {each.name: each for each in BUILTIN}
