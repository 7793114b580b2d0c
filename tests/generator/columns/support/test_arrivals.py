"""Arrivals drawn in blocks are those that are drawn row by row, gap by gap."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.columns.arrivals import Arrivals
from fanwise.generator.columns.support import arrivals, gaps
from fanwise.generator.columns.support.arrivals import Process
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.language import load
from fanwise.generator.numerics.rough import minus_log
from fanwise.generator.plan import compile_plan

FRAME = """
fanwise: 1
name: a
window: {{start: 2024-01-01, end: 2025-01-01}}
curves: {{night: {{hour: {{3: 20}}, trend: 100%/y}}}}
segments: {{plan: {{table: top, share: {{Pro: 0.5, Free: 0.5}}}}}}
tables:
  top:
    rows: 90
    key: id
    columns:
      id: {{sequence: {{}}}}
      plan: {{segment: plan}}
      since: {{timestamp: {{between: [2023-06-01, 2024-12-01]}}, null: 5%}}
      often: {{gamma: {{mean: 1, shape: 0.7}}, null: 5%}}
      most: {{normal: {{mean: 9, sd: 6}}, clamp: [0, null], null: 5%}}
  t: {{parent: top, fanout: {{{fanout}}}, columns: {{id: {{parent: id}}, x: {{arrival: {{}}}}}}}}
"""
FANOUTS = {
    "exponential": "arrivals: {from: window.start, until: window.end, gap: {exponential: {mean: 18.3d}}}",
    "fixed": "arrivals: {from: window.start, until: window.end, gap: {fixed: 61d}}",
    "rare": "arrivals: {from: top.since, until: window.end, gap: {exponential: {mean: 900d}}}",
    "everything": """arrivals: {from: top.since, until: window.end, gap: {gamma: {mean: {plan: {Pro: 9d, else: 40d}}, shape: 0.3}},
        limit: most}, exposure: often, curve: night, multiplier: {plan: {Pro: 3, Free: 1}}, max: 25""",
    "rates": """arrivals: {from: top.since, until: window.end, gap: {exponential: {mean: {plan: {Pro: 9d, else: 40d}}}},
        limit: most}, exposure: often, multiplier: {plan: {Pro: 3, Free: 1}}, max: 25""",
    "heavy": "arrivals: {from: window.start, until: window.end, gap: {weibull: {mean: 30d, shape: 0.3}}}, exposure: often",
}
ROUGH = ("exponential", "rare", "rates")


def of(fanout: str) -> tuple[Process, GenerationContext]:
    plan = compile_plan(load(FRAME.format(fanout=fanout)))
    bound = plan.tables["t"].fanout
    assert bound is not None
    assert isinstance(bound.generator, Arrivals)
    top = plan.tables["top"]
    rows = Rows.of_root("top", np.arange(90))
    return bound.generator.process, GenerationContext(top, rows, None, TableReferences(plan.tables))


def one_by_one(process: Process, ctx: GenerationContext, row: int, codes: object) -> list[float]:
    """Return the sums of the gaps of one row up to each of its arrivals."""
    start, end, known = process.ends(ctx)
    length, rate, limits = process.curve.length(start, end)[row], process.rates(ctx)[row], process.limits(ctx)
    found: list[float] = []
    total, lane = 0.0, 0
    while known[row] and length > 0 and rate > 0:
        if (process.most is not None and lane >= process.most) or (limits is not None and limits[row] <= lane):
            break
        u = process.gap.uniforms.draw(ctx, 2 * lane, np.array([row]))
        cell = codes if isinstance(codes, int) else np.asarray(codes)[[row]]
        total += max(float(process.gap.sampler.quantile(u, cell)[0]), 0.0) / rate
        if total >= length:
            break
        found.append(total)
        lane += 1
    return found


def instants_of(process: Process, ctx: GenerationContext, rows: list[list[float]]) -> list[int]:
    """Return the instants of exact sums, row by row."""
    start, end, _ = process.ends(ctx)
    found: list[int] = []
    for row, sums in enumerate(rows):
        own = start[row : row + 1], end[row : row + 1]
        share = np.array(sums) / process.curve.length(*own)
        found += process.curve.quantile(share, *(np.repeat(each, len(sums)) for each in own)).tolist()
    return found


@pytest.mark.parametrize("fanout", FANOUTS)
def test_blocks_change_nothing(fanout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    process, ctx = of(FANOUTS[fanout])
    codes = process.gap.cells.codes(ctx)
    rows = [one_by_one(process, ctx, row, codes) for row in range(len(ctx))]
    wanted = instants_of(process, ctx, rows)
    monkeypatch.setattr(arrivals, "_FIRST", 7)
    for cells in (300, 1 << 17):
        monkeypatch.setattr(arrivals, "_CELLS", cells)
        process, ctx = of(FANOUTS[fanout])
        drawn = process.drawn(ctx)

        assert drawn.counts.tolist() == [len(sums) for sums in rows]
        error = 0.0 if drawn.error is None else np.resize(drawn.error, len(ctx)).repeat(drawn.counts)
        assert (np.abs(np.concatenate(drawn.sums) - [value for sums in rows for value in sums]) <= error).all()
        assert process.instants(ctx).tolist() == wanted
        assert (drawn.error is not None) == (fanout in ROUGH)
    assert sum(map(len, rows)) > 20


@pytest.mark.parametrize("error", [1e-7, 1e-4, 1e-2])
@pytest.mark.parametrize("fanout", ROUGH)
def test_rough_gaps_change_nothing(fanout: str, error: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rougher the gaps are, the more of the rows are drawn again with exact ones."""
    process, ctx = of(FANOUTS[fanout])
    codes = process.gap.cells.codes(ctx)
    rows = [one_by_one(process, ctx, row, codes) for row in range(len(ctx))]
    wanted = instants_of(process, ctx, rows)

    def blurred(w: np.ndarray, out: np.ndarray) -> None:
        minus_log(w, out)
        out += error * np.where(np.arange(len(out)) % 2, 0.99, -0.99)

    monkeypatch.setattr(gaps, "minus_log", blurred)
    monkeypatch.setattr(gaps, "LOG_ERROR", error)
    monkeypatch.setattr(gaps, "_MOST", np.inf)
    process, ctx = of(FANOUTS[fanout])

    error_of = process.drawn(ctx).error
    assert error_of is not None
    assert error_of.max() > 0.01
    assert process.drawn(ctx).counts.tolist() == [len(sums) for sums in rows]
    assert process.instants(ctx).tolist() == wanted


