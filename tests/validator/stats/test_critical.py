"""Critical values for many degrees of freedom are those of Student's t."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fanwise.validator.stats.critical import critical_values


@settings(max_examples=60, deadline=None)
@given(
    least=st.floats(5, 1e5),
    wider=st.one_of(st.just(1.0), st.floats(1, 1e9)),
    alpha=st.floats(1e-6, 0.2),
)
def test_they_are_those_of_a_table(least: float, wider: float, alpha: float) -> None:
    freedom = 1 / np.linspace(1 / least, 1 / (least * wider), 37).reshape(37, 1)

    found = critical_values(freedom, alpha)

    assert found.shape == freedom.shape
    assert np.allclose(found, stats.t.ppf(alpha, freedom), rtol=1e-11, atol=0)
