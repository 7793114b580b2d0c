"""Parts of Python modules that check frames: types, values, and the claims that only SQL can judge."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from fanwise.validator.contract.model import Column, Contract
from fanwise.validator.exports.claims import Claim, claims_of, references_of, unheld

__all__ = ["bounds", "head", "polars_type", "tail"]

_TYPES = {
    **{f"{kind}{bits}": f"pl.{kind.title()}{bits}" for kind in ("int", "float") for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("text", "varchar", "char", "uuid", "json"), "pl.String"),
    **{"bool": "pl.Boolean", "date": "pl.Date", "time": "pl.Time"},
    **{"timestamp": 'pl.Datetime("us")', "timestamptz": 'pl.Datetime("us", "UTC")'},
}

_TAIL = '''

def broken_claims(tables: dict[str, pl.DataFrame]) -> dict[str, list[tuple]]:
    """Return the claims that do not hold, with what breaks each. Needs duckdb and pyarrow."""
    import duckdb

    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(name, frame.to_arrow())
    found = {name: connection.execute(sql).fetchall() for name, sql in CLAIMS.items()}
    return {name: rows for name, rows in found.items() if rows}
'''


def head(contract: Contract, tool: str, imports: Iterable[str]) -> str:
    """Return the beginning of a module: what it is, and what it leaves to the audit."""
    left = "".join(f"    {each}\n" for each in unheld(contract))
    note = f"\nOnly `gen audit` judges these:\n\n{left}" if left else ""
    return (
        f'"""Checks of the data set {contract.name} for {tool}, written by Fanwise (gen contract).\n\n'
        f"CLAIMS holds what {tool} has no form for, such as references and effects by segment, as queries of DuckDB.\n"
        f'Each returns what breaks the claim.\n{note}"""\n\n' + "".join(f"{line}\n" for line in imports)
    )


def tail(contract: Contract) -> str:
    """Return the end of a module: the claims, and the function that runs them."""
    claims = [*references_of(contract), *claims_of(contract)]
    return f"\nCLAIMS = {{\n{''.join(map(_entry, claims))}}}\n{_TAIL}"


def _entry(claim: Claim) -> str:
    sql = claim.sql.replace("\\", "\\\\").replace('"""', '\\"""').replace('"', '\\"')
    return f'    # {" ".join(claim.about.split())}\n    {claim.name!r}: """{sql}""",\n'


def polars_type(kind: str) -> str:
    """Return the Python expression of the Polars type of a type of the contract."""
    name, _, inner = kind.partition("(")
    if name == "decimal":
        precision, _, scale = inner.removesuffix(")").partition(",")
        return f"pl.Decimal({int(precision)}, {int(scale or 0)})"
    if name == "list":
        return f"pl.List({polars_type(inner[:-1])})"
    if name == "struct":
        parts = (part.partition(" ") for part in _split(inner[:-1]))
        return f"pl.Struct({{{', '.join(f'{part!r}: {polars_type(kind)}' for part, _, kind in parts)}}})"
    return _TYPES[name]


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def bounds(column: Column) -> tuple[str | None, str | None]:
    """Return the lowest and the highest value as Python expressions."""
    return _bound(column, column.min), _bound(column, column.max)


def _bound(column: Column, value: float | str | None) -> str | None:
    if not isinstance(value, str):
        return None if value is None else repr(int(value) if column.type.startswith("int") else value)
    return repr(
        datetime.date.fromisoformat(value[:10]) if column.type == "date" else datetime.datetime.fromisoformat(value)
    )
