"""Names that are coined from syllables, in the letters of a language: Velandra, Веландра, ベランドラ.

They are put together from syllables and not taken from a list of names, and the ends are those of no common word, so a
name that somebody has would be a coincidence.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

__all__ = ["coined"]

_ALPHABET = "abcdefghijklmnoprstuvyz"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the names of a language are made of: one syllable of each list, spelt with these letters."""

    syllables: tuple[tuple[str, ...], ...]
    letters: dict[str, str]


def coined(language: str, random: Random) -> str:
    """Return a new name in the letters of a language (`de`)."""
    parts = _parts(language)
    name = "".join(random.choice(syllables) for syllables in parts.syllables)
    if not parts.letters:
        return name
    spelt = "".join(parts.letters[letter] for letter in name.lower())
    return spelt[0].upper() + spelt[1:]


@cache
def _parts(language: str) -> _Parts:
    known = tomllib.loads((files(__package__) / "coined.toml").read_text("utf-8"))
    if language in known["whole"]:
        whole = known["whole"][language]
        return _Parts((tuple(whole["of"].split()),) * whole["count"], {})
    syllables = tuple(tuple(known["syllables"][place].split()) for place in ("begin", "middle", "end"))
    letters = known["letters"].get(language, "").split()
    return _Parts(syllables, dict(zip(_ALPHABET, letters, strict=True)) if letters else {})
