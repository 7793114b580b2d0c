"""What `gen check` says of a schema is what the audit of its data says, for every schema of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import Dataset, load
from fanwise.generator.plan import compile_plan
from tests.mutants.schemas import SCHEMAS
from tests.mutants.store import STORE
from tests.validator.statistics.healthy import HEALTHY
from tests.validator.statistics.many import frames_of

pytestmark = [pytest.mark.system, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
MOST_ROWS = 200_000
SEEDS = range(1, 6)
STARTS = re.compile(r"^(?=fanwise: 1\b)", re.M)


def _texts() -> Iterator[tuple[str, str]]:
    """Yield every schema that is written somewhere, with the place."""
    for path in sorted([*(ROOT / "schemas").glob("*.yaml"), *(ROOT / "tests").rglob("*.yaml")]):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.py")]):
        text = path.read_text(encoding="utf-8")
        for at, found in enumerate(STARTS.split(text)[1:]):
            yield (
                f"{path.relative_to(ROOT)} {at + 1}",
                re.split(r'^(?:```|YAML|EOF|""")', found, maxsplit=1, flags=re.M)[0],
            )
    yield from (("store", STORE), *HEALTHY.items(), *SCHEMAS.items())


def _read() -> Iterator[tuple[str, Dataset]]:
    for name, text in _texts():
        try:
            yield name, load(text)
        except SchemaError:  # a part of a file, or a file of something else
            continue


READ = dict(_read())


def test_there_are_many_schemas() -> None:
    assert len(READ) >= 45


@pytest.mark.parametrize("name", READ)
def test_check_and_outcome_agree(name: str) -> None:
    """0 passes in four of five seeds at least, 1 in none, and 0 and 3 never fail; warnings are rare."""
    try:
        rows = sum(compile_plan(READ[name]).expected_rows.values())
        scale = min(1.0, MOST_ROWS / rows)
        expected = forecast(compile_plan(READ[name], scale=scale))
    except PlanError:
        pytest.skip("needs files beside it")
    codes, warned = [], 0
    for seed in SEEDS:
        plan = compile_plan(READ[name], seed=seed, scale=scale)
        report = validator.audit(frames_of(plan), compile_contract(plan), threads=1)
        codes.append(report.exit_code)
        warned += bool(report.with_status(validator.Status.WARN))

    wanted = {0: {0, 3} if expected.unknown else {0}, 1: {1}, 3: {0, 3}}[expected.exit_code]
    assert sum(code in wanted for code in codes) >= len(codes) - (expected.exit_code == 0), (expected.verdict, codes)
    assert expected.exit_code == 1 or 1 not in codes
    assert expected.exit_code == 1 or warned <= 1
