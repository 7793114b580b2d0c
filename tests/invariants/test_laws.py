"""The laws of semantics 5: what may change a value, and what never does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

pytestmark = pytest.mark.system

SCHEMA = """
fanwise: 1
name: laws
seed: 11
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.5, Casual: 0.3}}
  region: {table: customer, share: {North: 0.5, South: 0.5}, assign: random}
  class: {table: shop, share: {big: 0.3, small: 0.7}}
curves:
  busy: {weekday: {Sat: 2, Sun: 0.5}, hour: {20: 3}, trend: 10%/y, spikes: {2024-11-29: 5}}
tables:
  customer:
    rows: 60
    key: id
    columns:
      id: {sequence: {start: 100, step: 2}}
      tier: {segment: tier}
      region: {segment: region}
      name: {fake: name}
      token: {uuid: {}}
      code: {pattern: "C-[A-F]##", unique: true}
      pin: {integer: {min: 1, max: 500}, unique: true}
      sponsor: {ref: customer}
      joined: {date: {between: [window.start, window.end]}, null: 10%}
      score: {beta: {mean: 0.3, n: 5}, multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0.5}}}
  shop:
    rows: 7
    key: shop_id
    columns:
      shop_id: {pattern: "S{seq:03}"}
      class: {segment: class}
      size: {gamma: {mean: 10, shape: 2}}
      open: {boolean: {p: 0.8}}
  address:
    parent: customer
    fanout: {geometric: {mean: 1.5}}
    key: address_id
    columns:
      address_id: {uuid: {}}
      id: {parent: id}
      kind: {choice: {home: 2, work: 1}}
      zip: {integer: {min: 10000, max: 99999}}
  purchase:
    parent: customer
    fanout: {negbin: {mean: 4, k: 3}, max: 12, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.5}}}
    key: purchase_id
    columns:
      purchase_id: {sequence: {start: 1}}
      id: {parent: id}
      shop: {ref: shop, weight: size, multiplier: {class: {big: 3, small: 1}}}
      delivery: {ref: address, within: customer}
      previous: {ref: purchase}
      status: {choice: {paid: {tier: {VIP: 9, else: 5}}, cancelled: 1}}
      at: {timestamp: {between: [customer.joined, window.end], curve: busy}}
      shipped: {after: {column: at, lag: {exponential: {mean: 2d}}, until: window.end}}
      amount:
        lognormal: {median: {class: {big: 80, small: 20}}, sigma: 0.6}
        multiplier: {tier: {VIP: 1.3, Standard: 1, Casual: 0.9}}
        clamp: [1, 900]
        when: {status: {cancelled: 0}}
        round: 2
      note: {expr: "upper(status) || '/' || shop.class"}
  line:
    parent: purchase
    fanout: {poisson: {mean: 2}, min: 1, max: 5}
    key: [purchase_id, no]
    columns:
      purchase_id: {parent: purchase_id}
      no: {ordinal: {start: 1}}
      shop: {ref: shop, distinct_in: purchase, weight: {zipf: 1.2}}
      rival: {ref: purchase, column: purchase_id}
      quantity: {zipf: {s: 1.5, n: 20}, multiplier: {purchase_id.tier: {VIP: 1.5, else: 1}}}
      weight: {uniform: {min: 0, max: 1}, hidden: true}
      total: {expr: "round(quantity * purchase_id.amount * weight, 2)", type: "decimal(12,2)"}
