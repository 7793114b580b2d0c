"""ODCS: the tables of a data contract of the Open Data Contract Standard, with what its fields say of columns."""

from __future__ import annotations

from pathlib import Path

from fanwise.inference.model import Column, Reference, Sort, Source, Table
from fanwise.inference.yaml_text import name_of
from fanwise.validator import Column as Promised
from fanwise.validator import Table as PromisedTable
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.exports.odcs_reading import read_odcs

__all__ = ["read_data_contract"]

_SORTS: dict[str, Sort] = {
    **dict.fromkeys(("int8", "int16", "int32", "int64"), "int"),
    **dict.fromkeys(("float32", "float64"), "float"),
    **{"decimal": "decimal", "bool": "bool", "date": "date", "timestamp": "instant", "timestamptz": "instant"},
}  # everything else is text


def read_data_contract(path: Path) -> Source:
    """Return the tables of a data contract; raises ContractError, with all problems, for a file that is none."""
    contract = read_odcs(path)
    taken: set[str] = set()
    names = {name: name_of(name, taken) for name in contract.tables}
    return Source(str(path), {names[name]: _table(names, name, table) for name, table in contract.tables.items()})


def _table(names: dict[str, str], name: str, promised: PromisedTable) -> Table:
    columns = {each: _column(each, column, required=each in promised.key) for each, column in promised.columns.items()}
    references = [
        Reference(edge.columns, names[edge.table], edge.keys, "declared", declared=True) for edge in promised.edges
    ]
    return Table(names[name], None, columns, promised.key, "declared" if promised.key else "", references)


def _column(name: str, promised: Promised, *, required: bool) -> Column:
    low, high = (float(end) if isinstance(end, int | float) else None for end in (promised.min, promised.max))
    return Column(
        name,
        _SORTS.get(promised.type.partition("(")[0], "text"),
        duckdb_type(promised.type),
        required=required or not promised.nullable,
        unique=promised.unique,
        bounds=(low, high),
        values=promised.values,
    )
