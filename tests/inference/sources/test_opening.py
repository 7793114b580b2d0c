"""Sources of which a part cannot be used: a table is left out with a note, or an error where the rest is judged."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import fanwise
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.inference.sources.opening import opened
from fanwise.io.errors import SourceError

NUMBERS = list(range(1, 201))
OWNERS = pl.DataFrame({"owner_id": NUMBERS, "kind": ["a", "b"] * 100})
PETS = pl.DataFrame({"pet_id": NUMBERS, "owner_id": [1 + n // 2 for n in range(200)], "size": NUMBERS[::-1]})


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:500])


def linked_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nothing.parquet")


def linked_away(path: Path) -> None:
    there = path.parent.parent / "elsewhere.parquet"
    path.rename(there)
    path.symlink_to(there)


def twice(path: Path) -> None:
    PETS.write_csv(path.with_suffix(".csv"))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut": (cut, "No magic bytes"),
    "empty": (lambda path: path.write_bytes(b""), "too small to be a Parquet file"),
    "another format": (lambda path: path.write_text("pet_id,owner_id\n1,2\n"), "No magic bytes"),
    "a link to nothing": (linked_to_nothing, "pets.parquet: is a link to a file that does not exist"),
    "a link out of the folder": (linked_away, "pets.parquet: is a link to a file outside of the folder"),
    "two formats": (twice, "files of several formats: csv, parquet"),
}


def write(folder: Path) -> Path:
    folder.mkdir()
    OWNERS.write_parquet(folder / "owners.parquet")
    PETS.write_parquet(folder / "pets.parquet")
    return folder


@pytest.fixture(params=FAULTS)
def damaged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    fault, why = FAULTS[request.param]
    folder = write(tmp_path / "damaged")
    fault(folder / "pets.parquet")
    return folder, why


def test_a_schema_is_made_of_the_other_tables_and_says_so(damaged: tuple[Path, str]) -> None:
    folder, why = damaged
    told: list[str] = []
    from fanwise.generator.api.infer import infer

    text = infer(str(folder), tell=told.append)

    assert "pets:" not in text
    assert len(told) == 1
    assert told[0].startswith("Table pets was left out: ")
    assert why in told[0]
    assert told[0] in text


def test_data_are_not_judged_by_or_without_a_table_that_cannot_be_read(
    damaged: tuple[Path, str], tmp_path: Path
) -> None:
    """What is lost with the table would pass."""
    folder, why = damaged
    whole = write(tmp_path / "whole")
    for judge in (
        lambda: fanwise.fidelity(str(folder), str(whole)),
        lambda: fanwise.fidelity(str(whole), str(folder)),
        lambda: fanwise.audit(str(whole), like=str(folder)),
    ):
        with pytest.raises(fanwise.SourceError, match="table pets cannot be read: ") as caught:
            judge()
        assert why in str(caught.value)
        assert "Hint: " in str(caught.value)


def test_tables_that_a_database_does_not_show_are_left_out(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS shy; DROP ROLE IF EXISTS visitor; CREATE DATABASE shy")
    postgres.run("CREATE ROLE visitor LOGIN PASSWORD 'visitorcanary'")
    postgres.run(
        "CREATE TABLE a AS SELECT generate_series(1, 200) AS a_id; CREATE TABLE b AS SELECT * FROM a; GRANT SELECT ON b TO visitor",
        "shy",
    )
    url = postgres.url("shy", user="visitor", password="visitorcanary")
    with opened(url, whole=True) as found:
        assert list(found.source.tables) == ["b"]
        assert found.source.lost == ["Table a was left out: ERROR: permission denied for table a"]
    assert any("Table a was left out" in note for note in fanwise.fidelity(url, url).notes)


def test_numbers_that_no_schema_holds_are_null_with_a_note() -> None:
    huge = [1e308 if n % 4 == 0 else 5.0 + n % 7 for n in range(200)]
    tiny = [1e-200 if n % 2 else -0.5 for n in range(200)]
    text = fanwise.infer({"t": pl.DataFrame({"t_id": NUMBERS, "huge": huge, "tiny": tiny})})

    assert "50 values beyond 1e+50 are read as null" in text
    assert "null: 0.25" in text
    compile_plan(load(text))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_inside_a_folder_are_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "linked")
    (folder / "pets.parquet").rename(folder / ".stored")
    (folder / "pets.parquet").symlink_to(".stored")

    with opened(str(folder), whole=True) as found:
        assert sorted(found.source.tables) == ["owners", "pets"]


NEAR = [date(2024, 1, 1) + timedelta(n) for n in range(200)]
DAYS: dict[str, tuple[list[date], str]] = {
    "an open end": ([date(9999, 12, 31) if n % 3 else NEAR[n] for n in range(200)], "133 values of the years"),
    "no beginning": ([date(1, 1, 1) if n % 2 else NEAR[n] for n in range(200)], "100 values of the years"),
    "both and nothing else": ([date(1, 1, 1), date(9999, 12, 31)] * 100, "200 values of the years"),
    "another open end": ([date(2999, 12, 31) if n % 3 else NEAR[n] for n in range(200)], ""),
    "the last month": ([date(9998, 12, 1 + n % 31) for n in range(200)], ""),
}


@pytest.mark.parametrize("name", DAYS)
def test_days_that_stand_for_none(name: str) -> None:
    days, note = DAYS[name]
    for values in (days, [datetime(day.year, day.month, day.day, 23, 59, 59) for day in days]):
        text = fanwise.infer({"t": pl.DataFrame({"t_id": NUMBERS, "day": values})})
        compile_plan(load(text))
        assert note in text


def test_instants_that_python_has_not(tmp_path: Path) -> None:
    path = tmp_path / "far.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(
            "CREATE TABLE t AS SELECT range AS t_id, CASE range % 4 WHEN 0 THEN 'infinity'::TIMESTAMP WHEN 1 THEN "
            "'0044-03-15 (BC) 00:00:00'::TIMESTAMP ELSE '2024-01-01'::TIMESTAMP + INTERVAL (range) DAY END AS at, CASE "
            "WHEN range % 4 = 0 THEN '-infinity'::DATE ELSE DATE '2024-01-01' + range::INT END AS day, CASE range % 4 "
            "WHEN 0 THEN 'infinity'::TIMESTAMPTZ ELSE '2024-01-01'::TIMESTAMPTZ END AS zoned FROM range(200)"
        )
    text = fanwise.infer(str(path))

    compile_plan(load(text))
    assert text.count("values of the years 1 and 9999 are read as null") == 3
    assert fanwise.fidelity(str(path), str(path)).rows


def test_the_way_out_is_that_of_the_table_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,A\n1,2\n")
    with pytest.raises(SourceError, match="duplicate column names in the header: A, a") as error:
        fanwise.infer(tmp_path / "t.csv")

    assert error.value.problems[0].hint == "rename one of them: in SQL, the case of a name says nothing."
