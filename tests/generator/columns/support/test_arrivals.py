"""Arrivals drawn in blocks are those that are drawn row by row, gap by gap."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.columns.arrivals import Arrivals
from fanwise.generator.columns.support import arrivals
from fanwise.generator.columns.support.arrivals import Process
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.language import load
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
    "heavy": "arrivals: {from: window.start, until: window.end, gap: {weibull: {mean: 30d, shape: 0.3}}}, exposure: often",
}


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


@pytest.mark.parametrize("fanout", FANOUTS)
def test_blocks_change_nothing(fanout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    process, ctx = of(FANOUTS[fanout])
    codes = process.gap.cells.codes(ctx)
    rows = [one_by_one(process, ctx, row, codes) for row in range(len(ctx))]
    monkeypatch.setattr(arrivals, "_FIRST", 7)
    for cells in (300, 1 << 17):
        monkeypatch.setattr(arrivals, "_CELLS", cells)
        process, ctx = of(FANOUTS[fanout])
        drawn = process.drawn(ctx)

        assert drawn.counts.tolist() == [len(sums) for sums in rows]
        assert drawn.sums.tolist() == [value for sums in rows for value in sums]
    assert sum(map(len, rows)) > 20


def test_gaps_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass that counts keeps what the pass that builds needs, and it goes with the rows."""
    process, ctx = of(FANOUTS["exponential"])
    drawn = process.drawn(ctx)
    monkeypatch.setattr(arrivals, "uniform_lanes", None)

    assert len(process.instants(ctx)) == drawn.counts.sum()
    ctx.release()
    assert len(process.drawn(ctx).counts) == 0
