"""Laws of cells: which are solved against rounding, and which stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanwise.generator.columns.number import Number
from fanwise.generator.columns.support.cell_law import Written, law_of
from fanwise.generator.distributions import family
from fanwise.generator.distributions.rounded import Rounding
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

UNBOUNDED = (None, None)


def laws_of(column: str) -> dict[str, float]:
    """Return the mean parameter of each segment of a column."""
    plan = compile_plan(
        load(f"""
fanwise: 1
name: cells
segments: {{tier: {{table: t, share: {{A: 0.5, B: 0.3, C: 0.2}}}}}}
tables:
  t: {{rows: 90, key: id, columns: {{id: {{sequence: {{}}}}, tier: {{segment: tier}}, x: {column}}}}}
""")
    )
    kind = plan.tables["t"].columns["x"].generator
    assert isinstance(kind, Number)
    return {cell.label: law.params["mean"] for cell, law in zip(kind.cells.cells, kind.laws, strict=True) if law}


def test_a_ratio_that_rounding_does_not_bend_leaves_the_law_alone() -> None:
    """exponential(40) rounds to a mean of 39.999; next to a factor of 1, whose mean rounds to 0.96, 40 is too much."""
    free = laws_of("{exponential: {mean: 1}, round: 0, multiplier: {tier: {A: 40, B: 20, C: 2}}}")
    held = laws_of("{exponential: {mean: 1}, round: 0, multiplier: {tier: {A: 40, B: 20, C: 1}}}")

    assert (free["A"], free["B"]) == (40, 20)
    assert held["A"] == pytest.approx(40 * 0.95952, rel=1e-3)
    assert held["C"] == 1


def test_a_changed_factor_leaves_the_other_laws() -> None:
    one = laws_of("{gamma: {mean: 0.4, shape: 2}, round: 0, multiplier: {tier: {A: 1.5, B: 1, C: 0.7}}}")
    two = laws_of("{gamma: {mean: 0.4, shape: 2}, round: 0, multiplier: {tier: {A: 2.5, B: 1, C: 0.7}}}")

    assert one["A"] != two["A"]
    assert (one["B"], one["C"]) == (two["B"], two["C"])


@settings(max_examples=20)
@given(
    st.sampled_from(["gamma", "lognormal", "normal", "weibull"]),
    st.floats(0.02, 30),
    st.floats(0.2, 3),
    st.floats(0.3, 4),
    st.sampled_from([Rounding(0), Rounding(1), Rounding(1, 0, to_even=True), Rounding(6, 1)]),
)
def test_kept_laws_have_their_ratio_within_the_tolerance_of_the_audit(
    name: str, mean: float, cv: float, ratio: float, rounding: Rounding
) -> None:
    spread = {"gamma": {"shape": 1 / cv**2}, "weibull": {"shape": 1 / cv}}.get(name, {"sd": cv * mean})
    written, params = Written(family(name), UNBOUNDED, rounding), {"mean": mean, **spread}
    base = written.declared(params, anchored=True)
    law = written.solved(params, ratio, anchored=True)

    if law.kept:
        assert law.mean == pytest.approx(ratio * base, rel=0.0025, abs=1e-9)
    else:
        assert abs(base) < 0.01 * mean or law.mean != pytest.approx(ratio * base, rel=0.0025)


def test_a_ratio_of_next_to_nothing_is_not_kept() -> None:
    written = Written(family("lognormal"), UNBOUNDED, Rounding(6))

    assert not written.solved({"mean": 2e-9, "sd": 1e-9}, 2.0, anchored=True).kept
    assert written.solved({"mean": 2e-9, "sd": 1e-9}, 2.0, anchored=False).mean == pytest.approx(4e-9)


@pytest.mark.parametrize("factor", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("bounds", [(None, None), (1.0, 480.0)])
def test_a_law_that_was_made_before_is_the_one_that_would_be_made(
    factor: float, bounds: tuple[float | None, float | None]
) -> None:
    params = {"mean": 18.0, "sd": 15.0}
    written = Written(family("lognormal"), bounds, Rounding(0))

    first, again = (law_of(written, dict(params), factor, anchored=True) for _ in range(2))

    made = written.solved(params, factor, anchored=True)
    assert first is again
    assert first == made
    assert (first.mean, first.variance) == (made.mean, made.variance)
    other = law_of(written, {**params, "sd": 15.000000000000002}, factor, anchored=True)
    assert other is not first
