"""What rides along in the scan of a profile is what its own query says; where it cannot ride, it is asked alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fanwise.validator import Column, Contract, Edge, Table
from fanwise.validator.contract.model import Check
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures import uniqueness
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.row_rules import breaking, ride_of_rules, row_rules
from fanwise.validator.measures.uniqueness import first_rows, ride_of_keys, shown_numbered, shown_unique

RIDES = (ride_of_rules, ride_of_keys)
SHOP = Contract(
    "shop",
    {
        "product": Table({"id": Column("text"), "price": Column("float64")}, key=("id",)),
        "line": Table(
            {
                "o": Column("int64"),
                "n": Column("int64", min=1, max=3),
                "id": Column("text"),
                "paid": Column("float64", equals="id.price"),
            },
            key=("o", "n"),
            edges=(Edge(("id",), "product", ("id",)),),
        ),
    },
    checks=(Check("line", "paid > 1.5"),),
)


def shop(*, twice: bool = False) -> dict[str, pl.DataFrame]:
    """Return lines whose last one has another price than its product; twice: a product is there two times."""
    product = pl.DataFrame({"id": ["a", "b", "b"] if twice else ["a", "b"], "price": [1.5, 2.5, 2.5][: 2 + twice]})
    line = pl.DataFrame(
        {"o": [7, 7, 8, 9, 9, 9], "n": [1, 2, 1, 1, 2, 4], "id": list("ababab"), "paid": [1.5, 2.5, 1.5, 2.5, 1.5, 9.0]}
    )
    return {"product": product, "line": line}


def written(frames: dict[str, pl.DataFrame], folder: Path) -> Path:
    """Write the lines as three parts, so that each tells other ends."""
    frames["product"].write_parquet(folder / "product.parquet")
    (folder / "line").mkdir()
    for at in range(3):
        frames["line"][2 * at : 2 * at + 2].write_parquet(folder / "line" / f"part-{at}.parquet")
    return folder


@pytest.fixture(autouse=True)
def every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uniqueness, "LARGE", 1)


def answers(evidence: Evidence) -> dict[str, object]:
    found: dict[str, object] = {name: evidence.profile(name) for name in ("product", "line")}
    found |= {rule.id: breaking(evidence, rule) for rule in row_rules(SHOP, "line")}
    found["unique"] = shown_unique(evidence, "line", ("o", "n"))
    found["numbered"] = shown_numbered(evidence, "line", ("o",), "n", 1)
    found["firsts"] = first_rows(evidence, "line", ("o", "n"), "n")
    return found


@pytest.mark.parametrize("twice", [False, True])
def test_what_rides_along_is_what_is_asked_alone(twice: bool, tmp_path: Path) -> None:
    folder = written(shop(twice=twice), tmp_path)
    with Warehouse.open(folder, SHOP, threads=2) as warehouse:
        alone, together = answers(Evidence(warehouse, SHOP)), answers(Evidence(warehouse, SHOP, rides=RIDES))

    assert together == alone
    assert alone["line.n"] == 1 + twice
    assert alone["line.paid"] == 1 + twice
    assert alone["unique"]
    assert not alone["numbered"]
    assert alone["firsts"] == 3


def test_the_scan_of_the_profile_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warehouse.open(written(shop(), tmp_path), SHOP, threads=2) as warehouse:
        evidence = Evidence(warehouse, SHOP, rides=RIDES)
        evidence.profile("line")
        asked = list[str]()
        monkeypatch.setattr(Warehouse, "rows", lambda self, sql, values=(): asked.append(sql) or [(0,)])
        kept = {rule.kind: breaking(evidence, rule) for rule in row_rules(SHOP, "line") if rule.kind != "bounds"}

        assert kept == {"formula": 1, "condition": 3}
        assert shown_unique(evidence, "line", ("o", "n"))
        assert asked == []


@pytest.mark.parametrize("told", [(0, 9), (7, 12), (8, 9), (7, 8), (7, 7)])
def test_wrong_ends_in_a_file_change_no_answer(
    told: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Warehouse.open(written(shop(), tmp_path), SHOP, threads=2) as warehouse:
        right = answers(Evidence(warehouse, SHOP))
        monkeypatch.setattr(Warehouse, "told_ends", lambda self, table: {"o": told, "n": (1, 4)})

        assert answers(Evidence(warehouse, SHOP, rides=RIDES)) == right


def test_the_files_tell_the_ends_of_integers(tmp_path: Path) -> None:
    with Warehouse.open(written(shop(), tmp_path), SHOP) as warehouse:
        assert warehouse.told_ends("line") == {"o": (7, 9), "n": (1, 4)}
        assert warehouse.told_ends("product") == {}


def test_a_rule_that_cannot_be_computed_does_not_take_the_profile_with_it(tmp_path: Path) -> None:
    broken = Contract("x", SHOP.tables, checks=(Check("line", "cast(id as integer) > 0"),))
    with Warehouse.open(written(shop(), tmp_path), broken, threads=2) as warehouse:
        assert Evidence(warehouse, broken, rides=RIDES).profile("line") == Evidence(warehouse, broken).profile("line")
