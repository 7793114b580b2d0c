"""Great Expectations: suites that its own package loads and runs, as the page of the documents shows (slow)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import fanwise
from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.validator.exports.claims import claims_of, references_of
from fanwise.validator.exports.dialects import in_postgresql
from fanwise.validator.exports.gx import GxFormat
from tests.tool_environments import ROOT, call, python_of, tool_environment
from tests.validator.exports.conftest import CHANGES, WORDS, changed

if TYPE_CHECKING:
    from tests.postgresql_server import Server

PAGE = (ROOT / "docs" / "how-to" / "contracts.md").read_text(encoding="utf-8")
WITH_PANDAS, WITH_POSTGRESQL = re.findall(r"```text\n(import json\n.+?)```", PAGE, re.DOTALL)
PACKAGES = ("great-expectations[postgresql]==1.24.1", "pyarrow>=26", "duckdb==2.0.1")
CLAIMS = [
    "reference_customer_country",
    "reference_visit_region_number",
    "fanout_visit_tier",
    "value_visit_spent_tier",
    "share_tier",
    "holds_country_code",
    "holds_customer_code",
]


def run(program: str, folder: Path) -> set[str]:
    """Run a program of the page in the environment of Great Expectations; return what it says is broken."""
    done = call(python_of(tool_environment("gx", *PACKAGES)), "-c", program, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    said = [line for line in done.stdout.splitlines() if line.startswith(("holds ", "broken "))]
    assert len(said) >= len(CLAIMS)
    return {line.split()[1] for line in said if line.startswith("broken")}


def broken_claims(contract: validator.Contract, frames: dict[str, pl.DataFrame]) -> set[str]:
    """Return the claims that the queries say are broken, without Great Expectations."""
    import duckdb

    with duckdb.connect() as connection:
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        claims = (*references_of(contract), *claims_of(contract))
        return {claim.name for claim in claims if connection.execute(claim.sql).fetchall()}


def test_each_table_and_each_claim_has_a_suite(contract: validator.Contract) -> None:
    document = json.loads(GxFormat.render(contract, WORDS))
    suites = {suite["name"]: suite for suite in document["suites"]}

    assert list(suites) == ["shop.country", "shop.customer", "shop.visit"]
    kinds = [each["type"] for each in suites["shop.customer"]["expectations"]]
    assert kinds[:2] == ["expect_table_columns_to_match_set", "expect_compound_columns_to_be_unique"]
    assert {"min_value": 1, "max_value": 5, "column": "class"} in [
        each["kwargs"] for each in suites["shop.customer"]["expectations"]
    ]
    assert [claim["name"] for claim in document["claims"]] == [f"shop.claims.{name}" for name in CLAIMS]
    in_database = document["claims_in_postgresql"]["expectations"]
    assert [each["meta"]["claim"] for each in in_database] == CLAIMS
    assert "distributions of values" in document["only_gen_audit_judges"]


def test_braces_and_colons_reach_the_database_as_they_are() -> None:
    schema = (
        "{fanwise: 1, name: s, tables: {t: {rows: 9, columns: {x: {choice: {a: 1}}}}}, checks: [\"x <> '{a} :b'\"]}"
    )
    contract = compile_contract(fanwise.dataset(schema).plan)

    (expectation,) = json.loads(GxFormat.render(contract, {}))["claims_in_postgresql"]["expectations"]

    assert "'{{a}} \\:b'" in expectation["kwargs"]["unexpected_rows_query"]


def test_a_claim_that_needs_the_number_of_a_row_is_left_out_by_name() -> None:
    schema = """{fanwise: 1, name: s, segments: {tier: {table: t, share: {a: 0.5, b: 0.5}}},
    tables: {t: {rows: 99, columns: {tier: {segment: tier}, x: {normal: {mean: 9, sd: 1}, multiplier: {tier: {a: 2, b: 1}}}}}}}"""
    contract = compile_contract(fanwise.dataset(schema).plan)

    assert json.loads(GxFormat.render(contract, {}))["claims_in_postgresql"]["meta"]["left_out"] == ["value_t_x_tier"]
    assert GxFormat.left_out(contract)[-1].startswith("claims_in_postgresql leaves out value_t_x_tier: ")


@pytest.mark.slow
@pytest.mark.parametrize("how", CHANGES)
def test_great_expectations_agrees_about_files(
    contract: validator.Contract, tables: dict[str, pl.DataFrame], written: Callable[..., Path], how: str
) -> None:
    folder = written(**changed(how, tables))
    (folder / "shop_gx.json").write_text(GxFormat.render(contract, WORDS), encoding="utf-8")

    broken = run(WITH_PANDAS.replace("data/", ""), folder)

    claims = {f"shop.claims.{name}" for name in broken_claims(contract, {**tables, **changed(how, tables)})}
    assert broken == claims | ({"shop.customer"} if how == "values" else set())
    assert bool(claims) == (how != "none")


@pytest.mark.slow
@pytest.mark.parametrize("how", CHANGES)
def test_great_expectations_agrees_about_a_database(
    contract: validator.Contract, tables: dict[str, pl.DataFrame], postgres: Server, tmp_path: Path, how: str
) -> None:
    frames = {**tables, **changed(how, tables)}
    url = postgres.fill("gx", frames)
    (tmp_path / "shop_gx.json").write_text(GxFormat.render(contract, WORDS), encoding="utf-8")

    broken = run(WITH_POSTGRESQL.replace("postgresql://user:password@host/shop", url), tmp_path)

    assert broken == broken_claims(contract, frames)
    assert bool(broken) == (how != "none")


READY = {
    "bank": "customer", "buytilldie": "shopper", "clinic": "patient", "ecommerce": "customer", "marketplace": "customer",
    "subscriptions": "account",
}  # fmt: skip


@pytest.mark.system
@pytest.mark.parametrize("name", READY)
def test_postgresql_and_duckdb_judge_the_ready_datasets_alike(postgres: Server, name: str) -> None:
    """As they are, and with the rows of 20 units only, which breaks references and the order of segments."""
    ds = fanwise.dataset(name, rows={READY[name]: 300})
    contract = compile_contract(ds.plan)
    few = {table: frame.head(20) if table == READY[name] else frame for table, frame in ds.items()}
    assert broken_claims(contract, few)
    for frames in (dict(ds), few):
        url = postgres.fill("claims", frames)
        with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
            broken = set()
            for claim in (*references_of(contract), *claims_of(contract)):
                query = in_postgresql(claim.sql)
                assert query is not None
                cursor.execute(query)
                if cursor.fetchall():
                    broken.add(claim.name)
        assert broken == broken_claims(contract, frames)
