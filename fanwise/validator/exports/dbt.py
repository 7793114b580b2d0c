"""A dbt project's files out of a contract: sources or seeds with their tests, and a singular test for each claim.

dbt's own tests are used where it has them (unique, not_null, relationships, accepted_values). What they cannot say
becomes one of three generic tests, which are written beside them, or a singular test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import yaml

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Column, Contract
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import Claim, claims_of, unheld

__all__ = ["MARK", "Layout", "dbt_files"]

MARK = "Written by Fanwise (gen dbt)."
"""The first line of each file has this; a file without it is never replaced."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the data of each table are, and what they mean.

    locations: what dbt-duckdb reads, such as `read_parquet('shop/order.parquet')`, for each source; empty where they
    are in the warehouse already. seeds: the tables are seeds, not sources. models, tests: folders of the project.
    described: the descriptions of each table: its own at "", else of columns.
    """

    locations: Mapping[str, str] = field(default_factory=dict)
    seeds: bool = False
    models: str = "models"
    seed_folder: str = "seeds"
    tests: str = "tests"
    described: Words = field(default_factory=dict)


def dbt_files(contract: Contract, layout: Layout) -> dict[str, str]:
    """Return the text of each file by its path in the project."""
    name = contract.name
    home = f"{layout.seed_folder if layout.seeds else layout.models}/{name}"
    kind = "seeds" if layout.seeds else "sources"
    claims = claims_of(contract)
    files = {
        f"{home}/{kind}.yml": _properties(contract, layout),
        f"{layout.tests}/generic/fanwise.sql": _generic(),
    }
    files |= {f"{layout.tests}/{name}/{name}_{claim.name}.sql": _singular(contract, claim, layout) for claim in claims}
    return files


def _generic() -> str:
    return resources.files("fanwise.validator.exports").joinpath("dbt_tests.sql").read_text(encoding="utf-8")


def _properties(contract: Contract, layout: Layout) -> str:
    tables = [_table(contract, name, layout) for name in contract.tables]
    document: dict[str, Any] = {"version": 2}
    if layout.seeds:
        document["seeds"] = tables
    else:
        document["sources"] = [{"name": contract.name, "tables": tables}]
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    left = "".join(f"#   {each}\n" for each in unheld(contract))
    note = f"# The tests do not cover these, which only `gen audit` judges:\n{left}" if left else ""
    return f"# {MARK} Changes are lost when it is written again.\n{note}{text}"


def _table(contract: Contract, name: str, layout: Layout) -> dict[str, Any]:
    table, words = contract.tables[name], layout.described.get(name, {})
    out: dict[str, Any] = {"name": name}
    if words.get(""):
        out["description"] = _plain(words[""])
    if layout.seeds:
        types = {column: duckdb_type(promised.type) for column, promised in table.columns.items()}
        out["config"] = {"column_types": types, "quote_columns": True}
    elif name in layout.locations:
        out["config"] = {"meta": {"external_location": layout.locations[name]}}
    tests = [*_of_table(contract, name, layout)]
    if tests:
        out["data_tests"] = tests
    out["columns"] = [_column(contract, name, column, words, layout) for column in table.columns]
    return out


def _of_table(contract: Contract, name: str, layout: Layout) -> Iterator[dict[str, Any]]:
    table = contract.tables[name]
    if len(table.key) > 1:
        yield _test("fanwise_unique", columns=_quoted(table.key))
    for columns in table.unique:
        yield _test("fanwise_unique", columns=_quoted(columns))
    for edge in table.edges:
        if len(edge.columns) > 1:
            to = _relation(contract, edge.table, layout)
            yield _test("fanwise_refers", columns=_quoted(edge.columns), to=to, keys=_quoted(edge.keys))


def _column(contract: Contract, table: str, name: str, words: Mapping[str, str], layout: Layout) -> dict[str, Any]:
    promised = contract.tables[table]
    column = promised.columns[name]
    out: dict[str, Any] = {"name": name, "quote": True, "data_type": duckdb_type(column.type)}
    if words.get(name):
        out["description"] = _plain(words[name])
    tests: list[str | dict[str, Any]] = [] if column.nullable and name not in promised.key else ["not_null"]
    if column.unique or promised.key == (name,):
        tests.append("unique")
    for edge in promised.edges:
        if edge.columns == (name,):
            to = _relation(contract, edge.table, layout)
            tests.append(_test("relationships", to=to, field=quote_ident(edge.keys[0])))
    values = contract.values_of(table, name)
    if values:
        # dbt puts each value between quotes as it is.
        tests.append(_test("accepted_values", values=[_plain(value.replace("'", "''")) for value in values]))
    least, most = (_bound(column, end) for end in (column.min, column.max))
    if least is not None or most is not None:
        given = {"least": least, "most": most}
        tests.append(_test("fanwise_range", **{end: value for end, value in given.items() if value is not None}))
    if tests:
        out["data_tests"] = tests
    return out


def _bound(column: Column, value: float | str | None) -> str | None:
    """Return a bound as SQL."""
    if value is None:
        return None
    return f"CAST('{value}' AS {duckdb_type(column.type)})" if isinstance(value, str) else repr(value)


def _test(name: str, **arguments: Any) -> dict[str, Any]:
    return {name: {"arguments": arguments}}


def _relation(contract: Contract, table: str, layout: Layout) -> str:
    return f"ref('{table}')" if layout.seeds else f"source('{contract.name}', '{table}')"


def _quoted(names: Sequence[str]) -> list[str]:
    return [quote_ident(name) for name in names]


def _plain(text: str) -> str:
    """Return a text in which dbt finds no Jinja."""
    return text.replace("{", "{{ '{' }}") if any(mark in text for mark in ("{{", "{%", "{#")) else text


def _singular(contract: Contract, claim: Claim, layout: Layout) -> str:
    names = claim.tables(contract)
    relations = [
        f"{quote_ident(name)} AS (SELECT * FROM {{{{ {_relation(contract, name, layout)} }}}})" for name in names
    ]
    about = f"-- {' '.join(claim.about.split())}, as {claim.source.file or contract.name} declares it"
    if claim.source.line:
        about += f" in line {claim.source.line}"
    # A query that begins with WITH continues the list of the tables.
    body = _plain(claim.sql)
    joined = f",\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"\n{body}"
    return f"-- {MARK}\n{_plain(about)}\n\nWITH {', '.join(relations)}{joined}\n"
