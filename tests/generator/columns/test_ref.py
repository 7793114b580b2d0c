"""`ref`: weights, segments of the table referred to, distinct and local choices, the own table, composite keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.errors import InputError, PlanError

PEOPLE = """
segments: {tier: {table: person, share: {VIP: 0.1, Standard: 0.4, Casual: 0.5}}}
tables:
  person:
    rows: 100
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}, size: {integer: {min: 0, max: 5}}}
"""


def referring(tables: Any, ref: str, rows: int = 20_000, **options: Any) -> pl.DataFrame:
    text = PEOPLE + f"  visit:\n    rows: {rows}\n    columns:\n      who: {ref}\n      seen: {{expr: person.tier}}\n"
    found = tables(text, **options)
    return found["visit"].join(found["person"], left_on="who", right_on="id", maintain_order="left")


def test_an_even_reference_reaches_every_row(tables: Any) -> None:
    found = referring(tables, "{ref: person}")

    assert stats.chisquare(found["who"].value_counts()["count"].to_numpy()).pvalue > 1e-4
    assert found["who"].n_unique() == 100
    assert (found["seen"] == found["tier"]).all()


def test_a_multiplier_acts_through_the_referred_rows_segment(tables: Any) -> None:
    found = referring(tables, "{ref: person, multiplier: {tier: {VIP: 4, Standard: 1, Casual: 0.4}}}")
    people = dict(tables(PEOPLE)["person"].group_by("tier").len().iter_rows())
    per_row = {tier: count / people[tier] for tier, count in found.group_by("tier").len().iter_rows()}

    assert per_row["VIP"] / per_row["Standard"] == pytest.approx(4, rel=0.06)
    assert per_row["Casual"] / per_row["Standard"] == pytest.approx(0.4, rel=0.06)


def test_a_changed_multiplier_moves_few_references(tables: Any) -> None:
    a = referring(tables, "{ref: person, multiplier: {tier: {VIP: 4, Standard: 1, Casual: 0.4}}}")["who"]
    b = referring(tables, "{ref: person, multiplier: {tier: {VIP: 4, Standard: 1, Casual: 0.5}}}")["who"]

    assert (a == b).mean() > 0.85


def test_a_zipf_weight_follows_the_row_number(tables: Any) -> None:
    found = dict(referring(tables, "{ref: person, weight: {zipf: 1.1}}")["who"].value_counts().iter_rows())
    expected = np.arange(1, 101) ** -1.1

    assert stats.chisquare([found.get(i, 0) for i in range(1, 101)], 20_000 * expected / expected.sum()).pvalue > 1e-4


def test_a_numeric_column_weighs(tables: Any) -> None:
    found = referring(tables, "{ref: person, weight: size}")
    people = tables(PEOPLE)["person"]
    counts = people.join(found["who"].value_counts(), left_on="id", right_on="who", how="left")["count"].fill_null(0)
    weights = people["size"].to_numpy()

    assert (counts.to_numpy()[weights == 0] == 0).all()
    kept = weights > 0
    assert stats.chisquare(counts.to_numpy()[kept], 20_000 * weights[kept] / weights.sum()).pvalue > 1e-4


@pytest.mark.parametrize(
    ("size", "why"), [("id * 1.0e307", "weight: .*have an infinite sum"), ("0 * id", "ref: no row of thing is left")]
)
def test_weights_that_make_no_choice_are_refused(tables: Any, size: str, why: str) -> None:
    text = (
        f"tables:\n  thing:\n    rows: 9\n    key: id\n    columns: {{id: {{sequence: {{}}}}, w: {{expr: {size}}}}}\n"
    )
    text += "  visit: {rows: 3, columns: {who: {ref: thing, weight: w}}}\n"

    with pytest.raises(PlanError, match=rf"tables\.visit\.columns\.who\.{why}"):
        tables(text)


@pytest.mark.parametrize("more", ["", ", match: {name: name}"])
def test_a_weight_whose_kind_makes_texts_is_refused(tables: Any, more: str) -> None:
    thing = "rows: 9, key: id, columns: {id: {sequence: {}}, name: {choice: {a: 1}}, w: {person: email}}"
    who = f"{{ref: thing, weight: w{more}}}"
    text = f"tables:\n  thing: {{{thing}}}\n  visit: {{rows: 3, columns: {{name: {{choice: {{a: 1}}}}, who: {who}}}}}\n"

    with pytest.raises(
        PlanError, match=r"tables\.visit\.columns\.who: 'w' holds values of the type String, not numbers"
    ):
        tables(text)


def test_distinct_in_an_ancestor(tables: Any) -> None:
    found = tables("""
tables:
  person: {rows: 15, key: id, columns: {id: {sequence: {}}}}
  meeting: {rows: 300, key: m, columns: {m: {sequence: {}}}}
  guest: {parent: meeting, fanout: {integer: {min: 0, max: 15}}, columns: {m: {parent: m}, who: {ref: person, weight: {zipf: 1}, distinct_in: meeting}}}
""")["guest"]

    assert found.n_unique() == len(found)
    assert found.group_by("m").len()["len"].max() == 15


def test_a_fanout_that_may_exceed_the_choices_is_refused(tables: Any) -> None:
    with pytest.raises(PlanError, match=r"who\.distinct_in: up to .* rows of one meeting must differ; person has 15"):
        tables("""
tables:
  person: {rows: 15, key: id, columns: {id: {sequence: {}}}}
  meeting: {rows: 300, key: m, columns: {m: {sequence: {}}}}
  guest: {parent: meeting, fanout: {poisson: {mean: 3}}, columns: {m: {parent: m}, who: {ref: person, distinct_in: meeting}}}
