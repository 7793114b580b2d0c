"""`gen audit` of every kind of source: exit codes, baselines, and one line for what cannot be opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fanwise.generator.cli import main

pytestmark = pytest.mark.system


@pytest.fixture
def contract(shop: Any, tmp_path: Path) -> Path:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(shop.contract))
    return path


@pytest.fixture
def folder(shop: Any, tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    for name, frame in shop.frames.items():
        frame.write_parquet(path / f"{name}.parquet")
    return path


def test_a_duckdb_file(shop: Any, folder: Path, contract: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name in shop.frames:
            connection.execute(f"CREATE TABLE \"{name}\" AS SELECT * FROM read_parquet('{folder / name}.parquet')")

    assert main(["audit", str(path), "--contract", str(contract), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("PASS: ")


def test_a_postgresql_url_shows_no_password(
    postgres: Any, shop: Any, contract: Path, tmp_path: Path, capsys: Any
) -> None:
    url = postgres.fill("shop_cli", shop.frames)
    reports = [tmp_path / f"report.{ending}" for ending in ("txt", "json", "md", "html", "xml")]
    asked = [part for report in reports for part in ("--report", str(report))]
    code = main(["audit", url, "--contract", str(contract), *asked])
    said = capsys.readouterr()

    assert code == 0
    assert postgres.password not in said.out + said.err
    for report in reports:
        assert postgres.password not in report.read_text()


def test_a_server_that_refuses_is_one_line_and_exit_4(postgres: Any, contract: Path, capsys: Any) -> None:
    for extra in ([], ["--json"]):
        code = main(["audit", postgres.url(password="wrongCANARY"), "--contract", str(contract), *extra])
        said = capsys.readouterr()

        assert code == 4
        assert said.err.startswith("gen: postgresql://auditor@127.0.0.1:")
        assert "password authentication failed" in said.err
        assert len(said.err.splitlines()) == 1
        assert "CANARY" not in said.out + said.err


@pytest.mark.parametrize("source", ["mysql://ann:CANARY@host/db", "/no/such/place", __file__])
def test_what_is_no_source_is_exit_4(source: str, contract: Path, capsys: Any) -> None:
    code = main(["audit", source, "--contract", str(contract)])
    said = capsys.readouterr()

    assert (code, said.out) == (4, "")
    assert len(said.err.splitlines()) == 1
    assert "Hint: " in said.err
    assert "CANARY" not in said.err


def test_a_baseline_tells_what_is_worse_and_changes_no_exit_code(
    make: Any, folder: Path, contract: Path, tmp_path: Path, capsys: Any
) -> None:
    old = tmp_path / "old.json"
    assert main(["audit", str(folder), "--contract", str(contract), "--report", str(old)]) == 0
    flat = make(fanout=dict.fromkeys(("VIP", "Standard", "Casual"), 1.0))
    flat.frames["order"].write_parquet(folder / "order.parquet")
    flat.frames["item"].write_parquet(folder / "item.parquet")
    capsys.readouterr()
    codes = [
        main(["audit", str(folder), "--contract", str(contract), *more])
        for more in ([], ["--baseline", str(old)], ["--baseline", str(old), "--json"])
    ]
    said = capsys.readouterr().out

    assert codes == [1, 1, 1]
    assert "Against the baseline" in said
    assert '"before": "PASS"' in said


@pytest.mark.parametrize("content", [None, "no JSON", "{}"])
def test_a_baseline_that_is_none_is_exit_2(
    folder: Path, contract: Path, tmp_path: Path, content: str | None, capsys: Any
) -> None:
    path = tmp_path / "old.json"
    if content is not None:
        path.write_text(content)
    code = main(["audit", str(folder), "--contract", str(contract), "--baseline", str(path)])
    said = capsys.readouterr()

    assert (code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert "old.json" in said.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("contract: 1\nname: [x", ["contract.yaml:", "not YAML"]),
        ("contract: 1\nname: x\nname: y\n", ["contract.yaml:3", "duplicate key"]),
        ("- a\n- b\n", ["expected a mapping", "got a list"]),
        ("contract: 1\nname: x\n", ["'tables' is missing", "add tables"]),
        (
            "contract: 1\nname: x\ntables: {a: {columns: {i: int65}}}\n",
            ["contract.yaml:3", "tables.a.columns.i", "'int65' is not a column type", "did you mean 'int64'"],
        ),
        ("contract: 1\nname: x\ntables: {a: {key: j, columns: {i: int64}}}\n", ["unknown column 'j'", "known: i"]),
        (
            "contract: 1\nname: x\ntables: {a: {colums: {i: int64}, columns: {i: int64}}}\n",
            ["contract.yaml:3", "unknown key 'colums'", "did you mean 'columns'"],
        ),
        ("\x00", ["U+0000 is not allowed"]),
    ],
    ids=str,
)
def test_a_contract_that_is_none_is_one_screen_and_exit_2(
    folder: Path, tmp_path: Path, text: str, words: list[str], capsys: Any
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    code = main(["audit", str(folder), "--contract", str(path)])
    said = capsys.readouterr()

    assert (code, said.out) == (2, "")
    assert all(word in said.err for word in words), said.err
    assert len(said.err.splitlines()) <= 3


def test_a_contract_with_many_faults_fills_at_most_one_screen(folder: Path, tmp_path: Path, capsys: Any) -> None:
    columns = "\n".join(f"      c{number}: int65" for number in range(500))
    (tmp_path / "contract.yaml").write_text(f"contract: 1\nname: x\ntables:\n  a:\n    columns:\n{columns}\n")
    code = main(["audit", str(folder), "--contract", str(tmp_path / "contract.yaml")])
    lines = capsys.readouterr().err.splitlines()

    assert code == 2
    assert len(lines) <= 24
    assert all(len(line) <= 500 for line in lines)


def test_a_contract_that_is_no_text_and_one_that_is_not_there(folder: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("binary.yaml", "gone.yaml"):
        assert main(["audit", str(folder), "--contract", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert name in said
        assert len(said.splitlines()) == 1
