"""Correlation: normal scores of ranks beside scipy's, errors of clusters, and what is broken fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.validator import ContractError, Status, load_contract, to_dict
from fanwise.validator.checks.base import run_check
from fanwise.validator.checks.correlation import Correlations
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.findings import Finding
from fanwise.validator.measures.correlations import MeasuredCorrelation, correlations_of
from fanwise.validator.measures.evidence import Evidence

GROUPS = np.repeat(np.arange(300), 6)
ORDER = ["low", "mid", "high"]
BY_ODD = [{"at": [name], "declared": 0.6, "expected": 0.6, "label": name} for name in ("odd", "even")]


def frames(seed: int = 1) -> dict[str, pl.DataFrame]:
    """Return 300 parents, and below each 6 rows: y has the correlation 0.6 with x, and z an intraclass one of 0.3."""
    random = np.random.default_rng(seed)
    x, own, common = random.normal(size=1800), random.normal(size=1800), random.normal(size=300)
    y = 0.6 * x + 0.8 * own
    z = np.sqrt(0.3) * common[GROUPS] + np.sqrt(0.7) * random.normal(size=1800)
    row = pl.DataFrame({"top_id": GROUPS, "no": np.tile(np.arange(6), 300), "x": np.exp(x), "y": y, "z": z})
    level = pl.Series(np.array(ORDER)[np.digitize(y, [-0.5, 1.0])])
    odd = pl.Series(np.where(GROUPS % 2, "odd", "even"))
    return {"top": pl.DataFrame({"id": np.arange(300)}), "row": row.with_columns(level=level, odd=odd)}


def contract(*correlations: dict[str, Any]) -> dict[str, Any]:
    columns = {"top_id": "int64", "no": "int64", "x": "float64", "y": "float64", "z": "float64"}
    return {
        "contract": 1,
        "name": "correlated",
        "tables": {
            "top": {"key": "id", "columns": {"id": "int64"}},
            "row": {
                "key": ["top_id", "no"],
                "parent": {"columns": "top_id", "table": "top"},
                "columns": columns | {"level": "text", "odd": "text"},
            },
        },
        "correlations": list(correlations),
    }


def pair(declared: float = 0.6, expected: float | None = None, **more: Any) -> dict[str, Any]:
    cells = [{"declared": declared, "expected": declared if expected is None else expected}]
    return {"table": "row", "column": "y", "other": "x", "cells": cells, **more}


def alike(share: float = 0.3, **more: Any) -> dict[str, Any]:
    return {
        "table": "row", "column": "z", "below": [["top_id"]], "clusters": [[["top_id"]]],
        "cells": [{"declared": share, "expected": share}], **more,
    }  # fmt: skip


def measured(data: dict[str, pl.DataFrame], *correlations: dict[str, Any]) -> list[MeasuredCorrelation]:
    declared = load_contract(contract(*correlations))
    with Warehouse.open(data, declared, threads=1) as warehouse:
        return [found for each in correlations_of(Evidence(warehouse, declared)).values() for found in each]


def findings(data: dict[str, pl.DataFrame], *correlations: dict[str, Any]) -> list[Finding]:
    declared = load_contract(contract(*correlations))
    with Warehouse.open(data, declared, threads=1) as warehouse:
        return list(run_check(Correlations(), Evidence(warehouse, declared)))


def scores(values: Any) -> Any:
    return stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))


def test_the_correlation_is_that_of_scipys_ranks() -> None:
    row = frames()["row"]
    level = [ORDER.index(value) for value in row["level"]]
    plain, tied = measured(frames(), pair(), {**pair(), "column": "level", "order": ORDER})

    assert plain.found == pytest.approx(np.corrcoef(scores(row["x"]), scores(row["y"]))[0, 1], abs=1e-6)
    assert plain.error == pytest.approx((1 - plain.found**2) / np.sqrt(1800), rel=0.1)
    assert tied.found == pytest.approx(np.corrcoef(scores(row["x"]), scores(level))[0, 1], abs=1e-6)


def test_ranks_are_those_of_each_cell() -> None:
    row = frames()["row"]
    for found in measured(frames(), {**pair(), "by": ["odd"], "cells": BY_ODD}):
        own = row.filter(odd=found.label)
        assert found.found == pytest.approx(np.corrcoef(scores(own["x"]), scores(own["y"]))[0, 1], abs=1e-6)
        assert found.n == 900


def test_the_order_of_rows_changes_no_digit() -> None:
    """Sums of fractions would differ in the last digits, from one run of several threads to the next."""
    asked = pair(clusters=[[["top_id"]]]), {**pair(), "by": ["odd"], "cells": BY_ODD}, alike()
    before = measured(frames(), *asked)
    for seed in range(5):
        moved = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames().items()}
        assert measured(moved, *asked) == before


@pytest.mark.parametrize(("values", "found"), [("x", 1.0), ("-x", -1.0)])
def test_ranks_that_agree_in_every_row_leave_no_error_and_are_judged(values: str, found: float) -> None:
    data = frames()
    data["row"] = data["row"].with_columns(y=pl.col("x") * (-1 if values == "-x" else 1))

    (own,) = measured(data, pair())
    assert (own.found, own.error) == (pytest.approx(found, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert [each.status for each in findings(data, pair())] == [Status.FAIL]
    assert [each.status for each in findings(data, pair(found * 0.995))] == [Status.PASS]


def test_the_intraclass_correlation_is_that_of_pairs() -> None:
    z = scores(frames()["row"]["z"])
    z = z / np.sqrt(np.mean(z**2))
    sums = np.bincount(GROUPS, z)
    (found,) = measured(frames(), alike())

    assert found.found == pytest.approx((np.sum(sums**2) - np.sum(z**2)) / (300 * 6 * 5), abs=1e-6)
    assert found.clusters == 300


@pytest.mark.slow
def test_errors_are_those_of_many_data_sets() -> None:
    found = [measured(frames(seed), pair(), alike()) for seed in range(12)]
    for place in (0, 1):
        z = [(each[place].found - each[place].declared) / each[place].error for each in found]
        assert 3.05 < sum(value * value for value in z) < 32.9  # 0.5 % on each side of χ² with 12


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (pair(), Status.PASS),
        (alike(), Status.PASS),
        (pair(0.3), Status.FAIL),
        (alike(0.8), Status.FAIL),
        (pair(0.69), Status.WARN),
        (pair(0.2, claim="direction"), Status.PASS),
        (pair(-0.2, claim="direction"), Status.FAIL),
        (pair(-0.2, claim="none"), Status.PASS),
        ({**alike(), "apart": [["top_id"]]}, Status.SKIPPED),
    ],
)
def test_what_is_declared_is_judged(asked: dict[str, Any], status: Status) -> None:
    assert [each.status for each in findings(frames(), asked)] == [status]


def test_numbers_of_rows_are_correlated() -> None:
    """`rows` counts the child rows, none as 0, and the number is that of scipy's ranks."""
    random = np.random.default_rng(3)
    level = random.normal(size=300)
    n = random.poisson(np.exp(0.5 + 0.7 * level))
    data = {
        "top": pl.DataFrame({"id": np.arange(300), "level": level}),
        "row": pl.DataFrame({"top_id": np.repeat(np.arange(300), n)}),
    }
    raw = contract({"table": "top", "rows": "row", "other": "level", "cells": [{"declared": 0.6, "expected": 0.6}]})
    raw["tables"] = {
        "top": {"key": "id", "columns": {"id": "int64", "level": "float64"}},
        "row": {"parent": {"columns": "top_id", "table": "top"}, "columns": {"top_id": "int64"}},
    }
    declared = load_contract(raw)
    with Warehouse.open(data, declared, threads=1) as warehouse:
        ((found,),) = correlations_of(Evidence(warehouse, declared)).values()

    assert load_contract(to_dict(declared)) == declared
    assert (n == 0).any()
    assert found.n == 300
    assert found.found == pytest.approx(np.corrcoef(scores(n), scores(level))[0, 1], abs=1e-6)


