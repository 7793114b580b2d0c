"""What becomes of one mutant: refused with a place, or made and true to its laws. Everything else is a finding."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import FanwiseError, InputError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from tests.system.fuzz.laws import broken_laws
from tests.system.fuzz.outcomes import Outcome, guarded, told

__all__ = ["difference", "judge", "made"]

ROWS = 3_000
"""Rows of all tables of a mutant; larger ones are scaled down."""
MOST = 30_000
"""Rows beyond which a mutant that cannot be scaled down is only planned."""


def judge(text: str, *, again: bool = False) -> Outcome:
    """Return what becomes of a schema. again: its rows are made in small chunks, too, and must be the same."""
    return guarded(lambda: _judged(text, again), _refused)


def _judged(text: str, again: bool) -> Outcome:
    dataset = load(text, file="mutant.yaml")
    plan = compile_plan(dataset)
    expected = sum(plan.expected_rows.values())
    if expected > ROWS:
        plan = compile_plan(dataset, scale=ROWS / expected)
    compile_contract(plan)
    if sum(plan.expected_rows.values()) > MOST:
        return Outcome("large")
    whole = made(plan)
    if broken := broken_laws(dataset, whole):
        return Outcome("broken law", "; ".join(broken[:3]))
    if again and (other := difference(whole, made(plan, chunk_rows=7))):
        return Outcome("chunks", other)
    return Outcome("made")


def made(plan: Plan, *, chunk_rows: int | None = None) -> dict[str, pl.DataFrame]:
    """Return the tables of a plan."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(plan, threads=1, chunk_rows=chunk_rows):
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)
    shown = {name: table.written.to_frame() for name, table in plan.schema.tables.items()}
    return {name: pl.concat(parts[name]) if name in parts else frame for name, frame in shown.items()}


def difference(a: Mapping[str, pl.DataFrame], b: Mapping[str, pl.DataFrame]) -> str:
    """Return which column differs."""
    for name, frame in a.items():
        if frame.schema != b[name].schema or frame.height != b[name].height:
            return f"{name}: {frame.height} and {b[name].height} rows"
        for column in frame.columns:
            if not frame[column].equals(b[name][column], null_equal=True):
                return f"{name}.{column}"
    return ""


def _refused(error: FanwiseError) -> Outcome | None:
    return told(error, marked=True) if isinstance(error, InputError) else None
