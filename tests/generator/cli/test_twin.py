"""gen twin: the four steps in turn, and where they stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import fanwise
from fanwise.generator.cli.app import app

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
    from fanwise.generator.api import twin

    monkeypatch.setattr(twin, "infer", lambda *_, **__: fanwise.infer(source))  # without segments
    code, text = gen(source, "--by", BY, "--out", tmp_path / "lost")

    assert code == 1
    assert "3/4" in text
    assert "4/4" not in text
    assert "differs from the source" in text
    assert (tmp_path / "lost" / "like.html").exists()


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
