"""What `gen run --to` writes can be audited and discovered in place: the same verdict, the same segments."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.cli import main


def shown(*arguments: str) -> tuple[int, Any]:
    """Return the exit code of a command, and the JSON that it prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = main([*arguments, "--json"])
    return code, json.loads(out.getvalue())


def verdict(source: object) -> tuple[int, list[tuple[str, str]]]:
    code, report = shown("audit", str(source), "--schema", "ecommerce")
    checks = report["checks"]
    stored = [check for check in checks if check["check"] == "manifest"]
    assert stored
    assert {check["status"] for check in stored} == {"PASS"}
    return code, [(check["id"], check["status"]) for check in checks if check not in stored]


def segments(source: object) -> Any:
    code, found = shown("discover", str(source), "--axes", "purchase_value", "--max-k", "2", "--dry-run")
    assert code == 0
    return found["profile"]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    """Return the verdict and the segments of a folder."""
    folder = tmp_path_factory.mktemp("written") / "shop"
    assert main(["run", "ecommerce", "--out", str(folder), "--quiet"]) == 0
    return verdict(folder), segments(folder)


@pytest.mark.parametrize(
    "kind", ["duckdb", "postgresql", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("sqlite", "delta"))]
)
def test_what_a_run_delivers_is_audited_and_discovered_in_place(
    kind: str, expected: tuple[object, object], tmp_path: Path, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"{kind}:///shop.{kind}"
    if kind == "postgresql":
        postgres.run("DROP DATABASE IF EXISTS written; CREATE DATABASE written")
        url = postgres.url("written") + "?schema=shop"
    assert main(["run", "ecommerce", "--to", url, "--quiet"]) == 0

    places = [url] if kind == "postgresql" else [url, tmp_path / f"shop.{kind}"]
    for place in places:
        assert (verdict(place), segments(place)) == expected
