"""Advice of a forecast: with the rows that it names, the plan passes; where no number does, it says what else helps."""

from __future__ import annotations

import re

import pytest

from fanwise.generator.audit import advice
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Forecast

FEW_HITS = """
fanwise: 1
name: r
segments: {tier: {table: a, share: {hi: 0.5, lo: 0.5}}}
tables:
  a: {rows: 6000, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  b:
    parent: a
    fanout: {poisson: {mean: 0.5}}
    columns: {id: {parent: id}, hit: {boolean: {p: 0.1}, multiplier: {tier: {hi: 1.5, lo: 1}}}}
"""

REFERRED = """
fanwise: 1
name: referred
segments: {tier: {table: customer, share: {VIP: 0.3, Std: 0.7}}}
tables:
  customer: {rows: 300, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  order:
    rows: 300
    key: oid
    columns:
      oid: {sequence: {}}
      cid: {ref: customer, multiplier: {tier: {VIP: 1.3, Std: 1}}}
"""

COMPUTED = """
fanwise: 1
name: computed
segments: {tier: {table: a, share: {hi: 0.5, lo: 0.5}}}
tables:
  a: {rows: 6000, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  b:
    parent: a
    fanout: {poisson: {mean: 0.5}}
    columns:
      id: {parent: id}
      draw: {exponential: {mean: 5}, multiplier: {tier: {hi: 1.5, lo: 1}}, hidden: true}
      hit: {expr: "draw > 10"}
audit: {expect: {hits: {share: b.hit = true, by: tier, rank: hi > lo}}}
"""


def outlook(text: str, **rows: int) -> Forecast:
    return forecast(compile_plan(load(text), rows=rows))


def advised_rows(found: Forecast) -> dict[str, int]:
    """Return what the advice raises, by table; all gates are told the same."""
    (told,) = {gate.advice.rpartition(": raise ")[2].rstrip(".") for gate in found.weak}
    return {table: int(rows.replace(",", "")) for table, rows in re.findall(r"(\w+) to ([\d,]+)", told)}


def test_rows_without_information_count_in_the_advice() -> None:
    """Of 3,000 rows in `hi`, 1,180 have a row of b: about 13,700 rows of a show what 5,430 informative ones would."""
    found = outlook(FEW_HITS)

    assert found.exit_code == 3
    (gate,) = found.weak
    assert re.fullmatch(
        r"hi has 3,000 rows of a; 1\.50× in share b\.hit = true needs 6,\d{3}: raise a to 13,\d{3}\.", gate.advice
    )
    assert gate.needed == pytest.approx(6850, rel=0.03)
    assert outlook(FEW_HITS, **advised_rows(found)).exit_code == 0
    assert outlook(FEW_HITS, a=6000).exit_code == outlook(FEW_HITS, a=5430).exit_code == 3


WEAK = [(FEW_HITS, rows) for rows in (20, 300, 2000, 6000, 8000)] + [(COMPUTED, rows) for rows in (20, 300, 1000)]


@pytest.mark.parametrize(("text", "rows"), WEAK)
def test_the_plan_with_the_advised_rows_passes(text: str, rows: int) -> None:
    found = outlook(text, a=rows)
    assert found.exit_code == 3
    wanted = advised_rows(found)

    assert wanted["a"] > rows
    assert outlook(text, **wanted).exit_code == 0


def test_several_weak_gates_get_one_answer() -> None:
    found = forecast(compile_plan(load("ecommerce"), rows={"customer": 12}))
    rows = advised_rows(found)["customer"]

    assert forecast(compile_plan(load("ecommerce"), rows={"customer": rows})).exit_code == 0
    assert "needs 100: raise customer to 600" in " ".join(found.text().split())
    assert len(re.findall("raise customer to", found.text())) < len(found.weak)


def test_where_one_table_is_not_enough_both_are_raised() -> None:
    """More customers alone share the same orders: the scatter of a customer's orders grows as they get fewer."""
    found = outlook(REFERRED)
    wanted = advised_rows(found)

    assert set(wanted) == {"customer", "order"}
    assert outlook(REFERRED, **wanted).exit_code == 0


def test_where_no_number_helps_the_advice_says_what_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "MOST", 10_000)
    (gate,) = outlook(FEW_HITS).weak

    assert gate.needed is None
    assert "no number of rows is known to show 1.50× in share b.hit = true" in gate.advice
    assert "a larger effect" in gate.advice
