"""One file is one table: what is missing beside it is said so."""

from __future__ import annotations

from pathlib import Path

from fanwise.validator import audit


def test_a_table_that_is_missing_beside_a_file_asks_for_its_folder(tmp_path: Path) -> None:
    (tmp_path / "order.csv").write_text("id,customer\n1,1\n", encoding="utf-8")
    tables = {"order": {"columns": {"id": "int64"}}, "customer": {"columns": {"id": "int64"}}}

    report = audit(str(tmp_path / "order.csv"), {"contract": 1, "name": "x", "tables": tables})

    (missing,) = [finding for finding in report.findings if finding.id == "table.customer"]
    assert missing.hint == f"{tmp_path}/order.csv is one table: give the folder that holds customer beside it."
