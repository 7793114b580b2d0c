"""The page of a run shows the first rows of its files, as they were written; no other format and no audit does."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.first_rows import first_rows
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run
from fanwise.validator.report.sections.rows import rows_of
from tests.generator.cli.conftest import Said

SHOP = """\
fanwise: 1
name: shop
tables:
  customer:
    rows: 40
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1001}}
      note: {choice: {'a, "b"': 1, "c<d": 1}, null: 30%}
      long: {pattern: "???abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"}
      since: {timestamp: {between: [2024-01-01, 2025-01-01]}}
      active: {boolean: {p: 0.5}}
      tags: {list: {of: {choice: {x: 1, y: 1}}, length: {poisson: {mean: 4}}}}
  visit: {parent: customer, fanout: {poisson: {mean: 2}}, key: visit_id, columns: {visit_id: {sequence: {}}, customer_id: {parent: customer_id}}}
"""


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)


def section(page: str) -> str:
    """Return the first rows of a page, without tags."""
    found = re.search(r'<[^>]*id="rows".*?</details>', page, re.DOTALL)
    return re.sub(r"\s*<[^>]+>\s*", "|", found[0]) if found else ""


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    "options",
    ["parquet", "arrow", "csv", "jsonl", "csv --compression gzip", "jsonl --compression gzip"],
)
def test_the_page_of_a_run_shows_the_first_five_rows_of_each_table(gen: Callable[..., Said], options: str) -> None:
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")

    assert gen("run", "shop.yaml", "--out", "data", "--format", *options.split()).code == 0

    shown = section(Path("data", "report.html").read_text(encoding="utf-8"))
    assert "customer: first 5 rows" in shown
    assert "visit: first 5 rows" in shown
    assert [number for number in ("1001", "1005", "1006") if f"|{number}|" in shown.partition("visit:")[0]] == [
        "1001",
        "1005",
    ]
    assert "|c&lt;d|" in shown or "|a, &#34;b&#34;|" in shown
    assert re.search(r"\|[A-Za-z]{39}…\|", shown)
    assert re.search(r"\|\[&#34;[xy]&#34;.*?\]\|", shown)
    assert re.search(r"\|(true|false)\|", shown)


@pytest.mark.usefixtures("inside")
def test_rows_are_those_of_the_files_with_their_defects(gen: Callable[..., Said]) -> None:
    dirty = SHOP + "defects: {customer.note: {null: 100%}}\n"
    Path("shop.yaml").write_text(dirty, encoding="utf-8")

    assert gen("run", "shop.yaml", "--out", "data").code == 0

    shown = section(Path("data", "report.html").read_text(encoding="utf-8"))
    assert "customer: first 5 rows" in shown
    assert "c&lt;d" not in shown


@pytest.mark.usefixtures("inside")
def test_neither_other_formats_nor_an_audit_show_rows(gen: Callable[..., Said]) -> None:
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")
    reports = [f"report.{ending}" for ending in ("json", "md", "txt", "xml")]
    gen("run", "shop.yaml", "--out", "data", *(part for name in reports for part in ("--report", name)))
    gen("audit", "data", "--schema", "shop.yaml", "--report", "audit.html", "--report", "audit.json")
    letters = pl.read_parquet(Path("data", "customer.parquet"))["long"][0][:39]

    assert letters in Path("data", "report.html").read_text(encoding="utf-8")
    for name in (*reports, "audit.html", "audit.json"):
        text = Path(name).read_text(encoding="utf-8")
        assert letters not in text
        assert 'id="rows"' not in text


def test_an_audit_in_python_keeps_no_rows() -> None:
    contract = {"contract": 1, "name": "own", "tables": {"t": {"columns": {"secret": "text"}}}}

    report = validator.audit({"t": pl.DataFrame({"secret": ["hush"]})}, contract)

    assert report.rows == ()
    assert "hush" not in report.render(".html")


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_a_file_that_cannot_be_read_is_left_out(form: str, tmp_path: Path) -> None:
    """The audit names what is wrong with it; the page is written all the same."""
    plan = compile_plan(load("ecommerce"), rows={"customer": 20})
    made = run(
        plan.dataset, RunOptions(out=tmp_path / "out", format=form, rows={"customer": 20}, gates="none")
    ).manifest
    assert made is not None
    whole = [each.table for each in first_rows(tmp_path / "out", made, plan)]
    (tmp_path / "out" / made.tables["order"].files[0].path).write_bytes(b'{"order_id"')
    (tmp_path / "out" / made.tables["product"].files[0].path).unlink()

    assert whole == list(plan.schema.tables)
    assert [each.table for each in first_rows(tmp_path / "out", made, plan)] == ["customer", "order_item"]


def test_a_format_that_does_not_show_rows_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compile_plan(load("ecommerce"), rows={"customer": 20})
    made = run(plan.dataset, RunOptions(out=tmp_path / "out", rows={"customer": 20}, gates="none")).manifest
    assert made is not None
    assert first_rows(tmp_path / "out", made, plan)
    monkeypatch.setattr("fanwise.generator.run.first_rows.sink", lambda *_: object())

    assert first_rows(tmp_path / "out", made, plan) == ()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ([12.5, 3.25, None, -7.0], ["12.50", "3.25", "", "-7.00"]),
        ([3, 40, 500], ["3", "40", "500"]),
        ([Decimal("1.50"), Decimal("20.00")], ["1.50", "20.00"]),
        ([0.5, 1e-7], ["0.5", "1e-07"]),
    ],
)
def test_numbers_of_a_column_have_the_same_decimals(given: list[object], shown: list[str]) -> None:
    found = rows_of("t", ["x", "of"], ["x"], [(value, "2.5") for value in given])

    assert [row[0] for row in found.rows] == shown
    assert {row[1] for row in found.rows} == {"2.5"}


def test_a_table_without_rows_has_none() -> None:
    assert rows_of("t", ["x"], ["x"], []).rows == ()
