"""gen twin: the four steps in turn, and where they stop."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import fanwise
from fanwise.generator.api import twin
from fanwise.generator.cli.app import app
from fanwise.generator.errors import OutputError
from fanwise.generator.output.publishing.lock import Lock

BY = "customer.customer_segment"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("twin") / "shop"
    folder.mkdir()
    data = fanwise.dataset("ecommerce", rows={"customer": 500})
    for name in ("customer", "order"):
        data[name].write_parquet(folder / f"{name}.parquet")
    return folder


def gen(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["twin", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_twin_is_made_and_judged(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    code, text = gen(source, "--by", BY, "--out", out, "--scale", 2, "--json")

    assert code == 0, text
    assert {path.name for path in out.iterdir()} == {"schema.yaml", "data", "like.html", "fidelity.html"}
    found = json.loads(text[text.index("{") :])
    assert {name: found[name]["summary"]["verdict"] for name in ("run", "like", "fidelity")} == dict.fromkeys(
        ("run", "like", "fidelity"), "PASS"
    )
    rows = found["fidelity"]["tables"]["customer"]
    assert rows == {"real": 500, "synth": 1000}

    code, text = gen(source, "--by", BY, "--out", out)
    assert code == 4
    assert "already holds a twin" in text


def test_it_stops_with_the_report_of_the_step_that_failed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin, "infer", lambda *_, **__: fanwise.infer(source))  # without segments
    code, text = gen(source, "--by", BY, "--out", tmp_path / "lost")

    assert code == 1
    assert "3/4" in text
    assert "4/4" not in text
    assert "differs from the source" in text
    assert (tmp_path / "lost" / "like.html").exists()


def earlier(out: Path) -> dict[str, str]:
    """Put an earlier twin into a folder; return its files."""
    (out / "data").mkdir(parents=True)
    for name in ("schema.yaml", "like.html", "fidelity.html", "data/manifest.json"):
        (out / name).write_text(f"earlier {name}", encoding="utf-8")
    return files(out)


def files(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The steps before the run, without work."""
    text = "fanwise: 1\nname: s\ntables: {t: {rows: 1, key: id, columns: {id: {sequence: {}}}}}\n"
    monkeypatch.setattr(twin, "infer", lambda *_, **__: text)
    monkeypatch.setattr(twin, "contract_like", lambda *_, **__: None)
    return monkeypatch


def test_an_earlier_twin_stays_where_the_new_data_is_not_published(quick: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = earlier(tmp_path)

    def full(*_: object) -> None:
        raise OutputError("FW-OUTPUT-WRITE", "cannot be written: No space left on device", path=str(tmp_path / "data"))

    quick.setattr(twin, "run", full)
    code, text = gen("source", "--out", tmp_path, "--force")
    assert (code, "No space left on device" in text) == (4, True)
    assert files(tmp_path) == before

    rejected = SimpleNamespace(exit_code=1, report=None, rejected=tmp_path / "data.rejected")
    quick.setattr(twin, "run", lambda *_: rejected)
    code, text = gen("source", "--out", tmp_path, "--force")
    assert code == 1
    assert "schema.rejected.yaml" in text.replace("\n", "")
    assert {name: found for name, found in files(tmp_path).items() if name != "schema.rejected.yaml"} == before


def test_what_was_said_of_an_earlier_twin_goes_with_its_data(quick: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out"
    earlier(out)
    (out / "data" / "manifest.json").unlink()
    (out / "schema.rejected.yaml").write_text("earlier", encoding="utf-8")

    def broken(*_: object, **__: object) -> None:
        raise OutputError("FW-OUTPUT-WRITE", "cannot be read", path="source")

    quick.setattr(twin, "audit", broken)
    assert gen("source", "--out", out, "--force")[0] == 4
    assert {path.name for path in out.iterdir()} == {"schema.yaml", "data"}
    assert "earlier" not in (out / "schema.yaml").read_text(encoding="utf-8")


def test_a_folder_with_the_name_of_a_report_is_not_replaced(quick: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "like.html" / "mine"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    code, text = gen("source", "--out", tmp_path, "--force")
    assert (code, "like.html: is in the way" in " ".join(text.split())) == (4, True), text
    assert files(tmp_path) == {"like.html/mine": "mine"}


def test_of_two_twins_in_one_folder_the_second_is_told_so(quick: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = earlier(tmp_path)
    first = Lock(tmp_path / ".twin.lock")
    first.acquire()
    try:
        code, text = gen("source", "--out", tmp_path, "--force")
    finally:
        first.release()

    assert code == 4
    assert "another run is writing there" in text
    assert files(tmp_path) == before


def test_wrong_arguments_are_told(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments, code, why in (
        ([tmp_path / "nowhere", "--out", tmp_path / "out"], 4, "no such folder"),
        ([source, "--by", "client.tier", "--out", tmp_path / "out"], 2, "no table client"),
        ([source, "--out", tmp_path / "file"], 4, "is a file, not a folder"),
    ):
        found, text = gen(*arguments)
        assert found == code, text
        assert why in text
    assert not (tmp_path / "out").exists()


def test_no_password_is_shown(postgres: Any, source: Path, tmp_path: Path) -> None:
    url = postgres.fill(
        "twinned", {name: pl.read_parquet(source / f"{name}.parquet") for name in ("customer", "order")}
    )
    code, text = gen(url, "--out", tmp_path / "made")

    assert code in (0, 1), text
    assert "postgresql://auditor@127.0.0.1" in text
    assert postgres.password not in text
    assert not [path for path in (tmp_path / "made").rglob("*.*") if postgres.password.encode() in path.read_bytes()]
