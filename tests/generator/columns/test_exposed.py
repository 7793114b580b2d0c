"""`exposure` multiplies the mean of a row: counts keep their law, fractions are scaled, whole numbers keep their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.columns import exposed
from fanwise.generator.errors import PlanError, SchemaError

FRAME = """
segments: {{plan: {{table: t, share: {{Pro: 0.5, Free: 0.5}}}}}}
tables:
  t:
    rows: {rows}
    key: id
    columns:
      id: {{sequence: {{}}}}
      plan: {{segment: plan}}
      e: {e}
      x: {{{x}}}
  below: {{parent: t, fanout: {{{fanout}}}, columns: {{id: {{parent: id}}}}}}
"""


def made(
    tables: Any,
    x: str = "constant: 1",
    *,
    fanout: str = "fixed: 0",
    e: str = "{choice: {0: 1, 0.5: 1, 3: 1, 40: 1}}",
    rows: int = 12_000,
) -> dict[str, pl.DataFrame]:
    return tables(FRAME.format(x=x, fanout=fanout, e=e, rows=rows))  # type: ignore[no-any-return]


COUNTS = {
    "poisson: {mean: 0.7}": lambda e: stats.poisson(0.7 * e),
    "geometric: {mean: 0.7}": lambda e: stats.nbinom(1, 1 / (1 + 0.7 * e)),
    "negbin: {mean: 0.7, k: 3}": lambda e: stats.nbinom(3, 3 / (3 + 0.7 * e)),
}


@pytest.mark.parametrize("x", COUNTS)
def test_counts_keep_their_law(tables: Any, x: str) -> None:
    found = made(tables, f"{x}, exposure: e")["t"]

    assert found["x"].dtype == pl.Int64
    assert set(found.filter(e=0)["x"]) == {0}
    for e in (0.5, 3.0, 40.0):
        seen = np.bincount(found.filter(e=e)["x"].to_numpy(), minlength=400)[:400]
        expected = COUNTS[x](e).pmf(np.arange(400)) * seen.sum()
        large = expected > 8
        assert stats.chisquare(seen[large], expected[large] * seen[large].sum() / expected[large].sum()).pvalue > 1e-4


def test_fractions_are_multiplied(tables: Any) -> None:
    plain, found = (
        made(tables, f"lognormal: {{mean: 5, sd: 2}}, round: 9{more}")["t"] for more in ("", ", exposure: e")
    )

    assert np.allclose(found["x"], plain["x"] * plain["e"], atol=1e-6)


@pytest.mark.parametrize("x", ["integer: {min: 1, max: 5}", "fixed: 3", "zipf: {s: 1.5, n: 9}"])
def test_whole_numbers_keep_their_mean(tables: Any, x: str) -> None:
    plain, found = (made(tables, f"{x}{more}")["t"] for more in ("", ", exposure: e"))
    half = found.filter(e=0.5)

    assert found["x"].dtype == pl.Int64
    assert half["x"].mean() == pytest.approx(plain.filter(e=0.5)["x"].mean() / 2, rel=0.04)
    assert found.filter(e=40.0)["x"].equals(plain.filter(e=40.0)["x"] * 40)


def test_a_multiplier_and_an_exposure_multiply(tables: Any) -> None:
    found = made(tables, "poisson: {mean: 2}, multiplier: {plan: {Pro: 3, Free: 1}}, exposure: e")["t"]
    means = dict(found.filter(e=3.0).group_by("plan").agg(pl.col("x").mean()).iter_rows())

    assert means["Pro"] == pytest.approx(18, rel=0.02)
    assert means["Free"] == pytest.approx(6, rel=0.03)


def test_a_fanout_has_an_exposure(tables: Any) -> None:
    frames = made(tables, fanout="poisson: {mean: 0.4}, exposure: e, max: 9")
    rows = (
        frames["t"]
        .join(frames["below"].group_by("id").len("n"), on="id", how="left")
        .with_columns(pl.col("n").fill_null(0))
    )

    assert rows.filter(e=0)["n"].sum() == 0
    assert rows.filter(e=3.0)["n"].mean() == pytest.approx(1.2, rel=0.05)
    assert rows["n"].max() == 9


def test_null_gives_null_and_no_rows(tables: Any) -> None:
    frames = made(
        tables, "poisson: {mean: 2}, exposure: e", fanout="fixed: 2, exposure: e", e="{fixed: 1, null: 40%}", rows=500
    )

    assert frames["t"]["x"].is_null().equals(frames["t"]["e"].is_null())
    assert len(frames["below"]) == 2 * frames["t"]["e"].count()


def test_values_do_not_depend_on_other_rows(tables: Any) -> None:
    x = "negbin: {mean: 2, k: 0.5}, exposure: e"

    assert made(tables, x, rows=9000)["t"].head(300)["x"].equals(made(tables, x, rows=300)["t"]["x"])


@pytest.mark.parametrize(
    ("x", "e", "error", "words"),
    [
        ("poisson: {mean: 1}, exposure: e", "{normal: {mean: 0, sd: 1}}", PlanError, "the exposure 'e' is -"),
        ("poisson: {mean: 90000}, exposure: e", "{fixed: 3}", PlanError, "more than 100,000 events"),
        ("poisson: {mean: 1}, exposure: e", "{fake: word}", SchemaError, "holds text"),
        ("beta: {mean: 0.5, n: 3}, exposure: e", "{fixed: 3}", SchemaError, "not possible for 'beta'"),
        ("fake: word, exposure: e", "{fixed: 3}", SchemaError, "not possible for 'fake'"),
        ("poisson: {mean: 1}, exposure: x", "{fixed: 3}", SchemaError, "depends on itself"),
    ],
)
def test_what_multiplies_no_mean_is_refused(tables: Any, x: str, e: str, error: Any, words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        made(tables, x, e=e, rows=50)

    assert caught.value.problems[0].path.startswith("tables.t.columns.x")
    assert caught.value.problems[0].mark is not None


def test_events_drawn_together_are_those_drawn_one_by_one(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    together = made(tables, "poisson: {mean: 0.7}, exposure: e", rows=3_000)["t"]
    monkeypatch.setattr(exposed, "_MOST_TOGETHER", 1)

    assert made(tables, "poisson: {mean: 0.7}, exposure: e", rows=3_000)["t"].equals(together)


def test_a_row_with_too_many_events_is_an_error(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed, "MOST", 40)

    with pytest.raises(PlanError, match="more than 40 events"):
        made(tables, "poisson: {mean: 1}, exposure: e", e="{constant: 38}", rows=400)
