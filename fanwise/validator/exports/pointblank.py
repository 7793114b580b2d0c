"""Pointblank: a Python module with a `pb.Contract` of each table, for Polars frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import unheld_sentences
from fanwise.validator.exports.python_module import bounds, head, polars_type, tail

__all__ = ["PointblankFormat"]

_VALIDATE = '''

def validate(tables: dict[str, pl.DataFrame]) -> dict[str, pb.Validate]:
    """Return the validation of each table; `all_passed()` of one says whether it keeps its contract."""
    return {name: contract.validate(tables[name]) for name, contract in CONTRACTS.items()}
'''


class PointblankFormat:
    """Pointblank, tried with 1.1."""

    name: ClassVar[str] = "pointblank"
    ending: ClassVar[str] = ".py"

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return a module with `CONTRACTS`, `CLAIMS`, `validate` and `broken_claims`."""
        imports = ("import datetime  # noqa: F401", "", "import pointblank as pb", "import polars as pl", "")
        tables = "".join(
            _contract(contract, name, table, words.get(name, {}).get("", "")) for name, table in contract.tables.items()
        )
        return f"{head(contract, 'Pointblank', imports)}\nCONTRACTS = {{\n{tables}}}\n{tail(contract)}{_VALIDATE}"

    @staticmethod
    def left_out(contract: Contract) -> tuple[str, ...]:
        """Return what has no form here."""
        return unheld_sentences(contract)


def _contract(contract: Contract, name: str, table: Table, about: str) -> str:
    columns = "".join(
        f"                ({column!r}, str({polars_type(promised.type)})),\n"
        for column, promised in table.columns.items()
    )
    steps = "".join(f"            pb.Step({step}),\n" for step in _steps(contract, name, table))
    words = f"        description={about!r},\n" if about else ""
    return (
        f"    {name!r}: pb.Contract(\n        name={name!r},\n{words}        schema=pb.Schema(\n            columns=[\n"
        f"{columns}            ]\n        ),\n        steps=[\n{steps}        ],\n    ),\n"
    )


def _steps(contract: Contract, name: str, table: Table) -> Iterator[str]:
    filled = [column for column, promised in table.columns.items() if not promised.nullable or column in table.key]
    if filled:
        yield f"'col_vals_not_null', columns={filled!r}"
    for unique in (table.key, *((column,) for column, promised in table.columns.items() if promised.unique)):
        if unique:
            yield f"'rows_distinct', columns_subset={list(unique)!r}"
    for column, promised in table.columns.items():
        values, (low, high) = contract.values_of(name, column), bounds(promised)
        empty = ", na_pass=True" if promised.nullable else ""
        if values and polars_type(promised.type) == "pl.String":
            among = [*values, None] if promised.nullable else list(values)
            yield f"'col_vals_in_set', columns={column!r}, set={among!r}"
        ends = [("ge", ">=", low), ("le", "<=", high)]
        for step, sign, bound in ends:
            if bound is not None and promised.type.startswith("decimal"):  # its own steps ask decimals for NaN
                there = f"pl.col({column!r})"
                yield f"'col_vals_expr', expr={there}.is_null() | ({there} {sign} {bound})"
            elif bound is not None:
                yield f"'col_vals_{step}', columns={column!r}, value={bound}{empty}"
