"""A small dataset whose audit passes, and a way to run the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise.generator.cli import main

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


FEW = ("--axes", "purchase_frequency,purchase_value,loyalty_trajectory", "--max-k", "3", "--threads", "1")
"""Options of `gen discover` with which it takes a second."""


@pytest.fixture(scope="session")
def habit_frames() -> dict[str, pl.DataFrame]:
    """A few customers of the ready dataset `habits`, and what they did."""
    return dict(fanwise.dataset("habits", rows={"customer": 240}))


@pytest.fixture(scope="session")
def habits(habit_frames: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These as a folder of Parquet files."""
    folder = tmp_path_factory.mktemp("habits")
    for name, frame in habit_frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def model_file(habits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their segments on three axes, as `gen discover` keeps them."""
    path = tmp_path_factory.mktemp("model") / "model.json"
    assert main(["discover", str(habits), "-o", str(path), "--quiet", *FEW]) == 0
    return path
