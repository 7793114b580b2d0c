"""Great Expectations: one JSON document with an expectation suite of each table, and suites of the claims.

An expectation sees one table or one query. So a claim on several tables, such as an effect of segments, is an
expectation that its query returns no rows. PostgreSQL runs such queries for Great Expectations. DuckDB does not (1.24
and duckdb-engine 0.17), but the result of a query in DuckDB is a table, which pandas holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import Claim, claims_of, references_of, unheld, unheld_sentences
from fanwise.validator.exports.dialects import in_postgresql

__all__ = ["GxFormat"]


class GxFormat:
    """Great Expectations, tried with 1.24."""

    name: ClassVar[str] = "gx"
    ending: ClassVar[str] = ".json"

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return suites, each as `gx.ExpectationSuite(**suite)` takes it.

        suites: of each table. claims: of each claim, for the result of its query in DuckDB. claims_in_postgresql: one
        suite of all claims, for a data source of PostgreSQL.
        """
        claims = (*references_of(contract), *claims_of(contract))
        document = {
            "written_by": "Fanwise (gen contract)",
            "only_gen_audit_judges": list(unheld(contract)),
            "suites": [
                {
                    "name": f"{contract.name}.{name}",
                    "expectations": list(_expectations(contract, name, table)),
                    "meta": {"table": name, "notes": words.get(name, {}).get("", "")},
                }
                for name, table in contract.tables.items()
            ],
            "claims": [_of_result(contract, claim) for claim in claims],
            "claims_in_postgresql": _in_postgresql(contract, claims),
        }
        return json.dumps(document, indent=2, ensure_ascii=False)

    @staticmethod
    def left_out(contract: Contract) -> tuple[str, ...]:
        """Return what no suite judges, and what the suite for PostgreSQL does not."""
        claims = (*references_of(contract), *claims_of(contract))
        missing = ", ".join(claim.name for claim in claims if in_postgresql(claim.sql) is None)
        why = "PostgreSQL has no form for a part of the query. Use claims, or gen audit."
        database = (f"claims_in_postgresql leaves out {missing}: {why}",) if missing else ()
        return (*unheld_sentences(contract), *database)


def _of_result(contract: Contract, claim: Claim) -> dict[str, Any]:
    """Return the suite for the rows that the query of a claim returned."""
    return {
        "name": f"{contract.name}.claims.{claim.name}",
        "expectations": [_expectation("expect_table_row_count_to_equal", value=0)],
        "meta": {"notes": claim.about, "query": claim.sql},
    }


def _in_postgresql(contract: Contract, claims: Sequence[Claim]) -> dict[str, Any]:
    queries = {claim: in_postgresql(claim.sql) for claim in claims}
    return {
        "name": f"{contract.name}.claims",
        "expectations": [
            {
                **_expectation("unexpected_rows_expectation", unexpected_rows_query=_template(query)),
                "meta": {"claim": claim.name, "notes": claim.about},
            }
            for claim, query in queries.items()
            if query is not None
        ],
        "meta": {"left_out": [claim.name for claim, query in queries.items() if query is None]},
    }


def _template(query: str) -> str:
    """Return a query as Great Expectations reads it: a brace begins a name, and a colon one of SQLAlchemy."""
    return query.replace("{", "{{").replace("}", "}}").replace(":", "\\:")


def _expectations(contract: Contract, name: str, table: Table) -> Iterator[dict[str, Any]]:
    yield _expectation("expect_table_columns_to_match_set", column_set=list(table.columns), exact_match=True)
    if len(table.key) > 1:
        yield _expectation("expect_compound_columns_to_be_unique", column_list=list(table.key))
    for column, promised in table.columns.items():
        if not promised.nullable or column in table.key:
            yield _expectation("expect_column_values_to_not_be_null", column=column)
        if promised.unique or table.key == (column,):
            yield _expectation("expect_column_values_to_be_unique", column=column)
        values = contract.values_of(name, column)
        if values and promised.type.partition("(")[0] in ("text", "varchar", "char"):
            yield _expectation("expect_column_values_to_be_in_set", column=column, value_set=list(values))
        ends = {"min_value": promised.min, "max_value": promised.max}
        numbers: dict[str, Any] = {end: value for end, value in ends.items() if isinstance(value, int | float)}
        if numbers:
            yield _expectation("expect_column_values_to_be_between", column=column, **numbers)


def _expectation(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": arguments}
