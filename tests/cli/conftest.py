"""A small dataset whose audit passes, and a way to run the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.cli import main

SHOP = """\
fanwise: 1
name: shop
seed: 7
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier:
    table: customer
    share: {gold: 0.3, basic: 0.7}
    rank: gold > basic
tables:
  customer:
    rows: 400
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
  purchase:
    parent: customer
    fanout: {poisson: {mean: 6}, multiplier: {tier: {gold: 2, basic: 1}}}
    key: purchase_id
    columns:
      purchase_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      amount: {lognormal: {mean: 40, sd: 25}, multiplier: {tier: {gold: 1.5, basic: 1}}, round: 2}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def gen(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs `gen` with the given arguments."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return `shop.yaml` in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("shop.yaml")
    path.write_text(SHOP, encoding="utf-8")
    return path
