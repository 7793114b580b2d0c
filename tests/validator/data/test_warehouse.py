"""The warehouse: every format, hostile names and places, and nothing outside its folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise import validator
from fanwise.io.errors import InputError
from fanwise.io.quoting import quote_ident
from fanwise.validator import SourceError, Status
from fanwise.validator.contract.load import load_contract
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.errors import QueryError

pytestmark = pytest.mark.system

WRITERS = {
    "parquet": lambda frame, path: frame.write_parquet(path),
    "csv": lambda frame, path: frame.write_csv(path),
    "jsonl": lambda frame, path: frame.write_ndjson(path),
    "arrow": lambda frame, path: frame.write_ipc(path),
}


def written(shop, folder: Path, form: str, *, parts: int = 1) -> Path:
    folder.mkdir(parents=True)
    for name, frame in shop.frames.items():
        if parts == 1:
            WRITERS[form](frame, folder / f"{name}.{form}")
            continue
        (folder / name).mkdir()
        step = -(-frame.height // parts)
        for part in range(parts):
            WRITERS[form](frame[part * step : (part + 1) * step], folder / name / f"part-{part:05}.{form}")
    return folder


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("form", list(WRITERS))
def test_every_format_gives_the_same_findings(shop, tmp_path: Path, form: str, parts: int) -> None:
    folder = written(shop, tmp_path / "data", form, parts=parts)
    report = validator.audit(folder, shop.contract)
    expected = shop.audit()

    assert report.findings == expected.findings
    assert report.measured == expected.measured
    assert {table.format for table in report.tables} == {form}


def test_a_path_with_every_sign(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "a*b?[x] 'q\" é", "parquet")

    assert validator.audit(folder, shop.contract).exit_code == 0


def test_a_folder_that_is_not_there_is_an_error(shop, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        validator.audit(tmp_path / "gone", shop.contract)
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="is neither a data file"):
        validator.audit(tmp_path / "file", shop.contract)


def test_two_formats_of_one_table_are_refused(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "data", "parquet")
    shop.frames["order"].write_csv(folder / "order.csv")
    report = validator.audit(folder, shop.contract)

    assert "several formats" in next(f for f in report.findings if f.id == "table.order").message


@pytest.mark.parametrize("name", ["../secret", "..", "a/b", "a\\b"])
def test_table_names_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "secret.parquet")
    contract = {"contract": 1, "name": "x", "tables": {name: {"columns": {"a": "int64"}}}}
    report = validator.audit(tmp_path / "data", contract)

    assert report.exit_code == 1
    assert report.findings[0].message == f"table {name} is missing."


def test_a_csv_with_a_bad_value_names_line_and_column(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "data", "csv")
    lines = (folder / "review.csv").read_text().splitlines()
    lines[3] = lines[3].replace(lines[3].split(",")[2], "many", 1) if "," in lines[3] else lines[3]
    parts = lines[3].split(",")
    parts[2] = "many"
    lines[3] = ",".join(parts)
    (folder / "review.csv").write_text("\n".join(lines) + "\n")
    found = next(f for f in validator.audit(folder, shop.contract).findings if f.id == "table.review")

    assert found.status is Status.FAIL
    assert "review.csv:4:" in found.message
    assert "many" in found.message


def test_a_csv_line_with_too_many_fields_is_found(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "data", "csv")
    with (folder / "review.csv").open("a") as file:
        file.write("1,2,3,text,5,6,7\n")
    found = next(f for f in validator.audit(folder, shop.contract).findings if f.id == "table.review")

    assert found.status in (Status.ERROR, Status.FAIL)


def test_empty_text_and_null_are_kept_apart_in_csv(tmp_path: Path) -> None:
    pl.DataFrame({"i": [1, 2], "t": ["", None]}).write_csv(tmp_path / "a.csv")
    contract = {
        "contract": 1,
        "name": "x",
        "tables": {"a": {"columns": {"i": "int64", "t": "text"}}},
    }
    found = {f.id: f for f in validator.audit(tmp_path, contract).findings}

    assert found["nulls.a.t"].evidence["nulls"] == 1


def test_nothing_outside_the_folder_can_be_read_or_changed(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "data", "parquet")
    (tmp_path / "secret.txt").write_text("secret")
    hostile = [
        f"SELECT * FROM read_text('{tmp_path / 'secret.txt'}')",
        "SELECT * FROM read_csv('/etc/hostname')",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.db'}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SELECT * FROM glob('/etc/*')",
    ]
    with Warehouse.open(folder, load_contract(shop.contract)) as warehouse:
        for sql in hostile:
            with pytest.raises(QueryError):
                warehouse.rows(sql)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "secret.txt"]


def test_scratch_folders_are_removed(shop, tmp_path: Path) -> None:
    folder = written(shop, tmp_path / "data", "parquet")
    with Warehouse.open(folder, load_contract(shop.contract)) as warehouse:
        scratch = Path(warehouse.session.scratch)

        assert scratch.is_dir()
    assert not scratch.exists()
    with pytest.raises(QueryError, match="closed"):
        warehouse.rows("SELECT 1")


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_name_survives_quoting(name: str) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {quote_ident(name)} FROM (SELECT 7 AS {quote_ident(name)})").fetchone()

    assert row == (7,)


def test_a_nul_is_no_name() -> None:
    with pytest.raises(InputError, match="NUL"):
        quote_ident("a\0b")


PROGRAM = """
import sys
sys.modules["pyarrow"] = None
sys.modules["pandas"] = None
import polars as pl, validator
contract = {"contract": 1, "name": "x", "tables": {"a": {"columns": {"i": "int64", "t": "text"}}}}
report = validator.audit({"a": pl.DataFrame({"i": [1], "t": ["x"]})}, contract)
assert report.exit_code == 0, report.text()
"""


def test_frames_need_no_pyarrow_and_nothing_is_left_on_standard_error() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_the_package_is_light() -> None:
    heavy = ("duckdb", "scipy", "polars", "numpy", "yaml", "jsonschema")
    program = f"import sys, validator; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_an_audit_imports_no_heavy_library() -> None:
    program = PROGRAM + ("print([name for name in ('scipy.stats', 'statsmodels', 'generator') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
