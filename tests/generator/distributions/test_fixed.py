"""fixed {value}."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fanwise.generator.distributions import family


def test_always_the_value(laws: Any) -> None:
    laws.constant("fixed", {"value": 3}, 3)
    laws.constant("fixed", {"value": -7}, -7)

    drawn = family("fixed").sampler([{"value": 3}]).quantile(np.array([0.2, 0.9]), 0)

    assert drawn.dtype == np.int64


def test_cells_are_apart(laws: Any) -> None:
    laws.cells("fixed", {"value": 3}, {"value": 0})


def test_factors_act_on_the_drawn_integer() -> None:
    with pytest.raises(ValueError, match="drawn integer"):
        family("fixed").scale({"value": 3}, 1.4)


def test_impossible_parameters(laws: Any) -> None:
    laws.refuses("fixed", {"value": 2.5}, "2.5", "integer")
