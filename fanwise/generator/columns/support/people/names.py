"""Names by locale, and the form that they take in a user name.

First and last names are those of Mimesis (MIT licence), whose version the manifest names; the Japanese ones are our
own, with their readings. Only names of Latin letters are kept: its lists hold some that are broken.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.support.invented import reserved
from fanwise.generator.columns.support.people import japanese

__all__ = ["DOMAINS", "GENDERS", "LOCALES", "NamePool", "country_of", "digest", "plain"]

GENDERS = ("female", "male")

# What ends an address that nobody can receive mail at.
DOMAINS = tuple(f"@{domain}" for domain in reserved.DOMAINS)

# The folder of Mimesis for each locale; "" for our own names.
LOCALES = {
    "da_DK": "da", "de_AT": "de-at", "de_CH": "de-ch", "de_DE": "de", "en_AU": "en-au", "en_CA": "en-ca",
    "en_GB": "en-gb", "en_US": "en", "es_ES": "es", "es_MX": "es-mx", "fi_FI": "fi", "fr_FR": "fr", "it_IT": "it",
    "ja_JP": "", "nl_NL": "nl", "no_NO": "no", "pl_PL": "pl", "pt_BR": "pt-br", "pt_PT": "pt", "sv_SE": "sv",
}  # fmt: skip

_LATIN = re.compile(r"[A-Za-zÀ-ÂÄ-ÖØ-öø-ž][A-Za-zÀ-ÂÄ-ÖØ-öø-ž'’ -]*")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "å": "a", "Å": "a", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th",
     "ł": "l", "Ł": "l", "đ": "d", "œ": "oe", "Œ": "oe"}
)  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def country_of(locale: str) -> str:
    """Return the country of a locale: DE of de_DE."""
    return locale.partition("_")[2]


def plain(name: str, locale: str) -> str:
    """Return a name in the letters a to z: `müller` is `mueller` in German and `muller` elsewhere."""
    text = name.translate(_UMLAUTS) if locale.startswith("de_") else name
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS)).lower()
    return re.sub("[^a-z]", "", decomposed)


@dataclass(frozen=True, slots=True)
class NamePool:
    """The names of some locales, one after another: all of a locale's first names, of women and then of men.

    names, plain: String (n,), as written and in a user name. short: String (2 · n,), `plain`, then its initials.
    starts, sizes: int64 (2 · locales,), where the names of each locale and gender are.
    """

    names: pl.Series
    plain: pl.Series
    short: pl.Series
    starts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    @staticmethod
    def first(locales: Sequence[str]) -> NamePool:
        """Return the first names of these locales."""
        return _pool(tuple(locales), 0)

    @staticmethod
    def last(locales: Sequence[str]) -> NamePool:
        """Return the last names of these locales; they differ by gender in some."""
        return _pool(tuple(locales), 1)


@cache
def _pool(locales: tuple[str, ...], which: int) -> NamePool:
    lists = [pairs for locale in locales for pairs in _names(locale)[which]]
    sizes = np.array([len(pairs) for pairs in lists])
    every = [pair for pairs in lists for pair in pairs]
    names, letters = (pl.Series([pair[at] for pair in every], dtype=pl.String) for at in (0, 1))
    short = pl.concat([letters, letters.str.head(1)])
    return NamePool(names, letters, short, np.concatenate([[0], np.cumsum(sizes)])[:-1], sizes)


Pairs = tuple[tuple[str, str], ...]


@cache
def _names(locale: str) -> tuple[tuple[Pairs, Pairs], tuple[Pairs, Pairs]]:
    """Return the first names and the last names of a locale, each of women and of men, with their plain form."""
    if not LOCALES[locale]:
        own = [tuple((name, plain(reading, locale)) for name, reading in pairs) for pairs in _JAPANESE]
        return (own[0], own[1]), (own[2], own[2])
    found = json.loads(_text(locale))
    first, last = found["names"], found["surnames"]
    both = last if isinstance(last, dict) else dict.fromkeys(GENDERS, last)
    if locale == "pl_PL":
        both = {**both, "male": [name for name in both["male"] if not name.endswith("ska")]}  # one is among the men's
    made = [[_kept(names[gender], locale) for gender in GENDERS] for names in (first, both)]
    return (made[0][0], made[0][1]), (made[1][0], made[1][1])


_JAPANESE = (japanese.FEMALE, japanese.MALE, japanese.FAMILY)


def _kept(names: Iterable[str], locale: str) -> Pairs:
    distinct = dict.fromkeys(name for name in names if _LATIN.fullmatch(name) and name != "Xx")
    return tuple((name, letters) for name in distinct if (letters := plain(name, locale)))


def _text(locale: str) -> bytes:
    return (files("mimesis") / "datasets" / LOCALES[locale] / "person.json").read_bytes()


def digest(locale: str) -> str:
    """Return the SHA-256 of the names of a locale, in hex."""
    return hashlib.sha256(_text(locale) if LOCALES[locale] else repr(_JAPANESE).encode()).hexdigest()
