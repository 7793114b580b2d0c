"""`match` and `not` of references: which rows are drawn, with what frequency, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.run import RunOptions, run
from tests.invariants.laws import Frames, assert_laws, tables

SCHEMA = """
fanwise: 1
name: wishes
seed: 5
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.8}}
tables:
  category: {key: name, values: [{name: luxury, w: 1}, {name: basics, w: 5}, {name: toys, w: 3}]}
  product:
    rows: 40
    key: id
    columns:
      id: {sequence: {}}
      category: {ref: category, weight: w}
      price: {lognormal: {mean: 20, sd: 15}}
      size: {choice: {S: 1, L: 2, XL: 1}}
      shade: {choice: {1: 1, 2: 1}, null: 20%}
  customer:
    rows: 60
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      club: {choice: {a: 1, b: 1}}
      friend: {ref: customer}
      clubmate: {ref: customer, match: {club: club}}
      second: {ref: customer, not: friend}
  address:
    parent: customer
    fanout: {poisson: {mean: 2}}
    key: aid
    columns: {aid: {sequence: {}}, id: {parent: id}, kind: {choice: {home: 1, work: 1}}, rank: {integer: {min: 0, max: 3}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 8}}
    key: oid
    columns:
      oid: {sequence: {}}
      id: {parent: id}
      wanted: {choice: {luxury: {id.tier: {VIP: 9, else: 1}}, basics: 3, garden: 0.5}, null: 3%}
      shade: {choice: {1: 1, 2: 1}}
      kind: {choice: {home: 1, work: 1}}
      product: {ref: product, match: {category: wanted}, weight: price}
      pair: {ref: product, match: {category: wanted, shade: shade}}
      any: {ref: product, match: {category: wanted, else: any}, weight: {zipf: 1}, multiplier: {size: {S: 3, L: 1, XL: 0}}}
      other: {ref: product, match: {category: wanted}, not: product, weight: price}
      to: {ref: address, within: customer, match: {kind: kind}, weight: rank}
      to_other: {ref: address, within: customer, not: to}
      gift_to: {ref: customer, not: id}
      sister: {ref: order, match: {kind: kind}}
      distinct: {ref: product, match: {category: wanted}, distinct_in: customer}
"""

# What each reference must keep, as a query for the rows that break it.
QUERIES = {
    "the row matches": """
        select * from "order" o join product p on p.id = o.product where p.category is distinct from o.wanted""",
    "null where there is none": """
        select * from "order" where (product is null) <> (wanted is null or wanted = 'garden')""",
    "two columns match": """
        select * from "order" o join product p on p.id = o.pair where p.category <> o.wanted or p.shade <> o.shade""",
    "null only where no row matches both": """
        select * from "order" o where pair is null and exists
        (select 1 from product p where p.category = o.wanted and p.shade = o.shade)""",
    "any row where none matches": """
        select * from "order" o join product p on p.id = o.any
        where (p.category <> o.wanted and o.wanted <> 'garden') or p.size = 'XL'""",
    "never null with else": 'select * from "order" where "any" is null',
    "another row": """select * from "order" o join product p on p.id = o.other
        where o.other = o.product or p.category <> o.wanted""",
    "the address is of the customer and matches": """
        select * from "order" o join address a on a.aid = o.to where a.id <> o.id or a.kind <> o.kind or a.rank = 0""",
    "another address": 'select * from "order" o join address a on a.aid = to_other where a.id <> o.id or "to" = to_other',
    "not the customer": 'select * from "order" where gift_to = id or gift_to is null',
    "a sister is earlier and alike": """
        select * from "order" o join "order" s on s.oid = o.sister where s.id <> o.id or s.oid >= o.oid or s.kind <> o.kind""",
    "null sister only for the first of a kind": """
        select * from "order" qualify (row_number() over (partition by id, kind order by oid) = 1) <> (sister is null)""",
    "distinct": 'select id, "distinct" from "order" where "distinct" is not null group by all having count(*) > 1',
    "clubmates": """select * from customer c join customer m on m.id = c.clubmate where m.club <> c.club or m.id >= c.id""",
    "another friend": "select * from customer where friend = second or second >= id",
}


@pytest.fixture(scope="module")
def whole() -> Frames:
    return assert_laws(SCHEMA)


@pytest.mark.parametrize("query", QUERIES)
def test_sql_finds_no_row_that_breaks_a_promise(whole: Frames, query: str) -> None:
    with duckdb.connect() as session:
        for name, frame in whole.items():
            session.register(name, frame)
        broken = session.sql(QUERIES[query])

        assert broken.fetchall() == [], broken


def shares(drawn: pl.Series, weights: dict[int, float]) -> float:
    """Return the p-value of draws against weights."""
    counts, total = Counter(drawn.to_list()), sum(weights.values())
    assert counts.keys() <= weights.keys()
    expected = np.array([len(drawn) * weight / total for weight in weights.values()])
    return float(stats.chisquare([counts[key] for key in weights], expected).pvalue)


def test_weights_apply_within_the_matches() -> None:
    found = tables(SCHEMA, rows={"customer": 2000})
    products, orders = found["product"], found["order"]
    for category in ("luxury", "basics"):
        wanted = orders.filter(pl.col("wanted") == category)
        alike = products.filter(pl.col("category") == category)
        price = dict(alike.select("id", "price").iter_rows())
        size = {"S": 3.0, "L": 1.0}
        ranked = {row["id"]: size[row["size"]] / row["id"] for row in alike.to_dicts() if row["size"] != "XL"}

        assert shares(wanted["product"], price) > 1e-4
        assert shares(wanted["any"], ranked) > 1e-4


def test_without_a_row_the_others_keep_their_weights() -> None:
    schema = """
