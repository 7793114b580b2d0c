"""Great Expectations: suites that its own package loads and runs (slow)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator.exports.gx import GxFormat
from tests.tool_environments import call, python_of, tool_environment
from tests.validator.exports.conftest import WORDS

RUN = """
import json, pandas as pd, great_expectations as gx
context = gx.get_context(mode="ephemeral")
document = json.load(open("shop.json"))
source = context.data_sources.add_pandas("it")
for suite in document["suites"]:
    made = context.suites.add(gx.ExpectationSuite(**suite))
    frame = pd.read_parquet(f"{suite['meta']['table']}.parquet")
    batch = source.add_dataframe_asset(suite["name"]).add_batch_definition_whole_dataframe("all")
    checked = context.validation_definitions.add(gx.ValidationDefinition(name=suite["name"], data=batch, suite=made))
    for each in checked.run(batch_parameters={"dataframe": frame}).results:
        if not each.success:
            print("broken", suite["name"], each.expectation_config.type, each.expectation_config.kwargs.get("column"))
print("ran", len(document["suites"]))
"""


def test_each_table_has_a_suite_and_the_claims_are_queries(contract: validator.Contract) -> None:
    document = json.loads(GxFormat.render(contract, WORDS))
    suites = {suite["name"]: suite for suite in document["suites"]}

    assert list(suites) == ["shop.country", "shop.customer", "shop.visit"]
    kinds = [each["type"] for each in suites["shop.customer"]["expectations"]]
    assert kinds[:2] == ["expect_table_columns_to_match_set", "expect_compound_columns_to_be_unique"]
    assert {"min_value": 1, "max_value": 5, "column": "class"} in [
        each["kwargs"] for each in suites["shop.customer"]["expectations"]
    ]
    assert [claim["name"] for claim in document["claims"]] == [
        "reference_customer_country",
        "reference_visit_region_number",
        "fanout_visit_tier",
        "value_visit_spent_tier",
        "share_tier",
    ]
    assert "distributions of values" in document["only_gen_audit_judges"]


@pytest.mark.slow
@pytest.mark.parametrize("change", ["none", "values"])
def test_great_expectations_agrees(
    contract: validator.Contract, tables: dict[str, pl.DataFrame], written: Callable[..., Path], change: str
) -> None:
    programs = tool_environment("gx", "great-expectations==1.24.1", "pyarrow>=26")
    wrong = tables["customer"].with_columns(tier=pl.lit("silver"), code=None)
    folder = written() if change == "none" else written(customer=wrong)
    (folder / "shop.json").write_text(GxFormat.render(contract, WORDS), encoding="utf-8")

    done = call(python_of(programs), "-c", RUN, cwd=folder)

    assert "ran 3" in done.stdout, done.stderr[-3000:]
    assert sorted(line for line in done.stdout.splitlines() if line.startswith("broken")) == (
        []
        if change == "none"
        else [
            "broken shop.customer expect_column_values_to_be_in_set tier",
            "broken shop.customer expect_column_values_to_not_be_null code",
        ]
    )
