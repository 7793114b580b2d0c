"""`gen audit --report`: every format is written whole, and none of them changes the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Gen = Callable[..., Any]
FILES = {".txt": "FAIL", ".md": "## FAIL", ".json": "{", ".html": "<!DOCTYPE html>", ".xml": "<?xml"}


@pytest.fixture
def flawed(gen: Gen, shop: Path) -> Path:
    """Return a schema that promises more than the published data in `out/shop` show."""
    assert gen("run", shop, "--no-audit").code == 0
    path = Path("flawed.yaml")
    path.write_text(shop.read_text(encoding="utf-8").replace("gold: 2,", "gold: 3,"), encoding="utf-8")
    return path


def test_all_formats_are_written_before_a_failed_audit_ends(gen: Gen, flawed: Path) -> None:
    options = [option for ending in FILES for option in ("--report", f"r{ending}")]

    said = gen("audit", "out/shop", "--schema", flawed, *options)

    assert said.code == 1
    for ending, start in FILES.items():
        text = Path(f"r{ending}").read_text(encoding="utf-8")
        assert text.startswith(start)
        assert text.endswith("\n")
    assert json.loads(Path("r.json").read_text(encoding="utf-8"))["summary"]["exit_code"] == 1
    assert int(ElementTree.parse("r.xml").getroot().get("failures", "0")) > 0
    assert "</html>" in Path("r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("report", [*(f"r{ending}" for ending in FILES), "github"])
def test_no_format_changes_the_exit_code(gen: Gen, shop: Path, flawed: Path, report: str) -> None:
    assert gen("audit", "out/shop", "--schema", shop, "--report", report).code == 0
    assert gen("audit", "out/shop", "--schema", flawed, "--report", report).code == 1


def test_github_gets_commands_first_and_then_text_that_holds_none(gen: Gen, flawed: Path) -> None:
    lines = gen("audit", "out/shop", "--schema", flawed, "--report", "github").out.splitlines()

    assert lines[0].startswith("::error title=Audit of shop::FAIL")
    start = next(place for place, line in enumerate(lines) if line.startswith("::stop-commands::"))
    assert all(line.startswith("::") for line in lines[:start])
    assert lines[-1] == f"::{lines[start].rsplit('::', 1)[1]}::"
    assert any(line.startswith("::error file=flawed.yaml,line=") for line in lines[:start])


def test_github_and_json_do_not_share_standard_output(gen: Gen, flawed: Path) -> None:
    said = gen("audit", "out/shop", "--schema", flawed, "--report", "github", "--json")

    assert said.code == 2
    assert "--report github and --json" in said.err


def test_an_unknown_ending_is_refused_before_the_audit(gen: Gen, shop: Path) -> None:
    said = gen("audit", "nowhere", "--schema", shop, "--report", "r.pdf")

    assert said.code == 2
    assert "use .txt, .md, .json, .html or .xml, or the word github" in said.err


def test_one_file_that_cannot_be_written_does_not_keep_the_others_back(gen: Gen, flawed: Path) -> None:
    options = ["--report", "r.html", "--report", "no/such/r.md", "--report", "r.xml"]

    said = gen("audit", "out/shop", "--schema", flawed, *options)

    assert said.code == 4
    assert "no/such/r.md" in said.err
    assert Path("r.html").exists()
    assert Path("r.xml").exists()


def test_a_run_leaves_a_page_beside_the_tables(gen: Gen, shop: Path) -> None:
    assert gen("run", shop).code == 0

    page = Path("out/shop/report.html").read_text(encoding="utf-8")
    assert "<title>PASS: Audit of shop</title>" in page
    assert page.count("<svg ") > 2
    listed = json.loads(Path("out/shop/manifest.json").read_text(encoding="utf-8"))
    assert {"answers.json", "report.html", "report.json", "verify.sql"} == {
        each["path"] for each in listed["documents"]
    }


def test_a_run_to_a_database_keeps_its_report(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--to", "duckdb:///shop.duckdb", "--report", "r.html", "--report", "r.json")

    assert said.code == 0
    assert "Report: r.html, r.json" in said.err
    assert "</html>" in Path("r.html").read_text(encoding="utf-8")
    assert json.loads(Path("r.json").read_text(encoding="utf-8"))["summary"]["exit_code"] == 0
    assert not Path("out").exists()


@pytest.mark.parametrize("options", [("--no-audit",), ("--shard", "1/2"), ("--gates", "none")])
def test_a_run_without_an_audit_refuses_a_report(gen: Gen, shop: Path, options: tuple[str, ...]) -> None:
    said = gen("run", shop, *options, "--report", "r.html")

    assert said.code == 2
    assert "--report" in said.err
    assert not Path("r.html").exists()
    assert not Path("out").exists()


def test_a_forecast_that_stops_a_run_is_written_where_the_report_was_asked_for(gen: Gen, tmp_path: Path) -> None:
    endings = ("txt", "md", "json", "html", "xml")
    options = [word for ending in endings for word in ("--report", str(tmp_path / f"report.{ending}"))]

    said = gen("run", "ecommerce_flat", "--out", tmp_path / "data", *options)

    assert said.code == 1
    texts = {ending: (tmp_path / f"report.{ending}").read_text(encoding="utf-8") for ending in endings}
    assert all("nothing makes order per customer differ" in " ".join(text.split()) for text in texts.values())
    assert "no data was audited" in texts["html"]
    assert json.loads(texts["json"])["audited"] is False
    suite = ElementTree.fromstring(texts["xml"])
    assert suite.get("failures") == "6"
    assert "Report: " in said.err


def test_a_forecast_that_stops_a_run_annotates_a_job(gen: Gen, tmp_path: Path) -> None:
    said = gen("run", "ecommerce_flat", "--out", tmp_path / "data", "--report", "github")

    assert said.out.startswith("::error title=Forecast of ecommerce_flat::FAIL: no data was made. PASS is impossible")
    assert said.out.count("::error file=") == 6
    assert "::stop-commands::" in said.out


def test_too_little_data_in_a_forecast_is_a_skipped_case(gen: Gen, tmp_path: Path) -> None:
    said = gen("run", "ecommerce", "--rows", "customer=12", "--out", tmp_path / "d", "--report", tmp_path / "r.xml")

    assert said.code == 3
    suite = ElementTree.fromstring((tmp_path / "r.xml").read_text(encoding="utf-8"))
    assert suite.get("failures") == "0"
    assert int(suite.get("skipped", "0")) > 0
