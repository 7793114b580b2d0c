"""The fanout `arrivals` counts a renewal process in the interval of each parent; its law is that of the gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan

FRAME = """
fanwise: 1
name: a
window: {{start: 2024-01-01, end: 2025-01-01}}
curves: {{night: {{hour: {{3: 20}}, trend: 100%/y}}}}
segments: {{plan: {{table: top, share: {{Pro: 0.5, Free: 0.5}}}}}}
tables:
  top:
    rows: {rows}
    key: id
    columns:
      id: {{sequence: {{}}}}
      plan: {{segment: plan}}
      since: {{timestamp: {{between: [2023-06-01, 2024-12-01]}}, null: 5%}}
      till: {{timestamp: {{between: [since, window.end]}}}}
      often: {{gamma: {{mean: 1, shape: 0.7}}, null: 5%}}
      most: {{integer: {{min: 0, max: 9}}, null: 5%}}
      debt: {{normal: {{mean: 0, sd: 1}}}}
  t: {{parent: top, fanout: {{{fanout}}}, columns: {{id: {{parent: id}}, x: {{arrival: {{}}}}}}}}
"""
YEAR = 366 * 86_400
WHOLE = "arrivals: {from: window.start, until: window.end, gap: GAP}"
OWN = "arrivals: {from: top.since, until: till, gap: GAP}"


def plan(fanout: str, gap: str = "{exponential: {mean: 30d}}", rows: int = 3000) -> Plan:
    return compile_plan(load(FRAME.format(fanout=fanout.replace("GAP", gap), rows=rows)))


def counted(found: Plan, chunk_rows: int = 10_000) -> pl.DataFrame:
    parts = list(generate(found, chunk_rows=chunk_rows))
    top, t = (pl.concat([part[name] for part in parts if name in part]) for name in ("top", "t"))
    rows = t.group_by("id").agg(n=pl.len(), first=pl.col("x").min(), last=pl.col("x").max())
    return top.join(rows, on="id", how="left", maintain_order="left").with_columns(pl.col("n").fill_null(0))


def test_exponential_gaps_are_a_poisson_process() -> None:
    found = counted(plan(WHOLE))["n"].to_numpy()
    mean = YEAR / (30 * 86_400)
    expected = stats.poisson(mean).pmf(np.arange(40)) * len(found)
    seen = np.bincount(found, minlength=40)[:40]
    large = expected > 5

    assert stats.chisquare(seen[large], expected[large] * seen[large].sum() / expected[large].sum()).pvalue > 1e-4


def test_other_gaps_are_a_renewal_process() -> None:
    """Gaps of exactly 30 days fit 12 times into 366 days, and those of 61 days 5 times: the sixth is at the end."""
    assert set(counted(plan(WHOLE, "{fixed: 30d}", rows=20))["n"]) == {12}
    assert set(counted(plan(WHOLE, "{fixed: 61d}", rows=20))["n"]) == {5}


def test_a_short_interval_has_few_rows() -> None:
    found = counted(plan(OWN, rows=8000)).with_columns(
        days=(pl.col("till") - pl.col("since")).dt.total_seconds() / 86_400
    )
    known = found.filter(pl.col("days").is_not_null())
    slope = known["n"].sum() / known["days"].sum()

    assert slope == pytest.approx(1 / 30, rel=0.03)
    assert known.filter(pl.col("days") < 3)["n"].mean() < 0.1
    assert found.filter(pl.col("days").is_null())["n"].sum() == 0
    assert (known["first"].drop_nulls() >= known.filter(pl.col("n") > 0)["since"]).all()
    assert (known["last"].drop_nulls() < known.filter(pl.col("n") > 0)["till"]).all()


@pytest.mark.parametrize("curve", ["", ", curve: night"])
def test_a_multiplier_divides_the_gap(curve: str) -> None:
    found = counted(plan(f"{WHOLE}, multiplier: {{plan: {{Pro: 3, Free: 1}}}}{curve}"))
    means = dict(found.group_by("plan").agg(pl.col("n").mean()).iter_rows())

    assert means["Pro"] / means["Free"] == pytest.approx(3, rel=0.04)
    assert means["Free"] == pytest.approx(12.2, rel=0.04)
    assert counted(plan(f"{WHOLE}, multiplier: {{plan: {{Pro: 0, Free: 1}}}}")).filter(plan="Pro")["n"].sum() == 0


def test_a_gap_per_segment() -> None:
    found = counted(plan(WHOLE, "{exponential: {mean: {plan: {Pro: 10d, else: 60d}}}}"))
    means = dict(found.group_by("plan").agg(pl.col("n").mean()).iter_rows())

    assert means["Pro"] == pytest.approx(36.6, rel=0.03)
    assert means["Free"] == pytest.approx(6.1, rel=0.04)


def test_bounds_and_chunks() -> None:
    whole = counted(plan(f"{OWN}, max: 4", rows=400))
    free = counted(plan(OWN, rows=400))

    assert whole["n"].max() == 4
    assert whole["n"].equals(free["n"].clip(0, 4))
    assert whole["first"].equals(free["first"])
    assert whole.equals(counted(plan(f"{OWN}, max: 4", rows=400), chunk_rows=17))
    assert counted(plan(f"{OWN}, max: 4", rows=900)).head(400).equals(whole)


def test_an_exposure_makes_rates_of_their_own() -> None:
    """Counts are Poisson with the rate of the row: their mean follows it, and gamma rates make a negative binomial."""
    found = counted(plan(f"{WHOLE}, exposure: often", rows=6000))
    known = found.filter(pl.col("often").is_not_null())
    n, mean = known["n"].to_numpy(), known["often"].to_numpy() * YEAR / (30 * 86_400)

    assert stats.norm.sf(abs(n.sum() - mean.sum()) / np.sqrt(mean.sum())) > 1e-5
    assert np.mean((n - mean)[mean > 1] ** 2 / mean[mean > 1]) == pytest.approx(1, abs=0.1)
    assert stats.nbinom(0.7, 0.7 / (0.7 + 12.2)).pmf(0) == pytest.approx(np.mean(n == 0), abs=0.02)
    assert found.filter(pl.col("often").is_null())["n"].sum() == 0


def test_a_limit_is_that_of_the_row() -> None:
    limit = WHOLE.replace("gap: GAP", "gap: GAP, limit: most")
    found, free = counted(plan(limit, rows=400)), counted(plan(WHOLE, rows=400))

    assert found["n"].equals(pl.select(n=pl.min_horizontal(free["n"], found["most"].fill_null(0)))["n"])
    assert (found["first"].drop_nulls() == free.filter(found["n"] > 0)["first"]).all()
    assert set(counted(plan(limit, "{exponential: {mean: 1h}}", rows=400)).filter(most=9)["n"]) == {9}


def test_rows_of_their_own_rate_are_not_one_poisson_process() -> None:
    for more in (f"{WHOLE}, exposure: often", WHOLE.replace("gap: GAP", "gap: GAP, limit: most")):
        generator = plan(more, rows=50).tables["t"].fanout.generator  # type: ignore[union-attr]
        assert generator.declared() is None
        assert generator.dispersion is None


@pytest.mark.parametrize("fanout", [WHOLE, OWN, f"{OWN}, max: 3, curve: night", f"{WHOLE}, curve: night"])
def test_the_plan_knows_about_how_many_rows_there_are(fanout: str) -> None:
    found = plan(f"{fanout}, multiplier: {{plan: {{Pro: 2, Free: 1}}}}")

    assert found.expected_rows["t"] == pytest.approx(counted(found)["n"].sum(), rel=0.08)


def test_a_poisson_process_in_a_common_interval_is_audited() -> None:
    effect = next(iter(compile_contract(plan(f"{WHOLE}, multiplier: {{plan: {{Pro: 3, Free: 1}}}}")).effects.values()))

    assert effect.kind == "fanout"
    assert effect.declared["Pro"] / effect.declared["Free"] == pytest.approx(3)
    assert effect.dispersion == 1.0


@pytest.mark.parametrize(
    ("fanout", "gap", "error", "place", "words"),
    [
        (f"{WHOLE}, min: 1", "{fixed: 1d}", PlanError, "min", "follows from the gaps"),
        (WHOLE, "{fixed: 1s}", PlanError, "", "more than 700 arrivals"),
        (
            WHOLE.replace("gap: GAP", "gap: GAP, limit: plan"),
            "{fixed: 1d}",
            SchemaError,
            "arrivals.limit",
            "holds text",
        ),
        (f"{WHOLE}, exposure: since", "{fixed: 1d}", SchemaError, "exposure", "holds timestamp"),
        (WHOLE, "{poisson: {mean: 3}}", SchemaError, "arrivals.gap.poisson", "cannot be a lag"),
        (WHOLE.replace("window.end", "plan"), "{fixed: 1d}", SchemaError, "arrivals.until", "holds text"),
        (f"{WHOLE}, curve: day", "{fixed: 1d}", SchemaError, "curve", "unknown curve 'day'"),
        ("poisson: {mean: 3}, curve: night", "", SchemaError, "curve", "a curve is not possible for 'poisson'"),
    ],
)
def test_what_cannot_arrive_is_refused(
    fanout: str, gap: str, error: Any, place: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanwise.generator.columns.support.arrivals.MOST", 700)
    with pytest.raises(error, match=words) as caught:
        list(generate(plan(fanout, gap, rows=3)))

    problem = caught.value.problems[0]
    assert problem.path == f"tables.t.fanout.{place}".rstrip(".")
    assert problem.mark is not None
    assert problem.hint


@pytest.mark.parametrize("more", [f"{WHOLE}, exposure: debt", WHOLE.replace("gap: GAP", "gap: GAP, limit: debt")])
def test_a_negative_rate_or_limit_is_refused(more: str) -> None:
    with pytest.raises(PlanError, match=r"'debt' is -.* in row \d+ of top") as caught:
        list(generate(plan(more, rows=50)))

    assert caught.value.problems[0].hint == "clamp the column: clamp: [0, null]"
