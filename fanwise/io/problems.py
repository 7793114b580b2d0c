"""Problems as every message of Fanwise shows them: the place, the reason, a fix, and the nearest known name.

A *place* is a position in a document: the keys and positions that lead to it from the root. A *code* names a kind of
problem. It never changes its meaning; problems.toml says what causes and what cures it.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fanwise.text.sanitize import printable

__all__ = ["Mark", "Place", "Problem", "Refused", "dotted", "first_of", "nearest", "one_line", "shown"]

Place = tuple[str | int, ...]

MAX_COMPARED = 1000  # names; beyond that only those that begin alike, since each comparison takes a while
_SURE = 0.85  # so much alike, of 1, a name is taken for a slip of the finger
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file: 1-based line and column."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: the place, the value there, the reason, and a fix (by default that of its code)."""

    code: str
    why: str
    hint: str = ""
    path: str = ""
    value: str = ""
    mark: Mark | None = None
    file: str = ""

    def __post_init__(self) -> None:
        if not self.hint:
            object.__setattr__(self, "hint", catalogue().get(self.code, {}).get("cure", ""))

    @property
    def statement(self) -> str:
        """What is wrong and where, without hint and code, as a part of another sentence."""
        mark = f":{self.mark.line}:{self.mark.column}" if self.mark else ""
        place = f"{self.file}{mark}: " if self.file else ""
        subject = f"{self.path}: " if self.path else ""
        seen = f"{self.value}: " if self.value else ""
        return f"{place}{subject}{seen}{self.why}"

    def __str__(self) -> str:
        stop = "" if self.why.endswith((".", "!", "?", "…")) else "."
        hint = f"{stop} Hint: {self.hint}" if self.hint else ""
        return f"{self.statement}{hint} [{self.code}]"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return what problems.toml says of each code: title, cause, cure (one line that tells what to do) and example."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files("fanwise.io").joinpath("problems.toml").read_text(encoding="utf-8"))


class Refused(Exception):
    """What is wrong with a value, raised where its place is not known: whoever knows it makes a `Problem`."""

    def __init__(self, code: str, why: str, hint: str = "") -> None:
        self.code, self.why, self.hint = code, why, hint
        super().__init__(why)


def dotted(place: Place) -> str:
    """Return a place as it is written in messages: `tables.order.columns.amount`, `checks[0]`."""
    out = ""
    for part in place:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            out += ("." if out else "") + (part if _WORD.match(part) else shown(part))
    return out


def shown(value: Any) -> str:
    """Return a value as one short line: quoted text, numbers as they are, the beginning of what is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str):
        text = "'" + text[1:-1].replace('\\"', '"') + "'"
    text = one_line(text)
    return text if len(text) <= 60 else f"{text[:57]}…"


def one_line(text: str) -> str:
    """Return a text as at most 600 characters of one line: what would break it or move a cursor is written out."""
    plain = printable(text)
    return plain if len(plain) <= 600 else f"{plain[:599]}…"


def first_of(problems: Sequence[Problem], most: int = 20) -> list[Problem]:
    """Return the first problems, as many as one screen holds, and one that counts the rest."""
    rest = len(problems) - most
    more = [Problem("FW-MORE-PROBLEMS", f"and {rest:,} more")] if rest > 0 else []
    return [*problems[:most], *more]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that names the known word nearest to `name`, or lists the known words.

    Names of which `name` is a part come before those that are only spelt alike: `phone` is part of `phone_number`.
    """
    choices = sorted(set(known))
    if len(choices) > MAX_COMPARED:
        choices = [choice for choice in choices if choice[:1].lower() == name[:1].lower()][:MAX_COMPARED]
    in_lower_case = {choice.lower(): choice for choice in choices}
    match = difflib.get_close_matches(name.lower(), in_lower_case, n=1, cutoff=0.6)
    holding = [choice for choice in choices if name.lower() in choice.lower().split("_")]
    if holding and not (match and difflib.SequenceMatcher(None, name.lower(), match[0]).ratio() >= _SURE):
        *others, last = [f"'{choice}'" for choice in holding[:4]]
        return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    if match:
        return f"did you mean '{in_lower_case[match[0]]}'?"
    return f"known: {', '.join(choices[:12])}{', …' if len(choices) > 12 else ''}" if choices else ""
