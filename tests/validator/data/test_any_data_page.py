"""docs/any-data.md: its contract judges a folder, its Python runs, its words are those of the program."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
import pytest
import yaml

from fanwise import validator
from fanwise.generator.cli import main
from fanwise.validator.report.baseline import Change

PAGE = (Path(__file__).parents[3] / "docs" / "any-data.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_contract_by_hand_judges_a_folder_of_csv_and_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(11)
    vip = np.arange(500) % 5 == 0
    owner = np.repeat(np.arange(500), rng.poisson(np.where(vip, 12, 6)))
    amount = np.round(rng.lognormal(3, 0.4, owner.size) * np.where(vip[owner], 1.5, 1) + 0.01, 2)
    data = tmp_path / "data"
    data.mkdir()
    pl.DataFrame({"customer_id": np.arange(500), "tier": np.where(vip, "VIP", "Basic"), "other": 1}).write_csv(
        data / "customer.csv"
    )
    order = pl.DataFrame({"order_id": np.arange(owner.size), "customer_id": owner, "amount": amount, "status": "paid"})
    order.write_parquet(data / "order.parquet")
    text = next(block for block in blocks("yaml") if block.startswith("contract: 1"))
    (tmp_path / "contract.yaml").write_text(text)
    report = validator.audit(data, tmp_path / "contract.yaml")
    monkeypatch.chdir(tmp_path)
    (command,) = blocks("sh")

    assert report.exit_code == 0, report.text()
    assert {finding.check for finding in report.findings} >= {
        "condition",
        "direction",
        "ratio",
        "expectation",
        "reference",
    }
    assert main(shlex.split(command)[1:]) == 0
    assert (tmp_path / "audit.html").stat().st_size > 10_000
    order.with_columns(customer_id=pl.Series(rng.integers(0, 500, order.height))).write_parquet(data / "order.parquet")
    assert validator.audit(data, tmp_path / "contract.yaml").exit_code == 1


def test_the_python_of_the_page_runs() -> None:
    for text in blocks("python"):
        exec(compile(text, "any-data.md", "exec"), {})  # noqa: S102


def test_every_change_of_a_baseline_and_every_error_is_named() -> None:
    assert all(f"| `{change}` |" in PAGE for change in get_args(Change))
    assert all(f"`{error}`" in PAGE for error in ("ContractError", "SourceError", "BaselineError"))


def test_stated_formats_read_the_values_beside_them(tmp_path: Path) -> None:
    block = next(block for block in blocks("yaml") if block.startswith("columns:"))
    values = [line.partition("# ")[2].partition(", ")[0] for line in block.splitlines()[1:]]
    contract = yaml.safe_load(f"contract: 1\nname: x\ntables:\n  t:\n{textwrap.indent(block, '    ')}")
    contract["checks"] = [
        "t.ordered_at = TIMESTAMP '2024-01-31 19:19:25'",
        "t.paid_at = TIMESTAMP '2024-01-31 03:00:00'",
        "t.amount = 1080",
    ]
    pl.DataFrame([values], schema=list(contract["tables"]["t"]["columns"]), orient="row").write_csv(tmp_path / "t.csv")

    assert validator.audit(tmp_path, contract).exit_code == 0