def test_shuffled_values_fail() -> None:
    data = frames()
    data["row"] = data["row"].with_columns(pl.col("y", "z").shuffle(seed=1))

    assert [each.status for each in findings(data, pair(), alike())] == [Status.FAIL, Status.FAIL]


def judged_as(data: dict[str, pl.DataFrame], asked: dict[str, Any], **columns: dict[str, Any]) -> list[Finding]:
    raw = contract(asked)
    raw["tables"]["row"]["columns"] |= columns
    declared = load_contract(raw)
    with Warehouse.open(data, declared, threads=1) as warehouse:
        return list(run_check(Correlations(), Evidence(warehouse, declared)))


REAL = {"type": "float64", "kind": "continuous"}


@pytest.mark.parametrize("column", ["x", "y"])
@pytest.mark.parametrize("claim", ["ratio", "direction"])
def test_a_constant_column_goes_together_with_nothing(column: str, claim: str) -> None:
    data = frames()
    data["row"] = data["row"].with_columns(pl.lit(7.0).alias(column))

    (found,) = judged_as(data, pair(claim=claim), x=REAL, y=REAL)
    assert found.status is Status.FAIL
    assert f"row.{column} has one value in 1,800 rows" in found.message


def test_a_column_that_is_constant_in_one_segment_fails_there() -> None:
    data = frames()
    data["row"] = data["row"].with_columns(y=pl.when(pl.col("odd") == "odd").then(0.0).otherwise(pl.col("y")))

    found = judged_as(data, {**pair(), "by": ["odd"], "cells": BY_ODD}, x=REAL, y=REAL)
    assert {each.id.split("x.")[-1]: each.status for each in found} == {
        "even": Status.PASS,
        "odd.constant": Status.FAIL,
    }


