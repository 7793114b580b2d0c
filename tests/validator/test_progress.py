"""An audit reports which check it is at, and how many are done."""

from __future__ import annotations

from typing import Any

from fanwise import validator
from fanwise.validator.checks import checks


def test_each_check_is_reported_before_it_runs(make: Any) -> None:
    shop = make(seed=1, customers=60)
    steps: list[tuple[str, int, int]] = []

    report = validator.audit(shop.frames, shop.contract, progress=lambda *step: steps.append(step))

    total = len(checks())
    assert [done for _, done, _ in steps] == list(range(total))
    assert {all_of for _, _, all_of in steps} == {total}
    assert {finding.check for finding in report.findings} <= {name for name, _, _ in steps}
