"""`measure` says of segments what the audit says, without the rest of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fanwise import validator
from fanwise.validator import Report
from fanwise.validator.report.sections import effects, population, segments
from tests.validator.shop import Shop

SECTIONS = (population.population, effects.effects, segments.fanouts, segments.values)


def both(shop: Shop) -> tuple[Report, Report]:
    contract = validator.load_contract(shop.contract)
    return validator.audit(dict(shop.frames), contract, gates="none"), validator.measure(dict(shop.frames), contract)


def test_segments_and_pairs_are_those_of_the_audit(shop: Shop) -> None:
    audited, measured = both(shop)

    assert measured.measured
    for section in SECTIONS:
        assert section(measured) == section(audited)
    assert len(measured.findings) < len(audited.findings)


def test_effects_that_are_not_there_have_the_status_of_the_audit(shop: Shop) -> None:
    flat = shop.frames["customer"]
    shop.frames["customer"] = flat.with_columns(tier=flat["tier"].shuffle(1))
    audited, measured = both(shop)

    found = {pair.status for each in measured.measured for pair in each.pairs}
    assert validator.Status.FAIL in found
    assert [each.pairs for each in measured.measured] == [each.pairs for each in audited.measured]


def test_nothing_is_looked_at_beside_segments(shop: Shop) -> None:
    customer = shop.frames["customer"]
    shop.frames["customer"] = customer.with_columns(signed_up=None)
    _, measured = both(shop)

    assert not measured.exit_code
    assert measured.tables == ()


def test_a_contract_that_cannot_be_used_is_refused(shop: Shop) -> None:
    contract = validator.load_contract(shop.contract)
    axis = next(iter(contract.axes.values()))
    wrong = replace(contract, axes={"tier": replace(axis, column="rank")})

    with pytest.raises(validator.ContractError):
        validator.measure(dict(shop.frames), wrong)


def test_nothing_is_worked_out_that_nobody_is_shown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks, advice, causes and differences that are only watched take most of the time of an audit of few rows."""

    def refused(*given: object) -> None:
        raise AssertionError

    for name in ("measures.evidence.carriers", "verdict.diagnosis._cause", "checks.pairwise.advise"):
        monkeypatch.setattr(f"fanwise.validator.{name}", refused)
    shop.frames["order"] = shop.frames["order"].head(40)
    measured = validator.measure(dict(shop.frames), validator.load_contract(shop.contract))

    assert {validator.Status.INCONCLUSIVE} <= {finding.status for finding in measured.findings}
    assert not any(finding.hint for finding in measured.findings if finding.check == "direction")
    assert {finding.check for finding in measured.findings} >= {"direction", "ratio"}
    assert "leak" not in {finding.check for finding in measured.findings}
