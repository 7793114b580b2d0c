"""A data set with every kind of edge, small enough to be made whole by each test."""

from __future__ import annotations

from pathlib import Path

import pytest

import generator


@pytest.fixture
def routes() -> generator.Dataset:
    """Return the data set, nothing made yet."""
    return generator.dataset(Path(__file__).with_name("routes.yaml"))
