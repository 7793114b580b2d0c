"""`references` makes a foreign key of any column: audited, created in databases, and a step of paths."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.api.dataset import dataset
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.run import RunOptions, run
from tests.invariants.laws import assert_laws

SCHEMA = """
fanwise: 1
name: saas
segments:
  tier: {table: account, share: {free: 0.5, pro: 0.3, team: 0.2}, rank: team > pro > free}
tables:
  plan:
    key: code
    values: [{code: free, price: 0}, {code: pro, price: 29}, {code: team, price: 99}]
  region: {rows: 9, key: no, columns: {no: {sequence: {start: 0}}, name: {pattern: "R{seq}"}}}
  account:
    rows: 300
    key: account_id
    columns:
      account_id: {sequence: {start: 7, step: 2}}
      plan: {segment: tier, references: plan.code}
      region: {integer: {min: 0, max: 8}, null: 20%, references: region.no}
      code: {pattern: "A-{seq:04}", unique: true}
  subscription:
    parent: account
    fanout: {poisson: {mean: 2}, multiplier: {tier: {team: 2, pro: 1.5, free: 1}}}
    key: sub_id
    columns:
      sub_id: {sequence: {}}
      account_id: {parent: account_id}
      region: {expr: account.region, references: region.no}
  invoice:
    parent: subscription
    fanout: {poisson: {mean: 2}}
    key: invoice_id
    columns:
      invoice_id: {sequence: {}}
      sub_id: {parent: sub_id}
      account_id: {parent: account_id, references: account.account_id}
      price: {expr: account.plan.price}
      same: {expr: account_id.plan.price}
      region: {parent: region, references: region.no}
      region_name: {expr: region.name}
      payer: {expr: "(account_id - 7 + 10) % 600 + 7", references: account.account_id}
      payer_code: {expr: payer.code, references: account.code}
      payer_price: {expr: payer_code.plan.price}
checks:
  - invoice.price = plan.price
  - invoice.payer_code = account.code or invoice.payer <> invoice.account_id
