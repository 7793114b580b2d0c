"""`sample`: values of a CSV file as often as they stand there, and files that cannot be drawn from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import polars as pl
import pytest

from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import write
from tests.invariants.laws import assert_laws

CSV = 'name,size,share,member,note\nAnn,3,0.5,true,007\nBob,4,1.5,false,\n"Ça, va",3,0.5,true,12\nAnn,3,2.5,true,\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a schema, with a file beside it and one below."""
    home = tmp_path / "home"
    (home / "lists").mkdir(parents=True)
    (home / "names.csv").write_text(CSV, encoding="utf-8")
    (home / "lists" / "names.csv").write_text("name\nCy\n", encoding="utf-8")
    (tmp_path / "secret.csv").write_text("name\nroot\n", encoding="utf-8")
    return home


def drawn(folder: Path, column: str, rows: int = 4000) -> pl.Series:
    schema = folder / "s.yaml"
    schema.write_text(
        f"fanwise: 1\nname: s\ntables: {{t: {{rows: {rows}, columns: {{x: {column}}}}}}}\n", encoding="utf-8"
    )
    return pl.concat([frames["t"] for frames in generate(compile_plan(load(schema)))])["x"]


def test_values_come_as_often_as_they_stand_there(folder: Path) -> None:
    found = dict(drawn(folder, "{sample: {file: names.csv, column: name}}").value_counts(normalize=True).iter_rows())

    assert found.keys() == {"Ann", "Bob", "Ça, va"}
    assert found["Ann"] == pytest.approx(0.5, abs=0.03)
    assert found["Bob"] == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("column", "dtype", "values"),
    [
        ("size", pl.Int64(), {3, 4}),
        ("share", pl.Float64(), {0.5, 1.5, 2.5}),
        ("member", pl.Boolean(), {True, False}),
        ("note", pl.String(), {"007", "12"}),
    ],
)
def test_types_follow_the_values_and_empty_cells_are_left_out(
    folder: Path, column: str, dtype: pl.DataType, values: set[object]
) -> None:
    found = drawn(folder, f"{{sample: {{file: names.csv, column: {column}}}}}", 300)

    assert found.dtype == dtype
    assert set(found) == values


def test_a_file_in_a_folder_below(folder: Path) -> None:
    assert set(drawn(folder, "{sample: {file: lists/names.csv, column: name}}", 3)) == {"Cy"}


def test_modifiers_act_on_numbers(folder: Path) -> None:
    assert set(drawn(folder, "{sample: {file: names.csv, column: size}, clamp: [4, 9], type: text}", 50)) == {"4"}


def test_the_plan_knows_the_hash_of_the_file(folder: Path) -> None:
    drawn(folder, "{constant: 1, when: {y: {a: {sample: {file: names.csv, column: size}}}}}, y: {choice: {a: 1}}", 3)
    plan = compile_plan(load(folder / "s.yaml"))

    assert plan.files == {"file names.csv": hashlib.sha256(CSV.encode()).hexdigest()}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_and_a_link_to_itself_are_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop.csv").symlink_to("loop.csv")

    with pytest.raises(PlanError, match="a pipe or a device"):
        drawn(folder, "{sample: {file: pipe.csv, column: name}}")
    with pytest.raises(PlanError, match=r"'loop\.csv' cannot be read"):
        drawn(folder, "{sample: {file: loop.csv, column: name}}")


@pytest.mark.parametrize("file", ["../secret.csv", "lists/../../secret.csv", "/etc/passwd", "..\\secret.csv", "a\\0b"])
def test_a_path_out_of_the_folder_is_refused(folder: Path, file: str) -> None:
    with pytest.raises(PlanError, match=r"tables\.t\.columns\.x.* is not a path below the schema's folder"):
        drawn(folder, f'{{sample: {{file: "{file.replace(chr(92) + "s", chr(92) * 2 + "s")}", column: name}}}}')


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "names2.csv").symlink_to(folder.parent / "secret.csv")

    with pytest.raises(PlanError, match="leads out of the schema's folder by a link"):
        drawn(folder, "{sample: {file: names2.csv, column: name}}")


