"""Print the content hash of every table of the ready data sets, as JSON; run by test_hashes.py in several settings."""

from __future__ import annotations

import json
import sys
from typing import Any

import polars as pl

from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.language.spec import Column, Dataset
from fanwise.generator.output.content_hash import content_hash
from fanwise.generator.plan import compile_plan

SCALES = {
    "bank": 0.1,
    "buytilldie": 0.1,
    "clinic": 0.1,
    "crm": 0.5,
    "ecommerce": 1.0,
    "ecommerce_flat": 1.0,
    "habits": 0.1,
    "marketplace": 1.0,
    "subscriptions": 0.1,
    "tpch": 0.002,
}


def text_pool_columns(dataset: Dataset) -> set[tuple[str, str]]:
    """Return the columns that hold text of Mimesis, or are computed from such: its next version may word it anew."""
    found: set[tuple[str, str]] = set()
    while True:
        more = {
            (table.name, column.name)
            for table in dataset.tables.values()
            for column in table.columns.values()
            if column.kind in ("fake", "person")
            or any(part.kind == "fake" for part in _parts(column.generator.params))
            or (
                column.kind == "expr"
                and any((p.target, p.column) in found for p in column.generator.params["expression"].names.values())
            )
        }
        if more <= found:
            return found
        found |= more


def _parts(params: Any) -> list[Column]:
    """Return the parts of a nested column."""
    return list(params.get("parts", {}).values())


def hashes(name: str) -> dict[str, str]:
    """Return table -> content hash of a ready data set at its own seed."""
    dataset = load(name)
    left_out = text_pool_columns(dataset)
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(compile_plan(dataset, scale=SCALES[name]), chunk_rows=20_000):
        for table, frame in frames.items():
            parts.setdefault(table, []).append(frame.drop([c for t, c in left_out if t == table]))
    return {table: content_hash(pl.concat(found)) for table, found in sorted(parts.items())}


if __name__ == "__main__":
    json.dump({name: hashes(name) for name in SCALES}, sys.stdout, indent=2, sort_keys=True)