"""

Frames = dict[str, pl.DataFrame]


def tables(text: str | Mapping[str, Any], *, chunk_rows: int = 10**6, threads: int = 1, **options: Any) -> Frames:
    plan = compile_plan(load(text), **options)
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in plan.tables}
    for frames in generate(plan, threads=threads, chunk_rows=chunk_rows):
        for name, frame in frames.items():
            parts[name].append(frame)
    return {name: pl.concat(found) for name, found in parts.items()}


@pytest.fixture(scope="module")
def whole() -> Frames:
    return tables(SCHEMA)


def assert_same(found: Frames, expected: Frames) -> None:
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


@given(chunk_rows=st.integers(1, 700), threads=st.integers(1, 3))
@settings(max_examples=12)
def test_chunk_size_and_threads_never_change_a_value(whole: Frames, chunk_rows: int, threads: int) -> None:
    assert_same(tables(SCHEMA, chunk_rows=chunk_rows, threads=threads), whole)


@pytest.mark.parametrize("table", ["customer", "shop", "address", "purchase", "line"])
@given(place=st.integers(0, 12), kind=st.sampled_from(["{normal: {mean: 0, sd: 1}}", "{uuid: {}}", "{fake: city}"]))
@settings(max_examples=5)
def test_an_added_column_changes_no_other(whole: Frames, table: str, place: int, kind: str) -> None:
    lines = SCHEMA.splitlines()
    start = lines.index(f"  {table}:")
    columns = next(i for i in range(start, len(lines)) if lines[i] == "    columns:")
    width = next((i for i in range(columns + 1, len(lines)) if not lines[i].startswith("      ")), len(lines)) - columns
    tops = [i for i in range(columns + 1, columns + width) if not lines[i].startswith("       ")]
    lines.insert(tops[min(place, len(tops) - 1)], f"      extra: {kind}")
    found = tables("\n".join(lines))

    assert "extra" in found[table].columns
    assert_same({**found, table: found[table].drop("extra")}, whole)


@given(position=st.sampled_from(["first", "last"]), parent=st.sampled_from([None, "customer", "purchase", "line"]))
@settings(max_examples=8)
def test_an_added_table_changes_no_other(whole: Frames, position: str, parent: str | None) -> None:
    edge = f"parent: {parent}, fanout: {{fixed: 2}}" if parent else "rows: 9"
    extra = f"  extra: {{{edge}, columns: {{v: {{uniform: {{min: 0, max: 1}}}}, who: {{ref: customer}}}}}}"
    head, tail = SCHEMA.split("tables:\n")
    text = f"{head}tables:\n{extra}\n{tail}" if position == "first" else f"{SCHEMA}{extra}\n"
    found = tables(text)
    found.pop("extra")

    assert_same(found, whole)


REFS = {"customer": ["sponsor"], "purchase": ["shop", "previous"], "line": ["shop", "rival"]}


@given(more=st.integers(1, 200))
@settings(max_examples=10)
def test_more_customers_leave_the_old_ones_as_they_were(whole: Frames, more: int) -> None:
    found = tables(SCHEMA, rows={"customer": 60 + more})
    for name, frame in whole.items():
        moved = ["rival"] if name == "line" else []  # rows added to a table move references to it
        assert_frame_equal(found[name].head(len(frame)).drop(moved), frame.drop(moved))
    assert len(found["customer"]) == 60 + more


@given(factor=st.floats(0.05, 3.0))
@settings(max_examples=10)
def test_a_changed_multiplier_leaves_the_other_segments_as_they_were(whole: Frames, factor: float) -> None:
    fanout = "fanout: {negbin: {mean: 4, k: 3}, max: 12, multiplier: {tier: {VIP: 1.5"
    amount = "multiplier: {tier: {VIP: 1.3"
    assert SCHEMA.count(fanout) == SCHEMA.count(amount) == 1
    text = SCHEMA.replace(fanout, fanout.replace("1.5", f"{factor:.4f}")).replace(
        amount, f"multiplier: {{tier: {{VIP: {factor:.4f}"
    )
    found = tables(text)
    others = whole["customer"].filter(pl.col("tier") != "VIP")["id"]

    # A changed fanout moves the sequence numbers of its table, and references to it: nothing else.
    for name, moved in {"customer": [], "shop": [], "address": [], "purchase": ["purchase_id", "previous"]}.items():
        keep = pl.col("id").is_in(others.implode()) if "id" in whole[name].columns else pl.lit(True)
        assert_frame_equal(found[name].filter(keep).drop(moved), whole[name].filter(keep).drop(moved))


def test_another_seed_changes_every_drawn_column(whole: Frames) -> None:
    found = tables(SCHEMA, seed=12)

    assert not found["customer"]["tier"].equals(whole["customer"]["tier"])
    assert not found["purchase"].head(50).equals(whole["purchase"].head(50))
    assert found["customer"]["id"].equals(whole["customer"]["id"])


def test_large_tables_are_referred_to_by_making_their_rows_again(
    whole: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanwise.generator.engine.references.LIMIT", 0)
    monkeypatch.setattr("fanwise.generator.engine.references.TableReferences.__init__.__defaults__", (0, None))

    assert_same(tables(SCHEMA, chunk_rows=50), whole)