""")


WITHIN = """
tables:
  customer: {{rows: 400, key: id, columns: {{id: {{sequence: {{}}}}}}}}
  card: {{parent: customer, fanout: {{poisson: {{mean: 1.2}}}}, key: no, columns: {{no: {{sequence: {{}}}}, id: {{parent: id}}, use: {{integer: {{min: 0, max: 3}}}}}}}}
  order: {{parent: customer, fanout: {{fixed: 5}}, columns: {{id: {{parent: id}}, card: {{ref: card, within: customer{0}}}}}}}
"""


@pytest.mark.parametrize(("text", "size"), [("a: {ref: t, weight: {zipf: 1.3}}", 3), ("a: {ref: t, weight: w}", 3)])
def test_the_own_table_is_weighed_too(tables: Any, text: str, size: int) -> None:
    """Row 3 chooses among rows 0 to 2: over many seeds, in proportion to their weights."""
    schema = f"tables:\n  t: {{rows: 6, key: id, columns: {{id: {{sequence: {{start: 0}}}}, w: {{expr: '3 - id % 3'}}, {text}}}}}\n"
    found = np.bincount([tables(schema, seed=seed)["t"]["a"][size] for seed in range(1, 151)], minlength=size)
    expected = np.arange(1, size + 1) ** -1.3 if "zipf" in text else np.array([3.0, 2.0, 1.0])

    assert stats.chisquare(found, 150 * expected / expected.sum()).pvalue > 1e-4


@pytest.mark.parametrize("s", [0.5, 1, 2.5])
def test_zipf_among_the_rows_below_an_ancestor(tables: Any, s: float) -> None:
    found = tables(f"""
tables:
  a: {{rows: 3000, key: id, columns: {{id: {{sequence: {{}}}}}}}}
  b: {{parent: a, fanout: {{fixed: 5}}, key: no, columns: {{no: {{sequence: {{start: 0}}}}, a: {{parent: id}}}}}}
  c: {{parent: a, fanout: {{fixed: 4}}, columns: {{a: {{parent: id}}, b: {{ref: b, within: a, weight: {{zipf: {s}}}}}}}}}
""")["c"]
    expected = np.arange(1, 6) ** -float(s)

    assert (found["b"] // 5 == found["a"] - 1).all()
    assert stats.chisquare(np.bincount(found["b"] % 5), 12_000 * expected / expected.sum()).pvalue > 1e-4


@pytest.mark.parametrize("weight", ["", ", weight: use"])
def test_within_an_ancestor(tables: Any, weight: str) -> None:
    found = tables(WITHIN.format(weight))
    joined = found["order"].join(found["card"], left_on="card", right_on="no", how="left", maintain_order="left")
    usable = found["card"].filter(pl.col("use") > 0) if weight else found["card"]
    with_card = found["order"]["id"].is_in(usable["id"].implode())

    assert (joined["id_right"].is_null() == ~with_card).all()
    assert (joined["id"] == joined["id_right"]).drop_nulls().all()
    if weight:
        assert (joined["use"].drop_nulls() > 0).all()


def test_the_own_table_refers_to_earlier_rows(tables: Any) -> None:
    found = tables("""
tables:
  staff: {rows: 500, key: id, columns: {id: {sequence: {}}, boss: {ref: staff}}}
  call: {parent: staff, fanout: {fixed: 4}, key: n, columns: {n: {sequence: {}}, id: {parent: id}, again: {ref: call}}}
""")
    staff, call = found["staff"], found["call"]

    assert staff["boss"].is_null().to_list() == [True] + [False] * 499
    assert (staff["boss"] < staff["id"]).drop_nulls().all()
    assert call["again"].is_null().to_list() == [True, False, False, False] * 500
    assert ((call["again"] < call["n"]) & (call["again"] >= (call["id"] - 1) * 4 + 1)).drop_nulls().all()


def test_the_own_table_within_an_ancestor_refers_to_earlier_rows_below_it(tables: Any) -> None:
    call = tables("""
tables:
  staff: {rows: 300, key: id, columns: {id: {sequence: {}}}}
  day: {parent: staff, fanout: {integer: {min: 0, max: 3}}, key: d, columns: {d: {sequence: {}}, id: {parent: id}}}
  call:
    parent: day
    fanout: {integer: {min: 0, max: 3}}
    key: n
    columns: {n: {sequence: {}}, d: {parent: d}, who: {expr: day.id}, again: {ref: call, within: staff}}
""")["call"]
    joined = call.join(call.select(again="n", of="who"), on="again", how="left", maintain_order="left")

    assert (call["again"].is_null() == call["who"].is_first_distinct()).all()
    assert (call["again"] < call["n"]).drop_nulls().all()
    assert (joined["who"] == joined["of"]).drop_nulls().all()


def test_a_composite_key_is_read_from_one_row(tables: Any) -> None:
    found = tables("""
tables:
  part: {rows: 50, key: p, columns: {p: {sequence: {}}}}
  offer: {parent: part, fanout: {fixed: 4}, key: [p, s], columns: {p: {parent: p}, s: {integer: {min: 1, max: 1000}, unique: true}}}
  line: {rows: 3000, columns: {p: {ref: offer, column: p}, s: {expr: p.s}}}
""")

    assert len(found["line"].join(found["offer"], on=["p", "s"], how="semi")) == 3000


def test_an_empty_table_cannot_be_referred_to(tables: Any) -> None:
    with pytest.raises(InputError, match="person"):
        tables(PEOPLE + "  visit: {rows: 3, columns: {who: {ref: person}}}\n", rows={"person": 0})
