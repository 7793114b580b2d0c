"""`gen dbt`: what it writes, what it leaves alone, and, slow, what dbt itself says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tool_environments import call, tool_environment

Gen = Callable[..., Any]

WIDE = """\
fanwise: 1
name: wide
description: "Braces {{ in }} words."
segments: {tier: {table: customer, share: {"it's": 0.4, "{{ b }}": 0.6}}}
tables:
  customer:
    rows: 300
    key: [region, number]
    columns:
      region: {choice: {north: 1, south: 1}}
      number: {sequence: {}}
      tier: {segment: tier, description: "Either {{ one }} or another."}
      joined: {date: {between: [2024-01-01, 2024-12-31]}}
      order: {integer: {min: 1, max: 9}}
  visit:
    parent: customer
    fanout: {poisson: {mean: 5}, multiplier: {tier: {"it's": 2, else: 1}}}
    key: visit_id
    columns:
      visit_id: {sequence: {}}
      region: {parent: region}
      number: {parent: number}
      "on": {boolean: {p: 0.5}}
"""


def test_sources_with_tests_and_a_test_for_each_effect(gen: Gen, shop: Path) -> None:
    said = gen("dbt", shop, "--project", "warehouse")

    assert said.code == 0, said.err
    sources = yaml.safe_load(Path("warehouse/models/shop/sources.yml").read_text(encoding="utf-8"))["sources"]
    customer, purchase = sources[0]["tables"]
    assert customer["config"]["meta"]["external_location"] == (
        "read_parquet(['{{ var('fanwise_shop', 'fanwise/shop') }}/customer.parquet'])"
    )
    assert [column["data_tests"] for column in customer["columns"]] == [
        ["not_null", "unique"],
        ["not_null", {"accepted_values": {"arguments": {"values": ["gold", "basic"]}}}],
    ]
    assert purchase["columns"][1]["data_tests"] == [
        "not_null",
        {"relationships": {"arguments": {"to": "source('shop', 'customer')", "field": '"customer_id"'}}},
    ]
    assert sorted(path.name for path in Path("warehouse/tests/shop").iterdir()) == [
        "shop_fanout_purchase_tier.sql",
        "shop_share_tier.sql",
        "shop_value_purchase_amount_tier.sql",
    ]
    text = Path("warehouse/tests/shop/shop_fanout_purchase_tier.sql").read_text(encoding="utf-8")
    assert "-- purchase per customer by tier, as shop.yaml declares it in line 19" in text


def test_a_second_time_replaces_what_it_wrote_and_removes_old_tests(gen: Gen, shop: Path) -> None:
    assert gen("dbt", shop, "--project", "warehouse").code == 0
    text = shop.read_text(encoding="utf-8")
    shop.write_text(text.replace(", multiplier: {tier: {gold: 1.5, basic: 1}}, round", ", round"), encoding="utf-8")
    mine = Path("warehouse/tests/shop/mine.sql")
    mine.write_text("select 1 where false\n", encoding="utf-8")

    assert gen("dbt", shop, "--project", "warehouse").code == 0
    assert not Path("warehouse/tests/shop/shop_value_purchase_amount_tier.sql").exists()
    assert mine.exists()


def test_the_file_of_somebody_else_is_not_replaced(gen: Gen, shop: Path) -> None:
    taken = Path("warehouse/models/shop/sources.yml")
    taken.parent.mkdir(parents=True)
    taken.write_text("version: 2\n", encoding="utf-8")

    said = gen("dbt", shop, "--project", "warehouse")

    assert said.code == 4
    assert "sources.yml" in said.err
    assert "FW-OUTPUT-EXISTS" in said.err
    assert taken.read_text(encoding="utf-8") == "version: 2\n"
    assert not Path("warehouse/fanwise").exists()


def test_a_folder_of_data_that_is_not_ours_is_left_alone(gen: Gen, shop: Path) -> None:
    taken = Path("warehouse/fanwise/shop/customer.parquet")
    taken.parent.mkdir(parents=True)
    taken.write_text("mine", encoding="utf-8")

    assert gen("dbt", shop, "--project", "warehouse").code == 4
    assert taken.read_text(encoding="utf-8") == "mine"
    assert not Path("warehouse/models").exists()


def test_it_says_how_to_build_what_it_wrote(gen: Gen, shop: Path) -> None:
    Path("own").mkdir()
    Path("own/dbt_project.yml").write_text("name: own\nprofile: own\n", encoding="utf-8")

    assert gen("dbt", shop, "--project", "a b").out.endswith("Try: cd 'a b' && dbt build --profiles-dir .\n")
    assert gen("dbt", shop, "--project", "own").out.endswith("Try: cd own && dbt build\n"), "its profile is elsewhere"


def test_the_folders_of_a_project_are_those_that_it_names(gen: Gen, shop: Path) -> None:
    project = Path("warehouse/dbt_project.yml")
    project.parent.mkdir()
    project.write_text("name: mine\nmodel-paths: [src]\ntest-paths: [checks]\n", encoding="utf-8")

    assert gen("dbt", shop, "--project", "warehouse", "--no-data").code == 0
    assert Path("warehouse/src/shop/sources.yml").exists()
    assert Path("warehouse/checks/shop/shop_fanout_purchase_tier.sql").exists()
    assert not Path("warehouse/fanwise").exists()
    assert project.read_text(encoding="utf-8").startswith("name: mine\n")


def test_data_that_the_audit_rejects_change_nothing(gen: Gen, shop: Path) -> None:
    said = gen("dbt", shop, "--project", "warehouse", "--rows", "customer=4")

    assert said.code in (1, 3)
    assert not Path("warehouse/models").exists()


def test_seeds_of_too_many_rows_are_refused_before_a_row_is_made(gen: Gen, shop: Path) -> None:
    said = gen("dbt", shop, "--project", "warehouse", "--seeds", "--rows", "customer=200000")

    assert said.code == 2
    assert "purchase: too many rows for a seed" in said.err
    assert not Path("warehouse").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [False, True], ids=["sources", "seeds"])
@pytest.mark.parametrize("schema", ["shop", "wide"])
def test_dbt_runs_the_tests_and_they_fail_on_other_data(gen: Gen, shop: Path, schema: str, seeds: bool) -> None:
    programs = tool_environment("dbt", "dbt-duckdb==1.11.1")
    Path("wide.yaml").write_text(WIDE, encoding="utf-8")
    options = ["--seeds"] if seeds else []
    said = gen("dbt", f"{schema}.yaml", "--project", "warehouse", *options)
    assert said.code == 0

    tried = said.out.rpartition("Try: ")[2]
    done = call("bash", "-c", f"PATH={programs}:$PATH; {tried}", cwd=Path())

    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout
    assert "WARN=0" in done.stdout
    assert "[WARNING]" not in done.stdout, done.stdout

    other = Path(f"{schema}.yaml").read_text(encoding="utf-8").replace("gold: 2, basic: 1", "gold: 1, basic: 1")
    other = other.replace('"it\'s": 2, else: 1', '"it\'s": 1, else: 1')
    Path("other.yaml").write_text(other, encoding="utf-8")
    target = Path("warehouse") / (f"seeds/{schema}" if seeds else f"fanwise/{schema}")
    kind = "csv" if seeds else "parquet"
    assert gen("run", "other.yaml", "--out", target, "--force", "--format", kind, "--no-audit").code == 0

    done = call(programs / "dbt", "build", "--profiles-dir", ".", cwd=Path("warehouse"))

    assert done.returncode == 1
    failed = {line.split()[-3] for line in done.stdout.splitlines() if " FAIL " in line}
    assert any("fanout" in name for name in failed) or "fanout" in done.stdout.partition("FAIL")[2], done.stdout
