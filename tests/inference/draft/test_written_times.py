"""Dates that a source has as text, unique texts and orphans: what is made of them is like the source."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
import yaml

import fanwise
from fanwise.inference.draft.written_times import _FORMS, _SHAPES

ROWS = 400


def inferred(folder: Path, columns: Mapping[str, list[str | None]]) -> tuple[pl.DataFrame, str]:
    """Return data made from one table of texts, and their schema."""
    pl.DataFrame({"id": range(1, ROWS + 1), **columns}).write_parquet(folder / "event.parquet")
    text = fanwise.infer(folder / "event.parquet")
    path = folder / "made.yaml"
    path.write_text(text)
    return fanwise.dataset(path)["event"], text


def test_texts_are_dates_of_the_same_form(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    days = [dt.datetime(2023, 5, 1) + dt.timedelta(minutes=int(n)) for n in random.integers(0, 500_000, ROWS)]
    forms = {"a": "%Y-%m-%d", "b": "%d/%m/%Y", "c": "%Y-%m-%dT%H:%M:%SZ", "d": "%b %d, %Y", "e": "%m/%d/%Y %I:%M %p"}
    columns = {name: [day.strftime(form) for day in days] for name, form in forms.items()}
    columns["b"][::7] = [None] * len(columns["b"][::7])  # type: ignore[call-overload]
    columns["f"] = [f"{n:02d}/{(n * 7) % 90:02d}/2024" for n in range(ROWS)]  # no dates, though they look like it

    made, text = inferred(tmp_path, columns)

    for name, form in forms.items():
        said = [dt.datetime.strptime(value, form) for value in made[name].drop_nulls()]
        assert [each.strftime(form) for each in said] == made[name].drop_nulls().to_list()
        assert min(days) - dt.timedelta(days=30) < min(said) < max(said) < max(days) + dt.timedelta(days=30)
        assert len(set(said)) > 100
    assert abs(made["b"].null_count() - ROWS / 7) < 30
    assert "f_as_date" not in text


@pytest.mark.parametrize("value", ["2024-01-02 03:04:05", "1999-12-31 23:59:58"])
def test_the_first_look_lets_every_form_through(value: str) -> None:
    for _, form in _FORMS:
        said = duckdb.execute("SELECT strftime(CAST(? AS TIMESTAMP), ?)", [value, form]).fetchall()[0][0]
        assert _SHAPES[form].fullmatch(said), said


def test_a_date_in_a_key_stays_text(tmp_path: Path) -> None:
    days = [(dt.date(2023, 1, 1) + dt.timedelta(days=n)).isoformat() for n in range(ROWS)]
    pl.DataFrame({"date_key": days, "n": range(ROWS)}).write_parquet(tmp_path / "calendar.parquet")

    assert "_as_date" not in fanwise.infer(tmp_path / "calendar.parquet")


def test_unique_mail_addresses_and_orphans_of_a_declared_reference(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.executescript(
            "create table customer(id integer primary key, email text unique, code text unique, since text);"
            "create table bill(id integer primary key, customer_id int references customer(id), at text, coupon text);"
        )
        random = np.random.default_rng(1)
        for n in range(1, ROWS + 1):
            since = dt.date(2024, 1, 1) + dt.timedelta(days=int(random.integers(0, 100)))
            mail = None if n % 9 == 0 else f"u{n}@example.org"
            crm.execute(
                "insert into customer values (?, ?, ?, ?)", (n, mail, f"word {n * n} {chr(97 + n % 26)}", str(since))
            )
            for k in range(3):
                at = dt.datetime.combine(since, dt.time()) + dt.timedelta(hours=int(random.integers(0, 4000)))
                of = n if (n, k) not in ((7, 0), (70, 1)) else 99_000 + n
                crm.execute("insert into bill values (NULL, ?, ?, ?)", (of, str(at), "TEN" if k else None))
    text = fanwise.infer(tmp_path / "crm.db")
    schema = yaml.safe_load(text)["tables"]

    assert schema["customer"]["columns"]["email"]["unique"] is True
    assert schema["customer"]["columns"]["code"]["unique"] is True
    assert "declared; 2 orphans in the source, none in data made from this" in text
    assert "coalesce" not in text
    assert "never before customer.since" in text
    path = tmp_path / "twin.yaml"
    path.write_text(text)
    made = fanwise.dataset(path)
    assert made["customer"]["email"].drop_nulls().is_duplicated().sum() == 0
    assert made["customer"]["code"].is_duplicated().sum() == 0
    assert fanwise.audit(made, like=tmp_path / "crm.db").status in ("PASS", "WARN")
