"""Arrivals in a contract that is written by hand: they are judged, and what does not fit is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import ContractError, Status
from fanwise.validator.measures import arrival_rows

DAY = 86_400
ARRIVALS: dict[str, Any] = {
    "start": "since",
    "until": "timestamp '2025-01-01 00:00:00'",
    "law": "exponential",
    "by": ["kind"],
    "cells": [{"at": ["a"], "gap": {"mean": 20 * DAY}, "rate": 2}, {"at": [None], "gap": {"mean": 20 * DAY}}],
}


def contract(**changes: Any) -> dict[str, Any]:
    arrivals = {name: value for name, value in {**ARRIVALS, **changes}.items() if value is not None}
    columns = {"id": "int64", "kind": "text", "since": "timestamp"}
    at = {"type": "timestamp", "arrivals": arrivals}
    return {
        "contract": 1,
        "name": "calls",
        "tables": {
            "caller": {"key": "id", "columns": columns},
            "call": {
                "parent": {"table": "caller", "columns": "id"},
                "columns": {"id": "int64", "at": at, "day": "date"},
            },
        },
    }


def frames(callers: int = 400, *, mean: float = 20.0) -> dict[str, pl.DataFrame]:
    draw = np.random.default_rng(3)
    end = dt.datetime(2025, 1, 1)
    since = [dt.datetime(2023, 1, 1) + dt.timedelta(seconds=int(s)) for s in draw.integers(0, 700 * DAY, callers)]
    kinds, rows = [("a", "b")[i % 2] for i in range(callers)], []
    for number, (start, kind) in enumerate(zip(since, kinds, strict=True)):
        at = start
        while (at := at + dt.timedelta(seconds=draw.exponential(mean * DAY / (2 if kind == "a" else 1)))) < end:
            rows.append((number, at.replace(microsecond=0), at.date()))
    return {
        "caller": pl.DataFrame({"id": range(callers), "kind": kinds, "since": since}),
        "call": pl.DataFrame(rows, schema={"id": pl.Int64, "at": pl.Datetime("us"), "day": pl.Date}, orient="row"),
    }


def statuses(data: dict[str, pl.DataFrame], **changes: Any) -> dict[str, Status]:
    report = validator.audit(data, validator.load_contract(contract(**changes)), threads=1)
    return {found.id: found.status for found in report.findings if found.check == "arrivals"}


def test_a_contract_that_is_written_by_hand_is_read_back_and_judged() -> None:
    read = validator.load_contract(contract(curve={"over": ["2023-01-01", "2025-01-01"], "hour": [1] * 24}))

    assert validator.load_contract(validator.to_dict(read)) == read
    assert statuses(frames()) == {"arrivals.call.at": Status.PASS}
    assert statuses(frames(mean=17.0)) == dict.fromkeys(
        (f"arrivals.call.at.{sort}.{cell}" for sort in ("gaps", "number") for cell in ("a", "else")), Status.WARN
    )
    assert statuses(frames(8)) == {"arrivals.call.at": Status.PASS}
    assert statuses(frames(1)) == {}


@pytest.mark.parametrize(("mean", "status"), [(20.0, Status.PASS), (17.0, Status.WARN)])
def test_instants_with_a_time_zone_are_judged_as_well(mean: float, status: Status) -> None:
    data, declared = frames(mean=mean), contract()
    data["call"] = data["call"].with_columns(pl.col("at").dt.replace_time_zone("UTC"))
    declared["tables"]["call"]["columns"]["at"]["type"] = "timestamptz"
    report = validator.audit(data, validator.load_contract(declared), threads=1)

    assert {found.status for found in report.findings if found.check == "arrivals"} == {status}


def test_of_very_many_arrivals_some_parents_are_looked_at_and_the_finding_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrival_rows, "MOST_ROWS", 2_000)
    report = validator.audit(frames(), validator.load_contract(contract()), threads=1)
    (found,) = (each for each in report.findings if each.check == "arrivals")

    assert found.status is Status.PASS
    assert "looked at: 12.5 % of caller" in found.message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"start": "day"}, "caller has no column 'day'"),
        ({"by": ["colour"]}, "caller has no column 'colour'"),
        ({"by": None}, "1 values for 0 names"),
        ({"law": "gamma"}, "not the parameters of gamma"),
        ({"cells": [{"at": ["a"], "gap": {"mean": -1}}]}, "not a number of at least 0"),
        ({"curve": {"over": ["2025-01-01", "2024-01-01"]}}, "ends before it begins"),
        ({"curve": {"over": ["2024-01-01", "2025-01-01"], "spikes": {"Friday": 2}}}, "'Friday' is not an ISO date"),
    ],
)
def test_arrivals_that_do_not_fit_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ContractError) as error:
        validator.load_contract(contract(**changes))

    assert why in str(error.value)


def test_arrivals_need_a_parent_and_a_timestamp() -> None:
    wrong = contract()
    calls = wrong["tables"]["call"]
    calls["columns"]["day"] = {"type": "date", "arrivals": calls["columns"]["at"]["arrivals"]}
    with pytest.raises(ContractError, match="arrivals are timestamps, and the column is date"):
        validator.load_contract(wrong)

    del calls["parent"]
    with pytest.raises(ContractError, match="call has no parent"):
        validator.load_contract(wrong)
