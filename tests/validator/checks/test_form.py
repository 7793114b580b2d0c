"""Form: UUIDs, JSON and texts with a number of characters."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status

UUID = "7d3f8c52-4a1b-4c9e-9f60-2b1d5e8a9c03"
CASES = [
    ("uuid", [UUID, UUID.upper(), None], ["x" + UUID[1:], UUID.replace("-", ""), UUID + "0", ""]),
    ("json", ['{"a": [1, 2.5e3, "NaN, ]"]}', "null", None], ['{"a": NaN}', "[1,]", "{", "[-Infinity]", ""]),
    ("varchar(3)", ["", "abc", "äöü", None], ["abcd", "äöüß"]),
    ("char(3)", ["abc", "äöü", None], ["ab", "abcd"]),
]


def hold(shop, kind: str, values: list[str | None]) -> None:
    shop.contract["tables"]["review"]["columns"]["kind"] = {"type": kind, "nullable": True}
    rows = shop.frames["review"].height
    column = pl.Series("kind", [values[i % len(values)] for i in range(rows)], dtype=pl.String)
    shop.frames["review"] = shop.frames["review"].with_columns(column)


@pytest.mark.parametrize(("kind", "good", "bad"), CASES, ids=[case[0] for case in CASES])
def test_each_form(shop, kind: str, good: list[str | None], bad: list[str]) -> None:
    hold(shop, kind, good)
    assert shop.statuses("form") == {"review.kind": Status.PASS}

    hold(shop, kind, [*good, *bad])
    found = shop.findings("form")["review.kind"]
    assert found.status is Status.FAIL
    written = shop.frames["review"]["kind"]
    assert found.evidence["rows"] == written.is_in(bad).sum() > len(bad)
