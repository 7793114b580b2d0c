"""Roll-ups of some rows, of grandchildren, of different values, and of the first and the last row."""

from __future__ import annotations

import duckdb
import pytest

from fanwise.generator.audit.contract import compile_contract, not_recomputed
from fanwise.generator.errors import FanwiseError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from tests.invariants.laws import Frames, assert_laws

SCHEMA = """
fanwise: 1
name: rollups
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  customer:
    rows: 80
    key: cid
    columns:
      cid: {sequence: {}}
      limit: {uniform: {min: 0, max: 60}}
      paid: {rollup: {sum: order.amount, where: "status = 'paid'"}, type: "decimal(12,2)"}
      paid_orders: {rollup: {count: order, where: "status = 'paid' and amount > 10"}}
      large: {rollup: {count: order.amount, where: "amount > customer.limit"}}
      first_status: {rollup: {first: order.status}}
      last_status: {rollup: {last: order.status, by: ordered_at}}
      first_day: {rollup: {first: order.ordered_at, by: amount, where: "status <> 'open'"}}
      last_amount: {rollup: {last: order.amount}}
      statuses: {rollup: {count_distinct: order.status}}
      skus: {rollup: {count_distinct: order.item.sku}}
      pieces: {rollup: {sum: order.item.quantity}}
      items: {rollup: {count: order.item}}
      most: {rollup: {max: order.item.quantity, where: "order.status = 'paid'"}}
      mean_price: {rollup: {mean: order.item.price}}
      shares: {rollup: {sum: order.item.price}}
      nothing: {rollup: {min: order.amount, where: "amount < 0"}}
  order:
    parent: customer
    fanout: {negbin: {mean: 3, k: 1}}
    key: oid
    columns:
      oid: {sequence: {}}
      status: {choice: {paid: 3, open: 1, lost: 1}, null: 5%}
      ordered_at: {date: {between: [window.start, window.end]}, null: 5%}
      amount: {gamma: {mean: 30, shape: 2}, type: "decimal(12,2)", null: 10%}
  item:
    parent: order
    fanout: {poisson: {mean: 2}}
    key: [oid, no]
    columns:
      no: {ordinal: {}}
      sku: {pattern: "S[A-C]"}
      quantity: {poisson: {mean: 2}}
      price: {uniform: {min: 0, max: 1}}
"""

SQL = """
with o as (select c.cid, o.* exclude (cid) from customer c join "order" o using (cid)),
i as (select o.cid, o.status, i.* from o join item i using (oid)),
sums as (select cid,
  coalesce(sum(amount) filter (status = 'paid'), 0) as paid,
  count(*) filter (status = 'paid' and amount > 10) as paid_orders,
  count(distinct status) as statuses,
  arg_min(status, oid) filter (status is not null) as first_status,
  arg_max(status, (ordered_at, oid)) filter (status is not null and ordered_at is not null) as last_status,
  arg_min(ordered_at, (amount, oid)) filter (status <> 'open' and ordered_at is not null and amount is not null) as first_day,
  arg_max(amount, oid) filter (amount is not null) as last_amount
  from o group by cid),
large as (select c.cid, count(amount) as large from customer c join "order" o using (cid) where amount > c."limit" group by cid),
below as (select cid, count(distinct sku) as skus, sum(quantity) as pieces, count(*) as items, avg(price) as mean_price,
  sum(price) as shares, max(quantity) filter (status = 'paid') as most from i group by cid)
select c.cid, c.paid - coalesce(s.paid, 0), c.paid_orders - coalesce(s.paid_orders, 0), c.large - coalesce(l.large, 0),
  c.first_status is distinct from s.first_status, c.last_status is distinct from s.last_status,
  c.first_day is distinct from s.first_day, c.last_amount is distinct from s.last_amount,
  c.statuses - coalesce(s.statuses, 0), c.skus - coalesce(b.skus, 0), c.pieces - coalesce(b.pieces, 0), c.items - coalesce(b.items, 0),
  c.most is distinct from b.most, abs(coalesce(c.mean_price - b.mean_price, 0)) > 2e-6 or (c.mean_price is null) <> (b.mean_price is null),
  abs(c.shares - coalesce(b.shares, 0)) > 1e-5, c.nothing is not null
from customer c left join sums s using (cid) left join large l using (cid) left join below b using (cid)
"""


@pytest.fixture(scope="module")
def whole() -> Frames:
    return assert_laws(SCHEMA)


def test_sql_says_the_same(whole: Frames) -> None:
    with duckdb.connect() as session:
        for name, frame in whole.items():
            session.register(name, frame)
        found = session.sql(SQL).fetchall()

    assert len(found) == 80
    assert [row for row in found if any(row[1:])] == []
    assert whole["customer"]["first_status"].null_count() > 0


def test_types_and_nulls_are_those_of_what_is_picked(whole: Frames) -> None:
    plan = compile_plan(load(SCHEMA))
    columns = plan.schema.tables["customer"].columns

    assert {name: column.dtype for name, column in columns.items()} == dict(whole["customer"].schema)
    assert all(columns[name].nullable for name in ("first_status", "last_amount", "most", "nothing"))
    assert not any(columns[name].nullable for name in ("paid", "skus", "pieces"))


def test_the_audit_computes_all_of_them_again() -> None:
    plan = compile_plan(load(SCHEMA))
    columns = compile_contract(plan).tables["customer"].columns

    assert not_recomputed(plan) == {}
    assert [name for name, column in columns.items() if column.rollup is None] == ["cid", "limit"]


BAD = {
    "two aggregates": (
        "{sum: order.amount, count: order}",
        "a rollup has one aggregate, but this one has sum and count",
    ),
    "none": ('{where: "amount > 1"}', "the aggregate is missing"),
    "by of a sum": ("{sum: order.amount, by: ordered_at}", "'by' is only for first and last, not for sum"),
    "by unknown": ("{first: order.amount, by: day}", "order has no column 'day'"),
    "not a grandchild": ("{sum: item.price}", "item is not a child of customer"),
    "a table": ("{sum: order.item}", "is a table, not a column"),
    "unknown": ("{sum: order.item.prize}", "item has no column 'prize'"),
    "where unknown": ('{count: order, where: "stat = 1"}', "'stat' is neither a column of order nor an axis"),
    "not a condition": ('{count: order, where: "amount + 1"}', "the result is float64, not true or false"),
    "syntax": ('{count: order, where: "amount >"}', ""),
    "a circle": ('{sum: order.amount, where: "amount > customer.paid"}', "the rollup depends on itself"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_rolled_up_is_told(name: str) -> None:
    rollup, why = BAD[name]
    lines = SCHEMA.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("      paid:"))
    lines[at] = f"      paid: {{rollup: {rollup}}}"
    with pytest.raises(FanwiseError) as caught:
        compile_plan(load("\n".join(lines)))
    problem = caught.value.problems[0]

    assert why in problem.why
    assert problem.mark.line == at + 1
    assert problem.hint
