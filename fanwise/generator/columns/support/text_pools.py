"""Pools of realistic text for `fake`, made by Mimesis and by `invented`.

A pool holds 10,000 values of one provider in one locale, made on first use in 5 to 50 ms and then kept on disk. Entry i
is a function of (provider, locale, i) and of the version of Mimesis, which the manifest names: never of the seed of a
data set, the clock, or the state of a global generator. Values may repeat.

Mimesis has real companies, banks, universities, products, domains and numbers, and texts with such. These are invented
here, or of ranges that are reserved. Names of people, cities and things are those of Mimesis.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.support.invented import reserved
from fanwise.generator.columns.support.invented.named import car, drink, named, phone_model, street_address
from fanwise.generator.columns.support.people.phones import phone_numbers
from fanwise.generator.columns.support.sentences import WORDS
from fanwise.io.cache import code, kept
from fanwise.io.problems import Refused, nearest

if TYPE_CHECKING:
    from mimesis import Generic

__all__ = ["LOCALES", "POOL_SIZE", "PROVIDERS", "Pool", "PoolError", "known_locale", "sample_of"]

POOL_SIZE = 10_000

# Lists of Mimesis hold marks of companies; such entries are left out.
_MARKS = frozenset(
    {"choco", "cola", "daim", "eggo", "ford", "freia", "grandiosa", "jell-o", "kofola", "lorna", "nokia", "nutella",
     "oreo", "oreos", "pocky", "pop-tarts", "reuters", "skittle", "strudel", "vegemite", "キットカット",
     "ブラックサンダー", "ロイズ生チョコレート"}
)  # fmt: skip
_FEWEST_WORDS = 50

PROVIDERS: dict[str, Callable[[Generic], str]] = {
    "academic_degree": lambda g: g.person.academic_degree(),
    "airport_code": lambda g: g.address.iata_code(),
    "bank": lambda g: named("bank", g.locale.value, g.random),
    "car": lambda g: car(g.random),
    "city": lambda g: g.address.city(),
    "color_name": lambda g: g.text.color(),
    "company": lambda g: named("company", g.locale.value, g.random),
    "company_suffix": lambda g: g.finance.company_type(abbr=True),
    "country": lambda g: g.address.country(),
    "country_code": lambda g: g.address.country_code(),
    "currency_code": lambda g: g.finance.currency_iso_code(allow_random=True),
    "dish": lambda g: _unmarked(g.food.dish),
    "domain_name": lambda g: reserved.domain(WORDS, g.random),
    "drink": lambda g: drink(g.locale.value, g.random),
    "ean": lambda g: reserved.ean(g.random),
    "email": lambda g: reserved.email(WORDS, g.random),
    "file_name": lambda g: reserved.file_name(WORDS, g.file.extension(), g.random),
    "first_name": lambda g: g.person.first_name(),
    "fruit": lambda g: g.food.fruit(),
    "hex_color": lambda g: g.text.hex_color(),
    "ipv4": lambda g: reserved.ipv4(g.random),
    "ipv6": lambda g: reserved.ipv6(g.random),
    "isbn": lambda g: reserved.isbn(g.random),
    "job": lambda g: g.person.occupation(),
    "language": lambda g: g.person.language(),
    "last_name": lambda g: g.person.last_name(),
    "mac_address": lambda g: reserved.mac(g.random),
    "mime_type": lambda g: g.file.mime_type(),
    "name": lambda g: g.person.full_name(),
    "nationality": lambda g: g.person.nationality(),
    "phone_model": lambda g: phone_model(g.random),
    "phone_number": lambda g: g.random.choice(phone_numbers(_country(g.locale.value))),
    "postcode": lambda g: g.address.postal_code(),
    "sentence": lambda g: _sentence(g),
    "state": lambda g: g.address.state(),
    "street_address": lambda g: street_address(g.locale.value, g.random),
    "street_name": lambda g: named("street", g.locale.value, g.random),
    "text": lambda g: _gap(g).join(_sentence(g) for _ in range(5)),
    "title": lambda g: g.person.title(),
    "university": lambda g: named("university", g.locale.value, g.random),
    "url": lambda g: reserved.url(WORDS, g.random),
    "user_agent": lambda g: reserved.user_agent(g.random),
    "user_name": lambda g: reserved.user_name(WORDS, g.random),
    "vegetable": lambda g: g.food.vegetable(),
    "word": lambda g: _word(g),
}

# What stands before the number of a name or an address that comes again in a unique column. No entry that ends so
# itself is used there, so that no two texts are alike.
_SEPARATORS = {
    **dict.fromkeys(("name", "first_name", "last_name", "company", "bank", "university", "city", "street_name"), " "),
    **dict.fromkeys(("email", "user_name"), "."),
    "street_address": "/",
}

# The locale of Mimesis for each locale; a language alone means its first country here.
LOCALES: dict[str, str] = {
    "ar_AE": "ar-ae",
    "ar_DZ": "ar-dz",
    "ar_EG": "ar-eg",
    "ar_JO": "ar-jo",
    "ar_KW": "ar-kw",
    "ar_MA": "ar-ma",
    "ar_OM": "ar-om",
    "ar_QA": "ar-qa",
    "ar_SA": "ar-sa",
    "ar_SY": "ar-sy",
    "ar_TN": "ar-tn",
    "ar_YE": "ar-ye",
    "az_AZ": "az",
    "cs_CZ": "cs",
    "da_DK": "da",
    "de_DE": "de",
    "de_AT": "de-at",
    "de_CH": "de-ch",
    "el_GR": "el",
    "en_US": "en",
    "en_AU": "en-au",
    "en_CA": "en-ca",
    "en_GB": "en-gb",
    "es_ES": "es",
    "es_MX": "es-mx",
    "et_EE": "et",
    "fa_IR": "fa",
    "fi_FI": "fi",
    "fr_FR": "fr",
    "hr_HR": "hr",
    "hu_HU": "hu",
    "is_IS": "is",
    "it_IT": "it",
    "ja_JP": "ja",
    "kk_KZ": "kk",
    "ko_KR": "ko",
    "nl_NL": "nl",
    "nl_BE": "nl-be",
    "no_NO": "no",
    "pl_PL": "pl",
    "pt_PT": "pt",
    "pt_BR": "pt-br",
    "ru_RU": "ru",
    "sk_SK": "sk",
    "sv_SE": "sv",
    "tr_TR": "tr",
    "uk_UA": "uk",
    "zh_CN": "zh",
}


class PoolError(Refused):
    """A provider or a locale that is not in the list; `parameter` says which of them."""

    def __init__(self, parameter: str, name: str, known: Iterable[str]) -> None:
        self.parameter = parameter
        super().__init__("FW-PLAN-FAKE", f"unknown {parameter} '{name}'", nearest(name, known))


class Pool:
    """The values of one provider in one locale; get it from `Pool.of`, which keeps one of each."""

    size = POOL_SIZE

    def __init__(self, provider: str, locale: str) -> None:
        self.provider = provider
        self.locale = locale
        self._lock = threading.Lock()
        self._labels: pl.Series | None = None
        self._different: pl.Series | None = None

    def __reduce__(self) -> tuple[Callable[[str, str], Pool], tuple[str, str]]:
        """Say how another program makes this pool: the plan that it belongs to may be sent there."""
        return Pool.of, (self.provider, self.locale)

    @staticmethod
    def of(provider: str, locale: str = "en_US") -> Pool:
        """Return the pool of a provider (`name`) in a locale (`de_DE`, `de-DE` or `de`); raises PoolError."""
        if provider not in PROVIDERS:
            raise PoolError("provider", provider, PROVIDERS)
        return _pool(provider, known_locale(locale))

    @property
    def labels(self) -> pl.Series:
        """All values, String, shape (10,000,); threads that ask at once wait for the first."""
        with self._lock:
            if self._labels is None:
                self._labels = self._make()
            return self._labels

    @property
    def separator(self) -> str | None:
        """What stands before the number of an entry that comes again; None where no number may be added."""
        return _SEPARATORS.get(self.provider)

    @property
    def different(self) -> pl.Series:
        """The values of a unique column, String: each once, and none that ends as if it had a number."""
        labels = self.labels
        with self._lock:
            if self._different is None:
                once = labels.unique(maintain_order=True)
                ending = None if self.separator is None else f"{re.escape(self.separator)}[0-9]+(?:@.*)?$"
                self._different = once if ending is None else once.filter(~once.str.contains(ending))
            return self._different

    def with_number(self, texts: pl.Series, numbers: npt.NDArray[np.int64]) -> pl.Series:
        """Return texts with their numbers, those with the number 1 as they are; in an e-mail address before the `@`."""
        frame = pl.DataFrame({"text": texts, "number": numbers})
        ending = pl.concat_str(pl.lit(self.separator), pl.col("number"))
        name, host = pl.col("text").str.extract("^([^@]*)", 1), pl.col("text").str.extract("(@.*)$", 1).fill_null("")
        changed = pl.when(pl.col("number") > 1).then(pl.concat_str(name, ending, host)).otherwise(pl.col("text"))
        return frame.select(changed).to_series()

    def _make(self) -> pl.Series:
        def drawn() -> bytes:
            source, draw = _source(self.provider, self.locale), PROVIDERS[self.provider]
            return json.dumps([draw(source) for _ in range(self.size)]).encode()

        key = [b"pool", self.provider.encode(), self.locale.encode(), str(self.size).encode(), code(_code(), "mimesis")]
        return pl.Series(self.provider, json.loads(kept(key, drawn) or drawn()), dtype=pl.String)


def _code() -> list[Path]:
    """Return the files that say what is in a pool."""
    folder = Path(__file__).parent
    return [Path(__file__), *folder.glob("sentences.py"), *folder.glob("invented/*.*"), *folder.glob("people/*.*")]


def _source(provider: str, locale: str) -> Generic:
    from mimesis import Generic, Locale

    digest = hashlib.blake2b(f"{provider} {locale}".encode(), digest_size=8).digest()
    return Generic(locale=Locale(LOCALES[locale]), seed=int.from_bytes(digest, "little"))


def _country(locale: str) -> str:
    """Return the country of a locale of Mimesis: AT of de-at."""
    return next(known.partition("_")[2] for known, own in LOCALES.items() if own == locale)


def _unmarked(draw: Callable[[], str]) -> str:
    while not _MARKS.isdisjoint((found := draw()).lower().split()):
        pass
    return found


def _word(source: Generic) -> str:
    return source.random.choice(_words(source.locale.value))


@cache
def _words(locale: str) -> tuple[str, ...]:
    """Return the words of a language: our own in English, those of Mimesis elsewhere, and ours where it has too few."""
    language = locale.partition("-")[0]
    path = files("mimesis") / "datasets" / language / "text.json"
    found = json.loads(path.read_bytes())["words"]
    kept = dict.fromkeys(word for word in found if word.isalpha() and word.lower() not in _MARKS)
    return WORDS if language == "en" or len(kept) < _FEWEST_WORDS else tuple(kept)


def _gap(source: Generic) -> str:
    return "" if source.locale.value in ("ja", "zh") else " "


def _sentence(source: Generic) -> str:
    words = source.random.choices(_words(source.locale.value), k=source.random.randint(5, 12))
    text = _gap(source).join(words)
    return f"{text[0].upper()}{text[1:]}{'.' if _gap(source) else '。'}"


def sample_of(provider: str, locale: str) -> str:
    """Return the first text of a pool, without making the others."""
    return PROVIDERS[provider](_source(provider, locale))


@cache
def _pool(provider: str, locale: str) -> Pool:
    return Pool(provider, locale)


def known_locale(locale: str) -> str:
    """Return the locale that is meant by `de_DE`, `de-DE` or `de`; raises PoolError."""
    wanted = locale.replace("-", "_").lower()
    for known in LOCALES:
        if wanted in (known.lower(), known.lower().partition("_")[0]):
            return known
    same_language = [known for known in LOCALES if known.startswith(wanted.partition("_")[0] + "_")]
    raise PoolError("locale", locale, same_language or LOCALES)
