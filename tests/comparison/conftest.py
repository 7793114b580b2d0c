"""Two shops of the same schema, of other seeds."""

from __future__ import annotations

from typing import Any

import pytest

import fanwise

BY = "customer.customer_segment"


def shop(seed: int, rows: int = 360) -> dict[str, Any]:
    data = fanwise.dataset("ecommerce", rows={"customer": rows}, seed=seed)
    return {name: data[name] for name in ("customer", "order")}


@pytest.fixture(scope="session")
def real() -> dict[str, Any]:
    return shop(1)


@pytest.fixture(scope="session")
def synth() -> dict[str, Any]:
    return shop(2)


@pytest.fixture(scope="session")
def near(real: dict[str, Any], synth: dict[str, Any]) -> fanwise.Comparison:
    return fanwise.fidelity(real, synth, by=BY)
