"""What every column kind owes, checked for each registered kind with the examples of its `$defs` entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from fanwise.generator.columns import kinds
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from fanwise.generator.language.document.resources import schema_text
from fanwise.generator.plan import compile_plan

DEFINITIONS: dict[str, Any] = json.loads(schema_text())["$defs"]
NAMES = sorted(
    name
    for name, found in DEFINITIONS.items()
    if "column" in found.get("x-kind", {}).get("in", [])
    if found["x-kind"].get("yields") != "given"  # only in tables of given rows: tests/generator/columns/test_given.py
)
EXAMPLES = [(name, example) for name in NAMES for example in DEFINITIONS[name].get("examples", [])]
ROWS = 40
NAMES_CSV = "name,size\nAnn,3\nBob,4\nAnn,5\n"


@pytest.fixture(autouse=True)
def beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the file that the example of `sample` draws from where a schema without a folder looks for it."""
    (tmp_path / "names.csv").write_text(NAMES_CSV, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def schema(kind: str, example: Any) -> dict[str, Any]:
    """Return a dataset in which table `item`, between `top` and `leaf`, has the column `x` of this kind."""
    own = {"id": {"sequence": {}}, "began": {"date": {"between": ["window.start", "window.end"]}}}
    table = "top" if kind == "segment" else "item"
    tables: dict[str, Any] = {
        "top": {"rows": ROWS, "key": "id", "columns": own},
        "place": {"rows": 5, "key": "code", "columns": {"code": {"pattern": "P{seq}"}}},
        "item": {
            "parent": "top",
            "fanout": {"poisson": {"mean": 2}},
            "columns": {
                "id": {"parent": "id"},
                "began": {"parent": "began"},
                "word": {"choice": {"red": 1, "blue": 2}},
                "size": {"uniform": {"min": 0, "max": 9}},
                "phase": {
                    "states": {"start": "a", "next": {"a": {"b": 1}}, "dwell": {"a": {"exponential": {"mean": "9d"}}}}
                },
            },
        },
        "leaf": {
            "parent": "item",
            "fanout": {"poisson": {"mean": 1}},
            "columns": {
                "size": {"normal": {"mean": 5, "sd": 1}},
                "day": {"date": {"between": ["2024-01-01", "2024-07-01"]}},
            },
        },
    }
    tables[table]["columns"]["x"] = {kind: example}
    if kind == "arrival":
        gap = {"exponential": {"mean": "90d"}}
        tables[table]["fanout"] = {"arrivals": {"from": "top.began", "until": "window.end", "gap": gap}}
    out: dict[str, Any] = {
        "fanwise": 1,
        "name": "contract",
        "window": {"start": "2024-01-01", "end": "2025-01-01"},
        "tables": tables,
    }
    if kind == "segment":
        out["segments"] = {"tier": {"table": "top", "share": {"a": 0.5, "b": 0.5}}}
    return out


def column(kind: str, example: Any, *, seed: int = 3, chunk_rows: int = 10_000, top: int = ROWS) -> pl.Series:
    table = "top" if kind == "segment" else "item"
    plan = compile_plan(load(schema(kind, example)), seed=seed, rows={"top": top})
    return pl.concat([f[table] for f in generate(plan, chunk_rows=chunk_rows, threads=1) if table in f])["x"]


every_example = pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=[f"{k} {json.dumps(e)}" for k, e in EXAMPLES]
)


def test_every_kind_of_the_schema_is_registered_and_has_an_example() -> None:
    registered = {name for name in kinds() if " " not in name}

    assert set(NAMES) <= registered
    assert [name for name in NAMES if not DEFINITIONS[name].get("examples")] == []


@every_example
def test_the_same_plan_gives_the_same_values(kind: str, example: Any) -> None:
    assert_series_equal(column(kind, example), column(kind, example))


@every_example
def test_chunks_change_nothing(kind: str, example: Any) -> None:
    assert_series_equal(column(kind, example, chunk_rows=7), column(kind, example))


@every_example
def test_more_roots_leave_the_first_rows_alone(kind: str, example: Any) -> None:
    found = column(kind, example, top=3 * ROWS)

    assert_series_equal(found.head(len(column(kind, example))), column(kind, example))


@every_example
def test_the_type_does_not_depend_on_the_rows(kind: str, example: Any) -> None:
    known = compile_plan(load(schema(kind, example))).schema.tables["top" if kind == "segment" else "item"].columns["x"]

    assert known.dtype == column(kind, example).dtype


@every_example
def test_numbers_are_finite(kind: str, example: Any) -> None:
    found = column(kind, example)
    if found.dtype.is_float():
        assert np.isfinite(found.drop_nulls().to_numpy()).all()


@every_example
def test_a_null_share_puts_nulls_in_and_changes_nothing_else(kind: str, example: Any) -> None:
    text = schema(kind, example)
    table = "top" if kind == "segment" else "item"
    text["tables"][table]["columns"]["x"]["null"] = 0.4
    if kind in {"segment", "parent"}:  # an axis column, and a part of a foreign key: never null
        with pytest.raises(SchemaError, match="null"):
            load(text)
        return
    plan = compile_plan(load(text), seed=3)
    found = pl.concat([f[table] for f in generate(plan) if table in f])["x"]
    full = column(kind, example)

    if example is not None:
        assert full.null_count() < found.null_count() < len(found)
    kept = found.is_not_null()
    assert_frame_equal(found.filter(kept).to_frame(), full.filter(kept).to_frame())


@every_example
def test_a_plan_goes_to_another_program_without_its_files(kind: str, example: Any, tmp_path: Path) -> None:
    cloudpickle = pytest.importorskip("pyspark.cloudpickle", reason="PySpark is not installed")
    table = "top" if kind == "segment" else "item"
    sent = cloudpickle.dumps(compile_plan(load(schema(kind, example)), seed=3))
    expected = column(kind, example)
    (tmp_path / "names.csv").unlink()
    plan = cloudpickle.loads(sent)

    assert_series_equal(pl.concat([f[table] for f in generate(plan, threads=1) if table in f])["x"], expected)
