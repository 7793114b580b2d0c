"""Row conditions as text: names found and quoted, everything else of SQL refused."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.validator.contract.conditions import ConditionError, home_of, parse_condition, resolve_name
from fanwise.validator.contract.load import load_contract

REFUSED = [
    "",
    "select 1",
    "(select max(i) from customer) > 1",
    "read_csv('/etc/passwd') is null",
    "stars > 1; drop table customer",
    "stars > 1 -- comment",
    "stars /* x */ > 1",
    "stars > (1",
    "stars > 1)",
    "stars >",
    "> 1",
    "stars stars",
    "getvariable('files_0') is not null",
    "current_user = 'x'",
    "sum(stars) > 1",
    "row_number() over () > 1",
    "stars in (select 1)",
    "stars is 5",
    "case when stars > 1 then true",
    "cast(stars as blob) is null",
    "stars::json is null",
    "extract(millennium from ordered_at) > 1",
    "unnest(stars) > 1",
    "stars > 'it''s",
    "kind ~ 'x'",
    "kind similar to 'x'",
    "stars > $1",
    "stars > ?",
    "a.b.c.d > 1",
    'kind > "',
    "stars[1] > 1",
    "{'a': stars} is null",
    "columns(*) > 1",
    "* > 1",
    "stars\x00 > 1",
    "round(stars, 16) > 1",
    "round(stars, -1) > 1",
    "round(stars, stars) > 1",
    "round(stars, 1 + 1) > 1",
    "round(stars, 1, 2) > 1",
    "round() > 1",
    "round(stars",
    "round(" * 9 + "stars / 2" + ")" * 9 + " > 1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_a_row_condition_is_refused(shop, text: str) -> None:
    contract = load_contract(shop.contract)

    with pytest.raises(ConditionError):
        parse_condition(contract.tables, contract.axes, "review", text)


@given(st.text("stareviw.()'\"<>=+-*/%|:, 0159\n", max_size=60))
def test_any_text_is_refused_or_parses_in_duckdb(text: str) -> None:
    """Whatever gets through is an expression: DuckDB finds no syntax error in it, only names it does not have."""
    contract = load_contract(
        {
            "contract": 1,
            "name": "x",
            "tables": {"t": {"columns": dict.fromkeys(("s", "t", "a", "r", "e", "v", "i", "w"), "int64")}},
        }
    )
    try:
        condition = parse_condition(contract.tables, contract.axes, "t", text)
    except ConditionError:
        return
    with duckdb.connect() as connection:
        try:
            connection.execute(f"SELECT {condition.sql(lambda path: 'r0')} FROM (SELECT 1 AS s) AS r0")
        except duckdb.ParserException:
            raise AssertionError(text) from None
        except duckdb.Error:
            pass


def test_names_are_quoted_and_resolved_along_the_edges(shop) -> None:
    contract = load_contract(shop.contract)
    condition = parse_condition(
        contract.tables, contract.axes, "item", 'order.amount >= 1.5 and "price" < customer.tier'
    )

    assert [(name.path, name.table, name.column) for name in condition.references] == [
        ((("order_id",),), "order", "amount"),
        ((), "item", "price"),
        ((("order_id",), ("customer_id",)), "customer", "tier"),
    ]
    assert condition.sql(lambda path: f"r{len(path)}") == (
        '((CAST(r1."amount" AS DOUBLE) >= 1.5e0) AND (CAST(r0."price" AS DOUBLE) < CAST(r2."tier" AS VARCHAR)))'
    )


def test_names_may_have_several_steps(shop) -> None:
    contract = load_contract(shop.contract)
    found = resolve_name(contract.tables, contract.axes, "item", "order.customer.signed_up")

    assert (found.table, found.column) == ("customer", "signed_up")
    assert found.path == (("order_id",), ("customer_id",))
    assert resolve_name(contract.tables, contract.axes, "item", "item.order.customer.signed_up").path == found.path
    with pytest.raises(ConditionError, match="customer has no column 'nope'"):
        resolve_name(contract.tables, contract.axes, "item", "order.customer.nope")


def test_ref_columns_and_axes_are_names(shop) -> None:
    contract = load_contract(shop.contract)

    assert resolve_name(contract.tables, contract.axes, "review", "customer_id.tier").path == (("customer_id",),)
    assert resolve_name(contract.tables, contract.axes, "item", "tier").table == "customer"
    assert resolve_name(contract.tables, contract.axes, "item", "order.tier").path == (("order_id",), ("customer_id",))
    with pytest.raises(ConditionError, match="reaches no 'review'"):
        resolve_name(contract.tables, contract.axes, "order", "review.stars")


def test_the_home_of_a_condition_is_the_one_table_that_reaches_its_names(shop) -> None:
    contract = load_contract(shop.contract)

    assert home_of(contract.tables, contract.axes, "order.ordered_at >= customer.signed_up") == "order"
    assert home_of(contract.tables, contract.axes, "item.price > 0 and customer.tier = 'VIP'") == "item"
    assert home_of(contract.tables, contract.axes, "review.stars > item.price") is None


def test_words_of_sql_may_be_names() -> None:
    contract = load_contract(
        {
            "contract": 1,
            "name": "x",
            "tables": {
                "group": {
                    "key": "order",
                    "columns": {"order": "int64", "date": "date", "end": "int64", "when": "text"},
                },
                "select": {
                    "columns": {"from": "int64"},
                    "parent": {"table": "group", "columns": "from"},
                },
            },
        }
    )
    condition = parse_condition(
        contract.tables,
        contract.axes,
        "select",
        "group.date > date '2024-01-01' and case when group.end > 1 then group.when is null else from > 0 end",
    )

    assert [name.column for name in condition.references] == ["date", "end", "when", "from"]
