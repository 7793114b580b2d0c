"""pandera: a Python module with a schema of each table, for Polars frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from fanwise.validator.contract.model import Column, Contract, Table
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import unheld_sentences
from fanwise.validator.exports.python_module import bounds, head, polars_type, tail

__all__ = ["PanderaFormat"]

_VALIDATE = '''

def validate(tables: dict[str, pl.DataFrame]) -> None:
    """Raise pandera.errors.SchemaErrors, with all of a table, where a table breaks its schema."""
    for name, schema in SCHEMAS.items():
        schema.validate(tables[name], lazy=True)
'''


class PanderaFormat:
    """pandera, tried with 0.35."""

    name: ClassVar[str] = "pandera"
    ending: ClassVar[str] = ".py"

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return a module with `SCHEMAS`, `CLAIMS`, `validate` and `broken_claims`."""
        imports = ("import datetime  # noqa: F401", "", "import pandera.polars as pa", "import polars as pl", "")
        tables = "".join(
            _schema(contract, name, table, words.get(name, {}).get("", "")) for name, table in contract.tables.items()
        )
        return f"{head(contract, 'pandera', imports)}\nSCHEMAS = {{\n{tables}}}\n{tail(contract)}{_VALIDATE}"

    @staticmethod
    def left_out(contract: Contract) -> tuple[str, ...]:
        """Return what has no form here."""
        return unheld_sentences(contract)


def _schema(contract: Contract, name: str, table: Table, about: str) -> str:
    columns = "".join(
        f"            {column!r}: {_column(contract, name, column, promised)},\n"
        for column, promised in table.columns.items()
    )
    unique = f"        unique={list(table.key)!r},\n" if table.key else ""
    words = f"        description={about!r},\n" if about else ""
    return (
        f"    {name!r}: pa.DataFrameSchema(\n        {{\n{columns}        }},\n{unique}{words}"
        f"        strict=True,\n        name={name!r},\n    ),\n"
    )


def _column(contract: Contract, table: str, name: str, column: Column) -> str:
    checks = ", ".join(_checks(contract, table, name, column))
    parts = [polars_type(column.type), *([f"[{checks}]"] if checks else [])]
    parts += ["nullable=True"] * (column.nullable and name not in contract.tables[table].key)
    parts += ["unique=True"] * column.unique
    return f"pa.Column({', '.join(parts)})"


def _checks(contract: Contract, table: str, name: str, column: Column) -> Iterator[str]:
    low, high = bounds(column)
    values = contract.values_of(table, name)
    if values and polars_type(column.type) == "pl.String":
        yield f"pa.Check.isin({list(values)!r})"
    if low is not None:
        yield f"pa.Check.ge({low})"
    if high is not None:
        yield f"pa.Check.le({high})"
