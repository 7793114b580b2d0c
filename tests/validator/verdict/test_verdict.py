"""The verdict: one exit code for each outcome, and which one outranks which."""

from __future__ import annotations

import pytest

from fanwise.validator.contract.model import Gates
from fanwise.validator.errors import ContractError
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.verdict.verdict import decide, tally

P, W, F, I, E, S = Status  # noqa: E741


@pytest.mark.parametrize(
    ("statuses", "verdict", "code"),
    [
        ([], P, 0),
        ([P, P], P, 0),
        ([P, W], P, 0),
        ([P, S], P, 0),
        ([P, W, F], F, 1),
        ([F, I], F, 1),
        ([P, I, W], I, 3),
        ([P, E], E, 4),
        ([F, I, E], E, 4),
    ],
)
def test_exit_codes(statuses: list[Status], verdict: Status, code: int) -> None:
    found = decide([Finding(str(i), "x", status, "m") for i, status in enumerate(statuses)])

    assert (found.status, found.exit_code) == (verdict, code)
    assert sum(found.counts.values()) == len(statuses)


def test_the_line_counts_what_was_asked() -> None:
    found = decide([Finding(str(i), "x", status, "m") for i, status in enumerate([P, W, F, F, I, S])])

    assert found.line == "2 of 5 checks failed (1 could not be decided)."
    assert decide([Finding("1", "x", P, "m")]).line == "the 1 check passed."


def test_a_warning_is_not_a_pass() -> None:
    found = [Finding(str(i), "x", status, "m") for i, status in enumerate([P, P, W, W, S])]

    assert decide(found).line == "2 of 4 checks passed, 2 warnings."
    assert decide(found[:2]).line == "all 2 checks passed."
    assert str(tally(found)) == "2 of 4 (2 warnings, 1 skipped)"
    assert str(tally(found[:2])) == "2 of 2"


def kinds(*found: tuple[Severity, Status]) -> list[Finding]:
    return [Finding(str(i), "x", status, "m", severity) for i, (severity, status) in enumerate(found)]


@pytest.mark.parametrize(
    ("gates", "effect", "integrity", "verdict"),
    [
        ("all", F, P, F),
        ("all", P, F, F),
        ("integrity", F, P, P),
        ("integrity", I, P, P),
        ("integrity", F, F, F),
        ("none", F, F, P),
        ("none", E, P, E),
        ("integrity", E, P, E),
    ],
)
def test_gates_say_what_decides(gates: Gates, effect: Status, integrity: Status, verdict: Status) -> None:
    found = decide(kinds((Severity.EFFECT, effect), (Severity.INTEGRITY, integrity), (Severity.INFO, P)), gates)

    assert found.status is verdict


def test_the_line_says_what_only_is_reported() -> None:
    found = kinds((Severity.EFFECT, F), (Severity.NOTE, W), (Severity.INTEGRITY, P), (Severity.INFO, P))

    assert decide(found).line == "1 of 3 checks failed."
    assert (
        decide(found, "integrity").line == "the 1 check passed. Effects are only reported: 0 of 2 (1 warning) passed."
    )
    assert decide(found, "none").line == "nothing decides. Everything is only reported: 1 of 3 (1 warning) passed."


def test_the_gates_of_an_audit_override_those_of_the_contract(make) -> None:
    shop = make(seed=5, fanout=dict.fromkeys(("VIP", "Standard", "Casual"), 1.0)).only_effects("orders")
    shop.contract["gates"] = "integrity"

    assert (shop.audit().exit_code, shop.audit(gates="all").exit_code, shop.audit(gates="none").exit_code) == (0, 1, 0)
    with pytest.raises(ContractError, match="is not all, integrity or none"):
        shop.audit(gates="some")