"""


def test_paths_follow_stated_references_in_every_layout() -> None:
    found = assert_laws(SCHEMA)
    with duckdb.connect() as session:
        for name, frame in found.items():
            session.register(name, frame)
        wrong = session.sql("""
            select * from invoice i join account a using (account_id) join plan p on p.code = a.plan
            join account b on b.account_id = i.payer join plan q on q.code = b.plan left join region r on r.no = i.region
            where i.price <> p.price or i.same <> p.price or i.payer_code <> b.code or i.payer_price <> q.price
            or i.region_name is distinct from r.name""").fetchall()
        rows = session.sql("""
            select count(*) from invoice i join account a using (account_id) join plan p on p.code = a.plan
            join account b on b.account_id = i.payer join plan q on q.code = b.plan""").fetchall()

    assert wrong == []
    assert rows == [(len(found["invoice"]),)]
    assert found["invoice"]["region_name"].null_count() > 0


def test_each_is_a_foreign_key_of_the_contract() -> None:
    edges = {edge.columns: edge for edge in compile_contract(compile_plan(load(SCHEMA))).tables["invoice"].edges}

    assert edges["account_id",].table == "account"
    assert edges["account_id",].detour
    assert edges["region",].nullable
    assert edges["payer_code",].keys == ("code",)
    assert not edges["payer_code",].nullable


def test_the_run_passes_and_an_orphan_fails(tmp_path: Path) -> None:
    done = run(load(SCHEMA), RunOptions(out=tmp_path / "out", gates="integrity"))
    checks = {finding.id: str(finding.status) for finding in done.report.findings if finding.check == "reference"}

    assert len(checks) == 9
    assert set(checks.values()) == {"PASS"}
    bad = SCHEMA.replace("% 600 + 7", "% 600 + 8")
    done = run(load(bad), RunOptions(out=tmp_path / "bad", gates="integrity"))
    assert done.report is None
    assert "invoice.payer has no row in" in (done.forecast.verdict if done.forecast else "")

    made, contract = dataset(bad), compile_contract(compile_plan(load(bad)))
    report = validator.audit({name: made[name] for name in made.tables}, contract)
    failed = {finding.id for finding in report.findings if str(finding.status) == "FAIL"}
    assert "reference.invoice.payer" in failed


def test_databases_create_the_foreign_keys() -> None:
    connection = dataset(SCHEMA).to_duckdb()
    found = connection.execute(
        "select constraint_column_names, referenced_table from duckdb_constraints() "
        "where constraint_type = 'FOREIGN KEY' and table_name = 'invoice'"
    ).fetchall()

    assert (["account_id"], "account") in found
    assert (["payer_code"], "account") in found


def problem(column: str, target: str = "key: code, values: [{code: a, n: 1}, {code: b, n: 1}]", more: str = "") -> str:
    text = (
        f"fanwise: 1\nname: s\ntables:\n  t: {{{target}}}\n  u:\n    rows: 3\n    columns:\n      c: {column}\n{more}"
    )
    with pytest.raises(SchemaError) as caught:
        load(text)
    first = caught.value.problems[0]
    assert (first.mark.line, first.path) == (8, "tables.u.columns.c.references")
    assert first.hint
    return first.why


BAD = {
    "not unique": ("{constant: 1, references: t.n}", "t.n is neither the key of t nor unique"),
    "unknown table": ("{constant: 1, references: v.n}", "unknown table 'v'"),
    "unknown column": ("{constant: 1, references: t.m}", "t has no column 'm'"),
    "another type": ("{constant: 1, references: t.code}", "u.c holds integer, but t.code holds text"),
    "a value that is not given": (
        "{choice: {a: 1, z: 1}, references: t.code}",
        "'z' is a value of u.c, but not of t.code",
    ),
    "a ref": ("{ref: t, references: t.code}", "a ref refers to its table already"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_referred_to_is_told(name: str) -> None:
    column, why = BAD[name]

    assert why in problem(column)


TENANTS = """
fanwise: 1
name: tenants
tables:
  tenant: {rows: 40, key: tenant_id, columns: {tenant_id: {sequence: {}}}}
  product:
    parent: tenant
    fanout: {poisson: {mean: 3}}
    key: [tenant_id, product_no]
    columns: {tenant_id: {parent: tenant_id}, product_no: {ordinal: {}}, price: {uniform: {min: 1, max: 9}}}
  sale:
    parent: tenant
    fanout: {poisson: {mean: 5}}
    key: [tenant_id, sale_no]
    columns:
      tenant_id: {parent: tenant_id}
      sale_no: {ordinal: {}}
      product_no: {ref: product, column: product_no, within: tenant}
      price: {expr: product_no.price}
"""


def test_one_tenant_column_serves_both_foreign_keys(tmp_path: Path) -> None:
    plan = compile_plan(load(TENANTS))
    keys = {key.columns: (key.table, key.keys) for key in plan.schema.tables["sale"].foreign_keys}
    done = run(load(TENANTS), RunOptions(out=tmp_path / "out"))
    checks = {finding.id: str(finding.status) for finding in done.report.findings if finding.check == "reference"}

    assert keys["tenant_id", "product_no"] == ("product", ("tenant_id", "product_no"))
    assert plan.schema.problems == ()
    assert checks["reference.sale.tenant_id+product_no"] == "PASS"


def test_a_null_tenant_is_found_though_the_product_may_be_null(tmp_path: Path) -> None:
    from fanwise import validator

    frames = dict(assert_laws(TENANTS))
    assert frames["sale"]["product_no"].null_count() > 0
    contract = compile_contract(compile_plan(load(TENANTS)))
    frames["sale"] = frames["sale"].with_columns(
        tenant_id=pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.col("tenant_id"))
    )
    report = validator.audit(frames, contract)

    assert "nulls.sale.tenant_id" in {finding.id for finding in report.findings if str(finding.status) == "FAIL"}
