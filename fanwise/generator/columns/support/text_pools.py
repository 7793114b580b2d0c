"""Pools of realistic text for `fake`, made by Mimesis.

A pool holds 10,000 values of one provider in one locale, made on first use in 5 to 50 ms. Entry i is a function of
(provider, locale, i) and of the version of Mimesis, which the manifest names: never of the seed of a data set, the
clock, or the state of a global generator. Values may repeat.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.io.problems import Refused, nearest

if TYPE_CHECKING:
    from mimesis import Generic

__all__ = ["LOCALES", "POOL_SIZE", "PROVIDERS", "Pool", "PoolError", "known_locale", "sample_of"]

POOL_SIZE = 10_000

# Addresses nobody can receive mail at (RFC 2606).
MAIL_DOMAINS = ("example.com", "example.net", "example.org")

PROVIDERS: dict[str, Callable[[Generic], str]] = {
    "academic_degree": lambda g: g.person.academic_degree(),
    "airport_code": lambda g: g.address.iata_code(),
    "bank": lambda g: g.finance.bank(),
    "car": lambda g: g.transport.car(),
    "city": lambda g: g.address.city(),
    "color_name": lambda g: g.text.color(),
    "company": lambda g: g.finance.company(),
    "company_suffix": lambda g: g.finance.company_type(abbr=True),
    "country": lambda g: g.address.country(),
    "country_code": lambda g: g.address.country_code(),
    "currency_code": lambda g: g.finance.currency_iso_code(allow_random=True),
    "dish": lambda g: g.food.dish(),
    "domain_name": lambda g: g.internet.hostname(),
    "drink": lambda g: g.food.drink(),
    "ean": lambda g: g.code.ean(),
    "email": lambda g: g.person.email(domains=MAIL_DOMAINS),
    "file_name": lambda g: g.file.file_name(),
    "first_name": lambda g: g.person.first_name(),
    "fruit": lambda g: g.food.fruit(),
    "hex_color": lambda g: g.text.hex_color(),
    "ipv4": lambda g: g.internet.ip_v4(),
    "ipv6": lambda g: g.internet.ip_v6(),
    "isbn": lambda g: g.code.isbn(),
    "job": lambda g: g.person.occupation(),
    "language": lambda g: g.person.language(),
    "last_name": lambda g: g.person.last_name(),
    "mac_address": lambda g: g.internet.mac_address(),
    "mime_type": lambda g: g.file.mime_type(),
    "name": lambda g: g.person.full_name(),
    "nationality": lambda g: g.person.nationality(),
    "phone_model": lambda g: g.hardware.phone_model(),
    "phone_number": lambda g: g.person.phone_number(),
    "postcode": lambda g: g.address.postal_code(),
    "sentence": lambda g: g.text.sentence(),
    "state": lambda g: g.address.state(),
    "street_address": lambda g: g.address.address(),
    "street_name": lambda g: g.address.street_name(),
    "text": lambda g: g.text.text(),
    "title": lambda g: g.person.title(),
    "university": lambda g: g.person.university(),
    "url": lambda g: g.internet.url(),
    "user_agent": lambda g: g.internet.user_agent(),
    "user_name": lambda g: g.person.username(),
    "vegetable": lambda g: g.food.vegetable(),
    "word": lambda g: g.text.word(),
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
        source, draw = _source(self.provider, self.locale), PROVIDERS[self.provider]
        return pl.Series(self.provider, [draw(source) for _ in range(self.size)], dtype=pl.String)


def _source(provider: str, locale: str) -> Generic:
    from mimesis import Generic, Locale

    digest = hashlib.blake2b(f"{provider} {locale}".encode(), digest_size=8).digest()
    return Generic(locale=Locale(LOCALES[locale]), seed=int.from_bytes(digest, "little"))


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
