"""Variety: texts that are constant, in all rows or a part of them, and characters that do not vary."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.validator import Finding, Status, audit, load_contract, to_dict
from fanwise.validator.measures import samples

NAMES, ROWS = 300, 2000


def contract(repeats: float = 1 / NAMES, **more: Any) -> dict[str, Any]:
    columns = {"id": "int64", "name": {"type": "text", "nullable": True, "repeats": repeats}, "code": "text"}
    return {"contract": 1, "name": "texts", "tables": {"person": {"key": "id", "columns": columns}}, **more}


def texts(seed: int = 1, rows: int = ROWS, pool: int = NAMES) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    digits = random.integers(0, 10, (rows, 4))
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "name": [f"name {one}" for one in random.integers(0, pool, rows)],
            "code": ["A-" + "".join(map(str, row)) for row in digits],
        }
    )


def found(frame: pl.DataFrame, declared: dict[str, Any] | None = None) -> dict[str, Finding]:
    report = audit({"person": frame}, declared or contract(), threads=1)
    return {each.id.removeprefix("variety.person."): each for each in report.findings if each.check == "variety"}


def test_texts_out_of_the_declared_pool_pass() -> None:
    assert {name: each.status for name, each in found(texts()).items()} == {"name": Status.PASS}


@pytest.mark.parametrize(
    "name",
    [
        pl.lit("Anna"),
        pl.lit(""),
        pl.when(pl.col("id") % 10 == 0).then(pl.lit("unknown")).otherwise(pl.col("name")),
        pl.col("name").str.slice(0, 6),
        pl.when(pl.col("id") % 2 == 0).then(pl.lit("Anna")),
    ],
    ids=["constant", "empty", "a tenth constant", "cut", "constant and null"],
)
def test_texts_that_repeat_too_often_are_seen(name: pl.Expr) -> None:
    one = found(texts().with_columns(name=name))["name"]

    assert one.status is Status.WARN
    assert "of the pairs of rows are alike, at most 0.333 % are expected" in one.message


def test_few_rows_and_columns_without_a_declared_pool_say_nothing() -> None:
    assert found(texts(rows=99).with_columns(name=pl.lit("Anna"))) == {}
    plain = contract()
    plain["tables"]["person"]["columns"]["name"] = {"type": "text", "nullable": True}
    assert found(texts().with_columns(name=pl.lit("Anna")), plain) == {}


def test_more_varied_texts_than_declared_pass() -> None:
    assert found(texts(pool=100_000))["name"].status is Status.PASS


def test_of_a_large_table_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_TEXTS", 500)
    one = found(texts())["name"]

    assert one.status is Status.PASS
    assert "(looked at: 12.5 % of person)" in one.message
    assert found(texts().with_columns(name=pl.lit("Anna")))["name"].status is Status.WARN


def characters(*places: int) -> dict[str, Any]:
    law = {"table": "person", "column": "code", "cells": [{"at_most": [[ord("0"), 0.1], [ord("4"), 0.5]]}]}
    return contract(distributions=[{**law, "view": {"what": "character", "at": at}} for at in places])


@pytest.mark.parametrize("code", ["A-7777", "A-0123", "A-9876"])
def test_characters_that_do_not_vary_are_seen(code: str) -> None:
    declared = characters(3, 6, -1)
    assert {each.status for each in found(texts(), declared).values()} == {Status.PASS}

    seen = found(texts().with_columns(code=pl.lit(code)), declared)
    assert {name: each.status for name, each in seen.items() if "code" in name} == {
        "code.character.3": Status.WARN, "code.character.6": Status.WARN, "code.character.-1": Status.WARN,
    }  # fmt: skip
    assert "character 1 from the end is at most" in seen["code.character.-1"].message


def test_characters_that_were_sorted_are_seen() -> None:
    sorted_codes = [code[:2] + "".join(sorted(code[2:])) for code in texts()["code"]]
    seen = found(texts().with_columns(code=pl.Series(sorted_codes)), characters(3, 6))

    assert [seen[name].status for name in ("code.character.3", "code.character.6")] == [Status.WARN, Status.WARN]


def test_a_contract_is_read_back() -> None:
    declared = load_contract(characters(3, -1))

    assert load_contract(to_dict(declared)) == declared


@pytest.mark.slow
@pytest.mark.parametrize("pool", [2, 30, 300, 50_000])
def test_correct_texts_are_not_accused(pool: int) -> None:
    for seed in range(100):
        rows = (120, 500, 3000, 12_000)[seed % 4]
        seen = found(texts(seed, rows, pool), contract(1 / pool))
        assert {each.status for each in seen.values()} <= {Status.PASS}, (seed, rows)
