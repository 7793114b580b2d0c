"""What a CHECK says of columns is found in the words of each database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

import fanwise
from fanwise.inference.model import Column
from fanwise.inference.sources.conditions import read_checks


def read(*checks: str) -> dict[str, Column]:
    columns = {"stars": Column("stars", "int", "INTEGER"), "state": Column("state", "text", "VARCHAR")}
    read_checks(checks, columns.values())
    return columns


@pytest.mark.parametrize(
    "check",
    [
        "CHECK (((stars >= 1) AND (stars <= 5)))",  # PostgreSQL
        "CHECK(((stars >= 1) AND (stars <= 5)))",  # DuckDB
        "stars BETWEEN 1 AND 5",
        "CHECK ((Stars > 0) AND (stars < 6))",
        "CREATE TABLE review (stars INTEGER CHECK (stars BETWEEN 1 AND 5), state TEXT)",  # SQLite
    ],
)
def test_bounds_are_read(check: str) -> None:
    assert read(check)["stars"].bounds == (1, 5)


@pytest.mark.parametrize(
    "check",
    [
        "CHECK ((state = ANY (ARRAY['new'::text, 'old'::text])))",  # PostgreSQL
        "CHECK (((state)::text = ANY ((ARRAY['new'::character varying, 'old'::character varying])::text[])))",
        "CHECK((state IN ('new', 'old')))",
    ],
)
def test_values_are_read(check: str) -> None:
    assert read(check)["state"].values == ("new", "old")


@pytest.mark.parametrize("check", ["CHECK (stars + 1 > length(state))", "CHECK (", "", "stars <> 3 OR state = 'x'"])
def test_other_conditions_are_left_alone(check: str) -> None:
    assert [(column.bounds, column.values) for column in read(check).values()] == [((None, None), ())] * 2


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_laws_stay_within_the_bounds_of_a_database(kind: str, tmp_path: Path) -> None:
    rows = ", ".join(f"({n}, {100 + ((n * 37) % 199 + (n * 91) % 201 + (n * 53) % 193) / 10})" for n in range(1, 601))
    script = (
        "CREATE TABLE reading (reading_id INTEGER PRIMARY KEY, level DOUBLE CHECK (level >= 99.5 AND level <= 400));"
        f"INSERT INTO reading VALUES {rows}"
    )
    path = tmp_path / f"readings.{kind}"
    if kind == "duckdb":
        with duckdb.connect(str(path)) as database:
            database.execute(script)
    else:
        lite = sqlite3.connect(path)
        lite.executescript(script)
        lite.close()

    assert "clamp: [99.5, 400]" in fanwise.infer(path)
