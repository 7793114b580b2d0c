"""What a fault is: a small change to the engine, and what the gate must say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

__all__ = ["SEES_NOTHING", "Fault", "Patch", "around"]

Patch = pytest.MonkeyPatch

SEES_NOTHING = ""


@dataclass(frozen=True)
class Fault:
    """One fault of the generator.

    name, story: in a word and in a line. schema: a ready data set or one of SCHEMAS. plant: puts the fault in.
    finding: pattern of the id of a finding; `forecast ` and a pattern of what the forecast says, where the plan already
    tells; or SEES_NOTHING where no promise of the contract is broken: the story then says why.
    status, exit_code: of that finding, and of the run. options: of the run.
    """

    name: str
    story: str
    schema: str
    plant: Callable[[Patch], None]
    finding: str
    status: str = "FAIL"
    exit_code: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


def around(patch: Patch, owner: Any, name: str, faulty: Callable[..., Any]) -> None:
    """Put `faulty(original, *args)` in the place of a method, class method or function."""
    own = vars(owner)[name]
    original = own.__func__ if isinstance(own, classmethod) else own

    def replacement(*args: Any, **options: Any) -> Any:
        return faulty(original, *args, **options)

    patch.setattr(owner, name, classmethod(replacement) if isinstance(own, classmethod) else replacement)