@pytest.mark.parametrize(
    ("file", "content", "column", "words"),
    [
        ("nams.csv", None, "name", ["there is no file 'nams.csv'", "did you mean 'names.csv'"]),
        ("lists", None, "name", ["is a folder"]),
        ("names.csv", None, "nme", ["no column 'nme'", "did you mean 'name'"]),
        ("empty.csv", b"", "name", ["not CSV in UTF-8"]),
        ("bare.csv", b"name\n\n\n", "name", ["holds no value"]),
        ("latin.csv", "name\nJosé\n".encode("latin-1"), "name", ["not CSV in UTF-8"]),
        ("large.csv", b"name\n" + b"x\n" * (32 * 2**20), "name", ["more than 64 MiB"]),
    ],
)
def test_a_file_that_cannot_be_drawn_from(
    folder: Path, file: str, content: bytes | None, column: str, words: list[str]
) -> None:
    if content is not None:
        (folder / file).write_bytes(content)

    with pytest.raises(PlanError) as caught:
        drawn(folder, f"{{sample: {{file: {file}, column: {column}}}}}")

    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_the_manifest_holds_the_hash(folder: Path) -> None:
    drawn(folder, "{sample: {file: names.csv, column: size}}", 3)
    result = write(compile_plan(load(folder / "s.yaml")), RunOptions(out=folder / "out"))

    assert read_manifest(result.folder).versions["file names.csv"] == hashlib.sha256(CSV.encode()).hexdigest()


PLACES = "country,city,zip\nDE,Berlin,10115\nDE,Berlin,10117\nDE,Bonn,53111\nFR,Paris,75001\nFR,Lyon,\n,Nowhere,1\n"
PLACED = """
fanwise: 1
name: s
tables:
  t:
    rows: 1200
    columns:
      country: {choice: {DE: 3, FR: 1, US: 1}, null: 10%}
      city: {sample: {file: places.csv, column: city, match: {country: country}}}
      zip: {sample: {file: places.csv, column: zip, match: {country: country, city: city}}}
      any: {sample: {file: places.csv, column: city, match: {country: country, else: any}}}
"""


def test_a_match_keeps_the_columns_of_a_row_together(folder: Path) -> None:
    (folder / "places.csv").write_text(PLACES, encoding="utf-8")
    (folder / "s.yaml").write_text(PLACED, encoding="utf-8")
    frame = assert_laws(folder / "s.yaml")["t"]
    plan = compile_plan(load(folder / "s.yaml"))
    triples = set(frame.select("country", "city", "zip").drop_nulls().rows())

    assert triples == {("DE", "Berlin", 10115), ("DE", "Berlin", 10117), ("DE", "Bonn", 53111), ("FR", "Paris", 75001)}
    berlin = frame.filter(pl.col("country") == "DE")["city"].value_counts(normalize=True)
    assert dict(berlin.iter_rows())["Berlin"] == pytest.approx(2 / 3, abs=0.06)
    assert frame.filter(pl.col("country").is_null() | (pl.col("country") == "US"))["city"].null_count() > 0
    assert frame["any"].null_count() == 0
    assert set(frame.filter(pl.col("country") == "US")["any"]) == {"Berlin", "Bonn", "Paris", "Lyon", "Nowhere"}
    assert plan.schema.tables["t"].columns["zip"].nullable
    assert not plan.schema.tables["t"].columns["any"].nullable


def test_a_match_on_an_unknown_column_is_told(folder: Path) -> None:
    (folder / "places.csv").write_text(PLACES, encoding="utf-8")
    (folder / "s.yaml").write_text(
        PLACED.replace("match: {country: country}", "match: {land: country}"), encoding="utf-8"
    )
    with pytest.raises(PlanError, match="has no column 'land'") as caught:
        compile_plan(load(folder / "s.yaml"))

    assert caught.value.problems[0].mark.line == 9


@pytest.mark.parametrize(
    "text", ["zip;city\n00501;Ü\n", "zip\tcity\r\n00501\tÜ\r\n", "zip,city\r00501,Ü\r", "zip|city\n00501|Ü"]
)
def test_other_separators_and_line_ends_are_read(folder: Path, text: str) -> None:
    (folder / "z.csv").write_bytes(text.encode())
    assert set(drawn(folder, "{sample: {file: z.csv, column: city}}", 3)) == {"Ü"}
    schema = folder / "l.yaml"
    schema.write_text("fanwise: 1\nname: l\ntables: {z: {file: z.csv, key: zip}}\n", encoding="utf-8")
    assert pl.concat([frames["z"] for frames in generate(compile_plan(load(schema)))]).rows() == [("00501", "Ü")]
