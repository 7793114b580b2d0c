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
