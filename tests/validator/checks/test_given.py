"""Given rows: a table that has lost, changed or gained one is found."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.validator import Status

ROWS = [{"code": "US", "vat": 0.1, "ok": True}, {"code": "DE", "vat": 0.3}]


@pytest.fixture
def lookup(shop):
    shop.contract["tables"]["country"] = {
        "columns": {"code": "text", "vat": {"type": "float64"}, "ok": {"type": "bool", "nullable": True}},
        "key": "code",
        "values": ROWS,
    }
    shop.frames["country"] = pl.DataFrame(ROWS)
    return shop


def test_the_same_rows_pass_in_any_order(lookup) -> None:
    lookup.frames["country"] = lookup.frames["country"].reverse()

    assert lookup.statuses("given") == {"country": Status.PASS}


@pytest.mark.parametrize(
    ("change", "missing", "more"),
    [
        (pl.DataFrame(ROWS[:1]), 1, 0),
        (pl.DataFrame([*ROWS, {"code": "FR", "vat": 0.2, "ok": None}]), 0, 1),
        (pl.DataFrame([ROWS[0], {"code": "DE", "vat": 0.1 + 0.2, "ok": None}]), 1, 1),  # 0.30000000000000004
        (pl.DataFrame([*ROWS, ROWS[1]]), 0, 1),
    ],
)
def test_other_rows_are_found(lookup, change: pl.DataFrame, missing: int, more: int) -> None:
    lookup.frames["country"] = change.cast({"ok": pl.Boolean})
    found = lookup.findings("given")["country"]

    assert found.status is Status.FAIL
    assert (found.evidence["missing"], found.evidence["not given"]) == (missing, more)


def test_a_contract_with_values_is_written_and_read_back(lookup) -> None:
    from fanwise.validator import load_contract
    from fanwise.validator.contract.load import to_dict

    contract = load_contract(lookup.contract)

    assert load_contract(to_dict(contract)) == contract
    assert contract.tables["country"].values[1] == {"code": "DE", "vat": 0.3, "ok": None}
