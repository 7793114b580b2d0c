"""Contracts as text: read strictly, all problems at once; write back what was read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

from fanwise.io.problems import Mark, first_of
from fanwise.io.yaml import Document, Rules, read_file
from fanwise.validator.contract.arrivals import arrivals_dict
from fanwise.validator.contract.build import build
from fanwise.validator.contract.model import (
    NOWHERE,
    Column,
    Contract,
    Distribution,
    Effect,
    Expectation,
    Rollup,
    Source,
    Stays,
    Table,
)
from fanwise.validator.contract.validate import Wrong, name_problems
from fanwise.validator.contract.wording import another_document, worded
from fanwise.validator.errors import ContractError

__all__ = ["check_contract", "contract_schema", "load_contract", "to_dict"]

RULES = Rules("contract", ContractError, max_bytes=1 << 24, max_values=500_000, empty="write contract: 1 and tables:")


def contract_schema() -> dict[str, Any]:
    """Return the JSON Schema of a contract file."""
    text = resources.files("fanwise.validator").joinpath("schemas/contract.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def load_contract(source: str | FilePath | Mapping[str, Any]) -> Contract:
    """Return the contract in a YAML or JSON file, or in a mapping of the same shape; raises ContractError."""
    document = Document(source, "") if isinstance(source, Mapping) else read_file(FilePath(source), RULES)
    raw = document.content
    problems = _schema_problems(raw)
    contract = None
    if not problems:
        contract = build(raw, problems)
        problems += name_problems(contract)
    if problems or contract is None:
        found = [document.problem(*wrong) for wrong in problems]
        raise ContractError(first_of(sorted(found, key=lambda problem: problem.mark or Mark())))
    return contract


def check_contract(contract: Contract) -> None:
    """Raise ContractError, with all problems, where a contract made in Python names what is not there."""
    problems = list(name_problems(contract))
    if problems:
        raise ContractError(Document(None, "").problem(*wrong) for wrong in problems)


def to_dict(contract: Contract) -> dict[str, Any]:
    """Return `contract` as plain JSON values that `load_contract` reads back to an equal contract."""
    found: dict[str, Any] = _pruned(
        {
            "contract": 1,
            "name": contract.name,
            "origin": dict(contract.origin),
            "tables": {name: _table_dict(table) for name, table in contract.tables.items()},
            "axes": {
                name: {
                    **asdict(axis),
                    "counted": None,
                    "share": None if axis.counted else dict(axis.share),
                    "source": _source_dict(axis.source),
                    "rank_source": _source_dict(axis.rank_source),
                }
                for name, axis in contract.axes.items()
            },
            "effects": {name: _effect_dict(effect) for name, effect in contract.effects.items()},
            "expect": {name: _expectation_dict(entry) for name, entry in contract.expectations.items()},
            "checks": [
                {"table": check.table, "text": check.text, "source": _source_dict(check.source)}
                for check in contract.checks
            ],
            "correlations": [
                {**asdict(each), "column": each.column or None, "source": _source_dict(each.source)}
                for each in contract.correlations
            ],
            "distributions": [_law_dict(law) for law in contract.distributions],
            "spreads": [{**asdict(each), "source": _source_dict(each.source)} for each in contract.spreads],
            "thresholds": _thresholds_dict(contract),
            "gates": None if contract.gates == "all" else contract.gates,
            "defects": [asdict(defect) for defect in contract.defects],
        }
    )
    return found


def _schema_problems(raw: Any) -> list[Wrong]:
    if (other := another_document(raw)) is not None:
        return [("FW-CONTRACT-SHAPE", (), *other)]
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(contract_schema()).iter_errors(raw), key=lambda e: list(map(str, e.path)))
    return [("FW-CONTRACT-SHAPE", *each) for error in errors for each in worded(error)]


def _table_dict(table: Table) -> dict[str, Any]:
    edges = [{**asdict(edge), "detour": edge.detour or None, "orphans": edge.orphans or None} for edge in table.edges]
    bare = [{name: value for name, value in edge.items() if name != "kind"} for edge in edges]
    return {
        "rows": table.rows,
        "key": table.key,
        "unique": table.unique,
        "columns": {name: _column_dict(column) for name, column in table.columns.items()},
        "parent": next((b for b, edge in zip(bare, edges, strict=True) if edge["kind"] == "parent"), None),
        "values": [dict(row) for row in table.values],
        "refs": [b for b, edge in zip(bare, edges, strict=True) if edge["kind"] == "ref"],
        "distinct": [asdict(rule) for rule in table.distinct],
        "order": table.order,
    }


def _column_dict(column: Column) -> dict[str, Any]:
    return {
        **asdict(column),
        "rollup": _rollup_dict(column.rollup) if column.rollup else None,
        "stays": _stays_dict(column.stays) if column.stays else None,
        "arrivals": arrivals_dict(column.arrivals) if column.arrivals else None,
        "ascends": column.ascends or None,
        "source": _source_dict(column.source),
    }


def _rollup_dict(rollup: Rollup) -> dict[str, Any]:
    target = f"{rollup.table}.{rollup.column}" if rollup.column else rollup.table
    options = {"where": rollup.where, "by": rollup.by, "path": rollup.path or None}
    return {rollup.aggregate: target, "slack": rollup.slack or None, **options}


def _stays_dict(stays: Stays) -> dict[str, Any]:
    lasts = {state: [low, None if math.isinf(high) else high] for state, (low, high) in stays.lasts.items()}
    return {"state": stays.state, "start": stays.start, "lasts": lasts}


def _effect_dict(effect: Effect) -> dict[str, Any]:
    without = [{"name": rows.name, "values": rows.values} for rows in effect.without]
    negative, source = effect.negative or None, _source_dict(effect.source)
    return {**asdict(effect), "without": without, "path": effect.path, "negative": negative, "source": source}


def _expectation_dict(entry: Expectation) -> dict[str, Any]:
    target = entry.table if entry.aggregate == "count" else f"{entry.table}.{entry.column}"
    return {
        entry.aggregate: f"{target} = {entry.value}" if entry.aggregate == "share" else target,
        "per": entry.per,
        "by": entry.axis,
        "path": entry.path,
        "rank": entry.rank,
        "cluster": entry.cluster,
        "ratios": [{"of": of, "to": to, "between": [low, high]} for of, to, low, high in entry.ratios],
        "source": _source_dict(entry.source),
    }


def _law_dict(law: Distribution) -> dict[str, Any]:
    cells = [{**asdict(cell), "shares": dict(cell.shares) or None} for cell in law.cells]
    view = {} if law.view is None else {name: value or None for name, value in asdict(law.view).items()}
    said = {"cells": cells, "view": view or None, "crowded": law.crowded or None}
    return {**asdict(law), **said, "source": _source_dict(law.source)}


def _source_dict(source: Source) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line, "path": source.path} if source != NOWHERE else None


def _thresholds_dict(contract: Contract) -> dict[str, Any]:
    values: dict[str, Any] = asdict(contract.thresholds)
    effect = {kind: values.pop(f"min_effect_{kind}") for kind in ("fanout", "value")}
    stated = {kind: value for kind, value in effect.items() if kind in contract.floors}
    return {"min_effect": stated, **values}


def _pruned(value: Any) -> Any:
    """Drop None, empty ranks and lists that stand for nothing; tuples become lists."""
    if isinstance(value, Mapping):
        kept = {name: _pruned(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item is not None and (item != [] or name == "path")}
    if isinstance(value, list | tuple):
        return [_pruned(item) for item in value]
    return value
