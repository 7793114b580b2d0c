"""`fake` draws evenly from a pool."""

from __future__ import annotations

from typing import Any

import pytest

from fanwise.generator.errors import InputError


def test_names_are_many_and_not_empty(column: Any) -> None:
    found = column("{fake: name}", rows=2000)

    assert found.n_unique() > 1500
    assert found.str.len_chars().min() > 2


def test_locale_changes_the_pool(column: Any) -> None:
    assert set(column("{fake: {provider: city, locale: de_DE}}")) != set(column("{fake: city}"))


def test_unknown_provider_names_the_nearest(column: Any) -> None:
    with pytest.raises(InputError, match="did you mean 'name'"):
        column("{fake: nmae}")


@pytest.mark.parametrize("provider", ["name", "email", "street_address", "{provider: street_address, locale: de_DE}"])
def test_unique_names_and_addresses_come_again_with_a_number(column: Any, provider: str) -> None:
    found = column(f"{{fake: {provider}, unique: true}}", rows=25_000)

    assert found.n_unique() == len(found)
    assert found[:5].to_list() == column(f"{{fake: {provider}, unique: true}}", rows=5).to_list()
    if provider == "email":
        assert found.str.contains(r"^[^@]+@example\.(com|net|org)$").all()
        assert found.str.contains(r"\.2@").sum() > 5000


def test_unique_texts_of_other_providers_are_a_permutation_of_the_pool(column: Any) -> None:
    found = column("{fake: postcode, unique: true}", rows=4000)

    assert found.n_unique() == 4000
    with pytest.raises(InputError, match=r"unique, but only [0-9,]+ values for 10,001 rows"):
        column("{fake: postcode, unique: true}", rows=10_001)