def test_coarse_sums_are_not_used() -> None:
    """A gap of centuries is worth more than a second in the last digits, so such gaps are exact at once."""
    process, ctx = of(FANOUTS["rare"].replace("900d", "3000000000d"))

    assert process.drawn(ctx).error is None


def test_joined_sums_are_in_the_order_of_the_rows() -> None:
    """Sums beyond the last arrival never stay, not even of rows without any."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        counts = rng.poisson(rng.choice([0.3, 2.0, 6.0]), 40)
        wanted = [(row, lane) for row, count in enumerate(counts.tolist()) for lane in range(count)]
        stages, lane, going = [], 0, np.arange(40)
        while going.size:
            lanes = int(rng.integers(1, 5))
            at = np.arange(lane, lane + lanes)[:, None]
            stages.append((lane, going, np.where(at < counts[going], going + at / 100, np.nan)))
            lane += lanes
            going = going[counts[going] >= lane]

        assert arrivals._joined(counts, stages).tolist() == [row + at / 100 for row, at in wanted]


def test_gaps_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass that counts keeps what the pass that builds needs, and it goes with the rows."""
    process, ctx = of(FANOUTS["exponential"])
    drawn = process.drawn(ctx)
    monkeypatch.setattr(gaps, "uniform_lanes", None)

    assert len(process.instants(ctx)) == drawn.counts.sum()
    ctx.release()
    assert len(process.drawn(ctx).counts) == 0
