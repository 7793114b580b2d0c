"""Pools: what is known, that a pool is the same everywhere, and that threads share one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import mimesis
import polars as pl
import pytest

from fanwise.generator.columns.support.text_pools import LOCALES, POOL_SIZE, PROVIDERS, Pool, PoolError


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_pool_holds_texts(provider: str) -> None:
    labels = Pool.of(provider).labels

    assert labels.dtype == pl.String
    assert labels.len() == Pool.of(provider).size == POOL_SIZE
    assert labels.null_count() == 0
    assert (labels.str.strip_chars().str.len_chars() > 0).all()
    assert labels.n_unique() > 1


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_every_provider_speaks_every_locale(locale: str) -> None:
    source = mimesis.Generic(locale=mimesis.Locale(LOCALES[locale]), seed=1)

    for provider, draw in PROVIDERS.items():
        values = [draw(source) for _ in range(3)]
        assert all(isinstance(value, str) and value.strip() for value in values), provider


def test_every_locale_of_the_library_has_a_name_here() -> None:
    assert sorted(LOCALES.values()) == sorted(locale.value for locale in mimesis.Locale)


def test_a_pool_depends_on_provider_and_locale_only() -> None:
    first = Pool("name", "en_US").labels
    random.seed(1)
    state = random.getstate()

    assert Pool("name", "en_US").labels.equals(first)
    assert random.getstate() == state
    assert not Pool("name", "en_GB").labels.equals(first)
    assert not Pool("first_name", "en_US").labels.equals(first)


def test_threads_share_one_pool() -> None:
    pool = Pool("city", "de_DE")
    with ThreadPoolExecutor(8) as threads:
        labels = list(threads.map(lambda _: pool.labels, range(32)))

    assert all(each is labels[0] for each in labels)


@pytest.mark.parametrize(
    ("written", "locale"), [("de", "de_DE"), ("de_AT", "de_AT"), ("pt-br", "pt_BR"), ("EN", "en_US")]
)
def test_ways_to_write_a_locale(written: str, locale: str) -> None:
    assert Pool.of("name", written) is Pool.of("name", locale)
    assert Pool.of("name", written).locale == locale


@pytest.mark.parametrize(
    "provider", ["nmae", "__class__", "seed", "add_provider", "format", "parse", "person.name", ""]
)
def test_only_listed_providers(provider: str) -> None:
    with pytest.raises(PoolError) as caught:
        Pool.of(provider)

    assert (caught.value.code, caught.value.parameter) == ("FW-PLAN-FAKE", "provider")
    assert f"'{provider}'" in caught.value.why
    assert caught.value.hint


@pytest.mark.parametrize(
    ("names", "hint"),
    [(("nmae",), "did you mean 'name'"), (("name", "de_XX"), "did you mean 'de_DE'"), (("name", "klingon"), "known: ")],
)
def test_the_nearest_provider_and_locale_are_named(names: tuple[str, ...], hint: str) -> None:
    with pytest.raises(PoolError) as caught:
        Pool.of(*names)

    assert caught.value.hint.startswith(hint)


def test_mail_goes_nowhere() -> None:
    assert Pool.of("email").labels.str.contains(r"@example\.(com|net|org)$").all()
