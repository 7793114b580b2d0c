"""ODCS: the Open Data Contract Standard 3.2 of Bitol.

Standard fields hold tables, columns, types, keys, references, values and bounds. What they cannot say is kept in
custom properties named `fanwise`, so that `odcs_reading` gets an equal contract back. Claims that SQL can judge are
also quality rules of type `sql`, so that other tools check them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import yaml

from fanwise.validator.contract.load import to_dict
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.exports.base import Words
from fanwise.validator.exports.claims import Claim, claims_of, unheld, unheld_sentences

__all__ = ["LOGICAL", "OdcsFormat"]

LOGICAL = {
    **dict.fromkeys(("int8", "int16", "int32", "int64"), "integer"),
    **dict.fromkeys(("float32", "float64", "decimal"), "number"),
    **dict.fromkeys(("text", "varchar", "char", "uuid", "json"), "string"),
    **{"bool": "boolean", "date": "date", "time": "time", "list": "array", "struct": "object"},
    **dict.fromkeys(("timestamp", "timestamptz"), "timestamp"),
}
"""The logical type of each type of a contract, by the part before its bracket."""

_STATED = ("type", "nullable", "unique", "min", "max", "values", "source")
_MARKS = ("source", "sources", "rank_source")

Json = dict[str, Any]


class OdcsFormat:
    """ODCS 3.2."""

    name: ClassVar[str] = "odcs"
    ending: ClassVar[str] = ".yaml"

    @staticmethod
    def render(contract: Contract, words: Words) -> str:
        """Return the YAML of the data contract."""
        raw = _without_marks(to_dict(contract))
        claims = claims_of(contract)
        rest = {name: value for name, value in raw.items() if name not in ("contract", "name", "tables") and value}
        left = unheld(contract)
        document: Json = {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": contract.name,
            "name": contract.name,
            "version": "1.0.0",
            "status": "active",
            "schema": [
                _object(contract, name, raw["tables"][name], words.get(name, {}), claims) for name in contract.tables
            ],
            "customProperties": [_own(rest)],
        }
        if left:
            document["description"] = {"limitations": f"Only `gen audit` of Fanwise judges: {'; '.join(left)}."}
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)

    @staticmethod
    def left_out(contract: Contract) -> tuple[str, ...]:
        """Return what has no form here."""
        return unheld_sentences(contract)


def _object(contract: Contract, name: str, raw: Json, words: Mapping[str, str], claims: tuple[Claim, ...]) -> Json:
    table = contract.tables[name]
    edges = _edges(raw)
    out: Json = {"name": name, "physicalType": "table"}
    if words.get(""):
        out["description"] = words[""]
    out["properties"] = [
        _property(contract, name, column, raw["columns"][column], words.get(column, ""), edges)
        for column in table.columns
    ]
    composite = [edge for edge in edges if len(edge["columns"]) > 1]
    if composite:
        out["relationships"] = [
            {
                "from": [f"{name}.{column}" for column in edge["columns"]],
                "to": [f"{edge['table']}.{key}" for key in edge["keys"]],
                "customProperties": [_own(edge["own"])],
            }
            for edge in composite
        ]
    rules = [_rule(claim) for claim in claims if claim.table == name]
    if rules:
        out["quality"] = rules
    own = {part: raw[part] for part in ("rows", "values", "distinct", "order") if raw.get(part)}
    if own:
        out["customProperties"] = [_own(own)]
    return out


def _edges(raw: Json) -> list[Json]:
    """Return the references of a table; `own` is what the standard has no field for."""
    found = [{**raw["parent"], "kind": "parent"}] if raw.get("parent") else []
    found += [{**edge, "kind": "ref"} for edge in raw.get("refs", ())]
    stated = ("columns", "table", "keys")
    return [
        {
            **{part: edge[part] for part in stated},
            "own": {"position": at, **{part: value for part, value in edge.items() if part not in stated}},
        }
        for at, edge in enumerate(found)
    ]


def _property(contract: Contract, table: str, name: str, raw: Json, about: str, edges: list[Json]) -> Json:
    promised = contract.tables[table]
    column = promised.columns[name]
    logical = LOGICAL[column.type.partition("(")[0]]
    out: Json = {"name": name, "logicalType": logical, "physicalType": duckdb_type(column.type)}
    if about:
        out["description"] = about
    if name in promised.key:
        out |= {"primaryKey": True, "primaryKeyPosition": promised.key.index(name) + 1}
    if not column.nullable:
        out["required"] = True
    if column.unique:
        out["unique"] = True
    values = contract.values_of(table, name)
    if values and logical == "string":
        out["enum"] = [{"value": value} for value in values]
    options = dict(_options(raw, logical, column.type))
    if options:
        out["logicalTypeOptions"] = options
    own = {part: value for part, value in raw.items() if part not in _STATED}
    own |= {part: raw[part] for part in ("min", "max") if part in raw and _end(part) not in options}
    own |= {"values": raw["values"]} if raw.get("values") and "enum" not in out else {}
    own |= {"segments": True} if values and "enum" in out and not column.values else {}
    refers = [edge for edge in edges if edge["columns"] == [name]]
    if refers:
        out["relationships"] = [
            {"to": f"{edge['table']}.{edge['keys'][0]}", "customProperties": [_own(edge["own"])]} for edge in refers
        ]
    out["customProperties"] = [_own({"type": column.type, **own})]
    return out


def _options(raw: Json, logical: str, declared: str) -> Iterator[tuple[str, Any]]:
    """Yield the bounds of a column, and the length of its texts."""
    for part in ("min", "max"):
        value = raw.get(part)
        fits = isinstance(value, str) == (logical in ("date", "timestamp", "time"))
        if value is not None and fits and logical in ("integer", "number", "date", "timestamp", "time"):
            yield _end(part), value
    if declared.startswith(("varchar(", "char(")):
        yield "maxLength", int(declared.partition("(")[2].removesuffix(")"))
    if declared == "uuid":
        yield "format", "uuid"


def _end(part: str) -> str:
    return {"min": "minimum", "max": "maximum"}[part]


def _rule(claim: Claim) -> Json:
    return {
        "name": claim.name,
        "description": f"{claim.about} (a query of DuckDB)",
        "dimension": "accuracy" if claim.kind == "segments" else "consistency",
        "type": "sql",
        "query": f"SELECT count(*) FROM (\n{claim.sql}\n) AS broken",
        "mustBe": 0,
    }


def _own(value: Json) -> Json:
    return {"property": "fanwise", "value": value}


def _without_marks(value: Any) -> Any:
    """Return a contract's values without the lines of the file that declared them."""
    if isinstance(value, dict):
        return {name: _without_marks(item) for name, item in value.items() if name not in _MARKS}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value
