"""docs/audit.md names every check, threshold and status, and its contract is one."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from fanwise.validator import Status, Thresholds, load_contract
from fanwise.validator.checks import BUILTIN

PAGE = (Path(__file__).parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("check", [check.name for check in BUILTIN])
def test_every_check_has_its_row(check: str) -> None:
    assert f"| `{check}` |" in PAGE


def test_no_check_is_named_twice() -> None:
    names = [check.name for check in BUILTIN]

    assert len(set(names)) == len(names)


def test_every_status_and_threshold_is_explained() -> None:
    assert all(f"| {status.value} |" in PAGE for status in Status)
    assert all(f"`{field.name.split('_fanout')[0].split('_value')[0]}`" in PAGE for field in fields(Thresholds))


def test_the_contracts_of_the_page_are_contracts(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(contract: 1\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found = []
    for block in blocks:
        (tmp_path / "contract.yaml").write_text(block)
        found.append(load_contract(tmp_path / "contract.yaml"))
    whole, rules, laws, instants, texts = found

    assert whole.effects["amount"].path == (("customer_id",),)
    assert whole.tables["order"].edges[0].keys == ("customer_id",)
    assert rules.tables["order"].columns["amount"].equals == "round(net * 1.19, 2)"
    assert [law.label for law in laws.distributions] == ["customer.age", "order.status", "order per customer"]
    assert [law.view and law.view.what for law in instants.distributions] == ["hour", "lag"]
    assert [spread.weight for spread in texts.spreads] == ["popularity", None]
