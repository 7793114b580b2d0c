"""From a run and its report: the answer key, and the SQL that recomputes it from the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fanwise.generator.output.manifest import ANSWERS, VERIFY, Manifest
from fanwise.generator.plan import Plan

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.validator.report.answers import Season

__all__ = ["answer_key", "instants"]


def instants(plan: Plan) -> list[tuple[str, str]]:
    """Return the table and name of each written column of instants whose months differ by declaration."""
    return [
        (table, name)
        for table, schema in plan.schema.written.items()
        for name in schema
        if schema[name].is_temporal() and plan.tables[table].columns[name].generator.season is not None
    ]


def answer_key(plan: Plan, contract: validator.Contract, report: validator.Report, made: Manifest) -> dict[str, str]:
    """Return the documents of the answer key: `answers.json`, and `verify.sql` where DuckDB alone reads the files."""
    if report.months is None:
        return {}
    from fanwise.validator.report.answers import answers_text
    from fanwise.validator.report.verification import FORMATS, DataFiles, verify_sql

    seasons = _seasons(plan)
    documents = {ANSWERS: answers_text(report, contract, seasons)}
    if made.format in FORMATS:
        tables = {
            name: DataFiles([file.path for file in table.files], table.columns) for name, table in made.tables.items()
        }
        documents[VERIFY] = verify_sql(report, contract, tables, made.format, seasons)
    return documents


def _seasons(plan: Plan) -> list[Season]:
    from fanwise.validator.report.answers import Season

    found = []
    for table, name in instants(plan):
        declared = plan.tables[table].columns[name].generator.season
        assert declared is not None
        found.append(Season(table, name, declared.factors, declared.shares))
    return found
