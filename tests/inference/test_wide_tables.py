"""Tables of many columns: the same schema as by views, and questions that grow with the columns, not their pairs."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise.inference.structure import paths
from fanwise.io.duckdb_session import Session


def test_working_tables_say_the_same_as_views(monkeypatch: pytest.MonkeyPatch) -> None:
    data = fanwise.dataset("ecommerce", rows={"customer": 300})
    frames = {name: data[name] for name in ("customer", "order")}
    views = fanwise.infer(frames, by="customer.customer_segment")
    monkeypatch.setattr(paths, "_WIDE", 1)
    assert fanwise.infer(frames, by="customer.customer_segment") == views


def times(columns: int) -> pl.DataFrame:
    """Return a table of days in no order, but the last never comes before the first."""
    rng = np.random.default_rng(5)
    start = dt.date(2020, 1, 1)
    days = {
        f"day_{at}": [start + dt.timedelta(days=int(day)) for day in rng.integers(0, 900, 400)] for at in range(columns)
    }
    days["last"] = [
        day + dt.timedelta(days=int(more)) for day, more in zip(days["day_0"], rng.integers(1, 9, 400), strict=True)
    ]
    return pl.DataFrame({"id": range(400), **days})


def test_questions_grow_with_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = Session.execute

    def counted(session: Session, sql: str, values: object = None) -> object:
        asked.append(sql)
        return execute(session, sql, values)

    monkeypatch.setattr(Session, "execute", counted)
    numbers = []
    for columns in (10, 20, 30):
        asked.clear()
        fanwise.infer({"visit": times(columns)})
        numbers.append(len(asked))
    first, second = numbers[1] - numbers[0], numbers[2] - numbers[1]
    assert second <= 1.1 * first, numbers
