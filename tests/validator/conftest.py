"""The shop that the tests of the validator share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.validator.shop import Shop, make_shop


@pytest.fixture
def make() -> Callable[..., Shop]:
    """Make a shop with other numbers."""
    return make_shop


@pytest.fixture
def shop() -> Shop:
    """A healthy shop."""
    return make_shop()
