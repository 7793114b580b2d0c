"""A data set with every kind of edge, small enough to be made whole by each test."""

from __future__ import annotations

from pathlib import Path

import pytest

import fanwise


@pytest.fixture
def routes() -> fanwise.Dataset:
    """Return the data set, nothing made yet."""
    return fanwise.dataset(Path(__file__).with_name("routes.yaml"))
