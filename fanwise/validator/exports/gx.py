"""Great Expectations: one JSON document with an expectation suite of each table.

An expectation sees one table, and the claims join several in DuckDB's SQL, which no data source of Great Expectations
1.24 runs. So they are queries beside the suites.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import claims_of, references_of, unheld

__all__ = ["GxFormat"]


class GxFormat:
    """Great Expectations, tried with 1.24."""

    name: ClassVar[str] = "gx"
    ending: ClassVar[str] = ".json"

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return `suites`, each as `gx.ExpectationSuite(**suite)` takes it, and `claims`, as queries."""
        suites = [
            {
                "name": f"{contract.name}.{name}",
                "expectations": list(_expectations(contract, name, table)),
                "meta": {"table": name, "notes": words.get(name, {}).get("", "")},
            }
            for name, table in contract.tables.items()
        ]
        claims = [
            {"name": claim.name, "about": claim.about, "query": claim.sql}
            for claim in (*references_of(contract), *claims_of(contract))
        ]
        document = {
            "written_by": "Fanwise (gen contract)",
            "only_gen_audit_judges": list(unheld(contract)),
            "suites": suites,
            "claims": claims,
        }
        return json.dumps(document, indent=2, ensure_ascii=False)


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
