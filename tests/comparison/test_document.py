"""Six formats of one comparison, and its exit code on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import fanwise
from fanwise.generator.cli.app import app
from tests.comparison.conftest import BY


def test_every_format_says_the_same(near: fanwise.Comparison) -> None:
    line = near.verdict.line
    for ending in (".txt", ".md", ".html"):
        assert line in " ".join(near.render(ending).split())
    assert "<svg" in near.render(".html")
    values = json.loads(near.render(".json"))
    assert values["summary"]["line"] == line
    assert len(values["measured"]) == len(near.rows)
    assert ElementTree.fromstring(near.render(".xml")).get("tests") == str(len(near.rows))
    assert near.render("github").startswith("::notice title=Fidelity of synthetic data::PASS")


def test_the_same_data_give_the_same_bytes(real: dict[str, Any], synth: dict[str, Any]) -> None:
    texts = {fanwise.fidelity(real, synth, threads=threads).render(".json") for threads in (1, 3)}

    assert len(texts) == 1


def test_the_order_of_rows_changes_nothing(real: dict[str, Any], synth: dict[str, Any]) -> None:
    moved = {name: frame.sample(fraction=1, shuffle=True, seed=4) for name, frame in real.items()}
    by = "customer.customer_segment"

    assert fanwise.fidelity(moved, synth, by=by).render(".json") == fanwise.fidelity(real, synth, by=by).render(".json")


def test_the_text_fits_a_terminal(near: fanwise.Comparison) -> None:
    assert max(map(len, near.text(verbose=True).splitlines())) <= 80


def test_the_command_writes_reports_and_fails_by_a_gate(
    real: dict[str, Any], synth: dict[str, Any], tmp_path: Path
) -> None:
    for name, tables in (("real", real), ("synth", synth)):
        (tmp_path / name).mkdir()
        for table, frame in tables.items():
            frame.write_parquet(tmp_path / name / f"{table}.parquet")
    pages = [tmp_path / f"page{ending}" for ending in (".html", ".xml")]
    asked = [str(tmp_path / "real"), str(tmp_path / "synth"), "--by", BY]
    reports = [part for page in pages for part in ("--report", str(page))]
    result = CliRunner().invoke(app, ["fidelity", *asked, *reports])
    assert result.exit_code == 0, result.output
    assert all(page.stat().st_size > 1000 for page in pages)

    copied = CliRunner().invoke(app, ["fidelity", asked[0], asked[0], "--quiet"])
    assert copied.exit_code == 1
    assert copied.output.startswith("FAIL: ")


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["nowhere", "nowhere"], 4, "no such folder"),
        (["--report", "page.pdf", ".", "."], 2, "unknown ending"),
        (["--report", "github", "--json", ".", "."], 2, "both write to standard output"),
    ],
)
def test_wrong_arguments_are_told(arguments: list[str], code: int, why: str) -> None:
    result = CliRunner().invoke(app, ["fidelity", *arguments])

    assert result.exit_code == code
    assert why in result.output
