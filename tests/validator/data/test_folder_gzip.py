"""What `gen run --compression gzip` writes as text, the audit reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanwise.generator.language import load
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_gzipped_data_set_passes_its_audit(form: str, tmp_path: Path) -> None:
    result = run(load("ecommerce"), RunOptions(out=tmp_path / "out", format=form, compression="gzip"))

    assert result.exit_code == 0
    assert (tmp_path / "out" / f"order.{form}.gz").is_file()
