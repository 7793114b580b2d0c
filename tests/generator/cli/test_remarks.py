"""Remarks on published data that the reader may not expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gen = Callable[..., Any]

MONEY = """\
fanwise: 1
name: money
tables:
  account:
    rows: 20
    key: id
    columns:
      id: {sequence: {}}
      balance: {normal: {mean: 9, sd: 1}, type: "decimal(12,2)"}
      limit: {constant: 5, type: "decimal(9,1)"}
"""


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("money.yaml").write_text(MONEY, encoding="utf-8")
    return Path("money.yaml")


def test_sqlite_says_that_it_has_no_decimals(gen: Gen, schema: Path) -> None:
    pytest.importorskip("adbc_driver_sqlite")

    said = gen("run", schema, "--to", "sqlite:///money.db").err

    assert "SQLite has no decimals: account.balance and 1 more is stored as a whole number" in said
    assert "SQLite" not in gen("run", schema, "--to", "duckdb:///money.duckdb").err


def test_rows_of_defects_are_explained(gen: Gen, schema: Path) -> None:
    schema.write_text(f"{MONEY}defects: {{account: {{duplicate: 20%}}}}\n", encoding="utf-8")

    assert "The declared defects were written after the audit." in gen("run", schema, "--out", "dirty").err
    assert "declared defects" not in gen("run", schema, "--clean", "--out", "clean").err
