"""What `gen run --to` writes can be audited and discovered in place: the same verdict, the same segments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.cli import main

ROWS = ["--rows", "customer=400"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "habits"
    assert main(["run", "habits", *ROWS, "--out", str(path), "--quiet"]) == 0
    return path


def verdict(source: object, capsys: Any) -> tuple[int, list[tuple[str, str]]]:
    capsys.readouterr()
    code = main(["audit", str(source), "--schema", "habits", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    stored = [check for check in checks if check["check"] == "manifest"]
    assert stored
    assert {check["status"] for check in stored} == {"PASS"}
    return code, [(check["id"], check["status"]) for check in checks if check not in stored]


def segments(source: object, capsys: Any) -> Any:
    capsys.readouterr()
    axes = ["--axes", "purchase_value", "--max-k", "3", "--dry-run", "--json"]
    assert main(["discover", str(source), *axes]) == 0
    return json.loads(capsys.readouterr().out)["profile"]


@pytest.mark.parametrize(
    "kind", ["duckdb", "postgresql", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("sqlite", "delta"))]
)
def test_what_a_run_delivers_is_audited_and_discovered_in_place(
    kind: str, folder: Path, tmp_path: Path, postgres: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"{kind}:///shop.{kind}"
    if kind == "postgresql":
        postgres.run("DROP DATABASE IF EXISTS written; CREATE DATABASE written")
        url = postgres.url("written") + "?schema=habits"
    assert main(["run", "habits", *ROWS, "--to", url, "--quiet"]) == 0

    expected = verdict(folder, capsys), segments(folder, capsys)
    places = [url] if kind == "postgresql" else [url, tmp_path / f"shop.{kind}"]
    for place in places:
        assert (verdict(place, capsys), segments(place, capsys)) == expected