fanwise: 1
name: s
tables:
  t: {key: id, values: [{id: 1, w: 1}, {id: 2, w: 2}, {id: 3, w: 3}, {id: 4, w: 0}]}
  u: {rows: 30000, columns: {a: {ref: t}, b: {ref: t, not: a, weight: w}, c: {ref: t, not: a}}}
"""
    frame = tables(schema)["u"]
    for a in (1, 2, 3, 4):
        here = frame.filter(pl.col("a") == a)

        assert shares(here["b"], {id_: w for id_, w in ((1, 1.0), (2, 2.0), (3, 3.0)) if id_ != a}) > 1e-4
        assert shares(here["c"], {id_: 1.0 for id_ in (1, 2, 3, 4) if id_ != a}) > 1e-4


def test_a_key_that_matches_is_part_of_the_foreign_key(tmp_path: Path) -> None:
    schema = """
fanwise: 1
name: s
tables:
  region: {rows: 5, key: region, columns: {region: {sequence: {}}}}
  shop:
    parent: region
    fanout: {poisson: {mean: 3}, min: 1}
    key: [region, no]
    columns: {region: {parent: region}, no: {ordinal: {}}}
  visit:
    rows: 200
    key: id
    columns: {id: {sequence: {}}, region: {ref: region}, shop: {ref: shop, column: no, match: {region: region}}}
"""
    plan = compile_plan(load(schema))
    keys = {key.columns: key.table for key in plan.schema.tables["visit"].foreign_keys}

    assert keys["region", "shop"] == "shop"
    assert run(load(schema), RunOptions(out=tmp_path / "out")).report.verdict.exit_code == 0


def test_effects_of_a_matched_reference_are_measured_without_a_claim() -> None:
    schema = """
fanwise: 1
name: s
segments: {brand: {table: product, share: {A: 0.5, B: 0.5}}}
tables:
  product: {rows: 30, key: id, columns: {id: {sequence: {}}, brand: {segment: brand}, kind: {choice: {x: 1, y: 1}}}}
  sale:
    rows: 900
    columns: {kind: {choice: {x: 1, y: 1}}, p: {ref: product, match: {kind: kind}, multiplier: {brand: {A: 3, B: 1}}}}
"""
    contract = compile_contract(compile_plan(load(schema)))

    assert contract.effects["ref.sale.p.brand"].claim == "none"


BAD = {
    "no value in common": ("w: {choice: {z: 1}}, p: {ref: t, match: {k: w}}", "match.k", "no row can match"),
    "another type": (
        "w: {constant: 1}, p: {ref: t, match: {k: w}}",
        "match.k",
        "t.k holds text, but u.w holds integer",
    ),
    "unknown here": ("p: {ref: t, match: {k: w}}", "match.k", "'w' is neither a column of u nor an axis"),
    "unknown there": (
        "w: {constant: a}, p: {ref: t, match: {q: w}}",
        "match.q",
        "'q' is neither a column of t nor an axis",
    ),
    "not of another table": ("w: {constant: a}, p: {ref: t, not: w}", "not", "'w' does not refer to a row of t"),
    "not unknown": ("p: {ref: t, not: w}", "not", "u has no column 'w'"),
    "not itself": ("p: {ref: t, not: p}", "", "the column depends on itself"),
    "else": ("w: {constant: a}, p: {ref: t, match: {k: w, else: none}}", "match.else", ""),
    "else of itself": (
        "i: {sequence: {}}, p: {ref: u, column: i, match: {i: i, else: any}}",
        "match.else",
        "earlier rows only",
    ),
    "no ref": ("w: {constant: a, match: {k: w}}", "match", "'match' is only for ref"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_matched_is_told(name: str) -> None:
    columns, place, why = BAD[name]
    text = f"fanwise: 1\nname: s\ntables:\n  t: {{key: k, values: [{{k: a}}, {{k: b}}]}}\n  u:\n    rows: 3\n    columns: {{{columns}}}\n"
    with pytest.raises(SchemaError) as caught:
        load(text)
    problem = caught.value.problems[0]

    assert why in problem.why
    assert problem.path.endswith(place)
    assert problem.mark.line == 7
    assert problem.hint


def test_weights_that_are_all_zero_leave_nothing_to_match() -> None:
    schema = """
fanwise: 1
name: s
tables:
  t: {key: k, values: [{k: a, w: 0}, {k: b, w: 1}]}
  u: {rows: 50, columns: {w: {choice: {a: 1, b: 1}}, p: {ref: t, match: {k: w}, weight: w}}}
"""
    frame = tables(schema)["u"]

    assert frame.filter(pl.col("w") == "a")["p"].null_count() == frame.filter(pl.col("w") == "a").height
    without = tables(schema.replace("weight: w", "multiplier: {k: {a: 0, b: 0}}"))["u"]
    assert without["p"].null_count() == without.height


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("t: {rows: 5, key: k}", "of which none is expected"),
        (
            "top: {rows: 5, key: top_id}\n  t: {parent: top, fanout: {poisson: {mean: 0.001}}, key: k}",
            "about 0.005 rows are",
        ),
    ],
)
def test_a_table_without_rows_is_no_target(target: str, why: str) -> None:
    text = f"fanwise: 1\nname: s\ntables:\n  {target}\n  u: {{rows: 3, columns: {{p: {{ref: t}}}}}}\n"
    rows = {"t": 0} if "parent" not in target else {}
    with pytest.raises(PlanError, match="FW-PLAN-NO-TARGET") as caught:
        compile_plan(load(text), rows=rows)

    assert why in caught.value.problems[0].why
    assert caught.value.problems[0].mark is not None
