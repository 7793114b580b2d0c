"""Small data sets for the tests of single kinds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import polars as pl
import pytest

from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

Tables = Callable[..., dict[str, pl.DataFrame]]

HEAD = """
fanwise: 1
name: kinds
seed: 5
window: {start: 2024-01-01, end: 2025-01-01}
"""


@pytest.fixture(scope="session")
def tables() -> Tables:
    """Return a function from YAML (without the head) to the frames of the data set."""

    loaded = lru_cache(maxsize=1)(load)  # many seeds of one text

    def made(text: str, **options: Any) -> dict[str, pl.DataFrame]:
        plan = compile_plan(loaded(HEAD + text), **options)
        parts: dict[str, list[pl.DataFrame]] = {}
        for frames in generate(plan, chunk_rows=5_000):
            for name, frame in frames.items():
                parts.setdefault(name, []).append(frame)
        return {name: pl.concat(found) for name, found in parts.items()}

    return made


@pytest.fixture(scope="session")
def column(tables: Tables) -> Callable[..., pl.Series]:
    """Return a function from the YAML of one column to its values in a root table."""

    def made(text: str, *, rows: int = 1000, before: str = "", head: str = "") -> pl.Series:
        lines = f"{before}\n" if before else ""
        return tables(f"{head}\ntables:\n  t:\n    rows: {rows}\n    columns:\n{lines}      x: {text}\n")["t"]["x"]

    return made