def test_a_constant_column_of_rows_alike_fails() -> None:
    data = frames()
    data["row"] = data["row"].with_columns(z=pl.lit(1.0))

    assert [each.status for each in judged_as(data, alike(), z=REAL)] == [Status.FAIL]


@pytest.mark.parametrize(
    ("asked", "columns"),
    [
        (pair(), {"y": {**REAL, "min": 0}}),  # a bound may hold all of them
        (pair(), {"y": {"type": "float64"}}),
        (pair(claim="none"), {"y": REAL}),
    ],
)
def test_what_may_be_constant_by_itself_is_skipped_with_the_reason(
    asked: dict[str, Any], columns: dict[str, Any]
) -> None:
    data = frames()
    data["row"] = data["row"].with_columns(y=pl.lit(0.0))

    (found,) = judged_as(data, asked, **columns)
    assert found.status is Status.SKIPPED
    assert "one value in 1,800 rows; not judged" in found.message


def test_few_rows_are_not_judged() -> None:
    data = frames()
    data["row"] = data["row"].filter(pl.col("top_id") < 50)

    assert [each.status for each in findings(data, alike(0.9))] == [Status.SKIPPED]


def test_a_contract_is_read_back() -> None:
    declared = load_contract(
        contract(pair(by=["odd"], cells=[{"at": [None], "declared": 0.6, "expected": 0.5}]), alike())
    )

    assert load_contract(to_dict(declared)) == declared


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (pair(other="nope"), "nope"),
        (pair(table="nope"), "nope"),
        (pair(column="nope"), "nope"),
        (pair(rows="row"), "has both 'column' and 'rows'"),
        (
            {"table": "row", "rows": "top", "other": "x", "cells": [{"declared": 0.1, "expected": 0.1}]},
            "not the parent",
        ),
        (pair(by=["odd"]), "0 values for 1 names"),
        (pair(below=[["top_id"]]), "has both 'other' and 'below'"),
        (alike(below=[["no"]]), "no edge along no"),
    ],
)
def test_a_contract_that_does_not_fit_is_refused(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        load_contract(contract(asked))
