"""One look at a schema, in steps from the quickest to the slowest: problems and rows, effects, the forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.generator.errors import FanwiseError, Problem

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.generator.cli.page.sample import Sample
    from fanwise.generator.plan import Plan
    from fanwise.text.blocks import Section

__all__ = ["Look", "looks"]

_ROWS, _FEWEST = 4_000, 100  # of the sample that the page shows

_GONE = (Problem("FW-USAGE-FILE", "the file is gone", "save it again: this goes on as soon as it is back"),)


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a schema. problems: none where it can be planned; warnings otherwise. text: the schema.

    rows: of each table of the dataset, as the formulas have it, and counted in the last step. tables: what the page
    says of each of them. forecast: by the first draws of each pilot where these are enough, then by all of them.
    The rest is None until its step is done. done: no step follows.
    """

    schema: str
    text: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    plan: Plan | None = None
    sample: Sample | None = None
    rows: Mapping[str, float] | None = None
    tables: tuple[Section, ...] | None = None
    forecast: validator.Forecast | None = None
    done: bool = False


def looks(schema: str) -> Iterator[Look]:
    """Yield what is known of a schema after each step; every problem that the user can correct is part of it."""
    from fanwise.generator.audit.contract import compile_contract, warnings
    from fanwise.generator.audit.forecast import forecasts
    from fanwise.generator.cli.page.document import table_sections
    from fanwise.generator.cli.page.sample import measured, unmeasured
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan
    from fanwise.generator.run.sizing import likely_rows

    look = Look(schema, _text(schema))
    try:
        plan = compile_plan(load(schema))
        sample = unmeasured(plan, _ROWS, _FEWEST)
        look = replace(
            look,
            plan=plan,
            warnings=warnings(plan),
            sample=sample,
            rows=plan.expected_rows,
            tables=table_sections(plan, sample),
        )
        yield look
        contract = compile_contract(plan)
        look = replace(look, sample=measured(sample, contract))
        yield look
        for found, done in forecasts(plan, contract):
            yield replace(look, forecast=found, done=done, rows=likely_rows(plan) if done else look.rows)
    except FanwiseError as error:
        if error.exit_code == FanwiseError.exit_code:
            raise
        gone = not Path(schema).exists()
        yield replace(look, problems=_GONE if gone else error.problems, done=True)


def _text(schema: str) -> str:
    try:
        return Path(schema).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
