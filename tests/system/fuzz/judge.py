"""What becomes of one mutant: refused with a place, or made and true to its laws. Everything else is a finding."""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import FanwiseError, InputError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from tests.system.fuzz.laws import broken_laws

__all__ = ["FINE", "Outcome", "difference", "judge", "made"]

ROWS = 3_000
"""Rows of all tables of a mutant; larger ones are scaled down."""
MOST = 30_000
"""Rows beyond which a mutant that cannot be scaled down is only planned."""
FINE = frozenset({"refused", "made", "large"})
_CODE = re.compile(r"FW-[A-Z0-9-]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """kind: one of FINE, or what is wrong. detail: says more, and is alike for findings of one cause."""

    kind: str
    detail: str = ""


def judge(text: str, *, again: bool = False) -> Outcome:
    """Return what becomes of a schema. again: its rows are made in small chunks, too, and must be the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return _judged(text, again)
        except InputError as error:
            return _refused(error)
        except FanwiseError as error:
            return Outcome("exit", f"{error.exit_code}: {error}")
        except RecursionError:
            return Outcome("traceback", "RecursionError")
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if "fanwise" in frame.filename] or list(frames)
            where = f"{own[-1].filename.rpartition('fanwise/')[2]}:{own[-1].name}"
            return Outcome("traceback", f"{type(error).__name__} in {where}: {str(error)[:150]}")


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


def _refused(error: InputError) -> Outcome:
    if not error.problems:
        return Outcome("refusal", "no problem is told")
    for problem in error.problems:
        said = str(problem)
        if "\n" in said or not _CODE.search(said):
            return Outcome("refusal", f"no code, or several lines: {said[:200]}")
        if problem.mark is None and problem.code != "FW-MORE-PROBLEMS":
            return Outcome("refusal", f"no place: {re.sub(r'[0-9.]+', '#', said)[:200]}")
    return Outcome("refused", error.problems[0].code)
