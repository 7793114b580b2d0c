"""Bad input: one screen that names place, cause and way out; no traceback, nothing written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLACE = re.compile(r"shop\.yaml:\d+:\d+: ")

# name: (what is replaced in the shop, by what, words that the message must hold)
SLIPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "malformed YAML": ("rank: gold > basic", "rank: [gold, basic", ()),
    "unknown kind": ("{lognormal:", "{lognorml:", ("lognorml", "lognormal")),
    "misspelt key": ("    rank: gold", "    rnak: gold", ("rnak", "rank")),
    "missing table": ("parent: customer\n", "parent: custmer\n", ("custmer", "customer")),
    "cycle": (
        "tier: {segment: tier}",
        "tier: {segment: tier}\n      last: {ref: purchase}",
        ("customer", "purchase"),
    ),
    "shares that do not sum to 1": ("{gold: 0.3, basic: 0.7}", "{gold: 0.3, basic: 0.6}", ("share", "0.9")),
    "negative mean": ("poisson: {mean: 6}", "poisson: {mean: -6}", ("-6",)),
    "segment without a multiplier": ("{gold: 2, basic: 1}", "{gold: 2}", ("basic",)),
    "segment that does not exist": ("{gold: 2, basic: 1}", "{gold: 2, basic: 1, silver: 1}", ("silver",)),
    "name with path characters": ("  purchase:\n", "  ../purchase:\n", ("../purchase",)),
    "duplicate key": ("seed: 7", "seed: 7\nseed: 8", ("seed",)),
    "a tag": ("seed: 7", "seed: !!python/object/apply:os.system ['true']", ()),
    "a number that is none": ("rows: 400", "rows: .inf", ()),
    "unpossible are ratio": (
        "fanout: {poisson: {mean: 6}, multiplier: {tier: {gold: 2, basic: 1}}}",
        "fanout: {poisson: {mean: 6}, max: 7, multiplier: {tier: {gold: 9, basic: 1}}}",
        ("gold", "possible are"),
    ),
}


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.name != "shop.yaml")


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_the_schema_is_placed_and_explained(
    gen: Callable[..., Any], shop: Path, name: str, command: str
) -> None:
    right, wrong, words = SLIPS[name]
    text = shop.read_text(encoding="utf-8")
    assert right in text
    shop.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    said = gen(command, shop)

    assert said.code == 2
    assert said.out == ""
    lines = said.err.splitlines()
    assert 1 <= len(lines) <= 24
    assert [line for line in lines if not PLACE.match(line)] == []
    assert "Traceback" not in said.err
    assert [word for word in words if word not in said.err] == []
    assert written(shop.parent) == []


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_all_slips_are_reported_at_once_and_also_quietly(gen: Callable[..., Any], shop: Path, quiet: list[str]) -> None:
    text = shop.read_text(encoding="utf-8")
    shop.write_text(
        text.replace("    rank: gold", "    rnak: gold").replace("{lognormal:", "{lognorml:"), encoding="utf-8"
    )

    said = gen("check", shop, *quiet)

    assert said.code == 2
    assert {line.split(": ")[0] for line in said.err.splitlines()} >= {"shop.yaml:9:5"}
    assert len(said.err.splitlines()) >= 2


def test_a_fanout_of_10_to_the_12_rows(gen: Callable[..., Any], shop: Path) -> None:
    text = shop.read_text(encoding="utf-8")
    shop.write_text(text.replace("{mean: 6}", "{mean: 4e6}").replace("rows: 400", "rows: 200000"), encoding="utf-8")

    said = gen("run", shop)

    assert said.code == 2
    assert said.err.startswith("shop.yaml:19:5: tables.purchase.fanout: about 1,040,000,000,000 rows")
    assert written(Path()) == []


def test_a_file_that_is_not_utf8(gen: Callable[..., Any], shop: Path) -> None:
    shop.write_bytes(shop.read_bytes().replace(b"name: shop", b"name: sh\xf8p"))

    said = gen("run", shop)

    assert said.code == 2
    assert PLACE.match(said.err)
    assert "UTF-8" in said.err
    assert written(Path()) == []


def test_a_file_that_is_not_there(gen: Callable[..., Any], shop: Path) -> None:
    said = gen("run", "shpo.yaml")

    assert said.code == 2
    assert "shpo.yaml" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rows", "customer"],
        ["--rows", "customer=x"],
        ["--rows", "customer=-1"],
        ["--rows", "custmer=5"],
        ["--rows", "purchase=5"],
        ["--rows", "customer=5", "--rows", "customer=6"],
        ["--scale", "0"],
        ["--scale", "-1"],
        ["--scale", "nan"],
        ["--scale", "inf"],
        ["--scale", "1e300"],
        ["--max-rows", "1000"],
        ["--format", "xlsx"],
        ["--compression", "rar"],
    ],
)
def test_arguments_that_do_not_fit(gen: Callable[..., Any], shop: Path, arguments: list[str]) -> None:
    said = gen("run", shop, *arguments)

    assert said.code == 2
    assert said.out == ""
    assert said.err.count("\n") <= 5
    assert "Traceback" not in said.err
    assert written(Path()) == []


def test_an_output_folder_that_cannot_be_made(gen: Callable[..., Any], shop: Path) -> None:
    said = gen("run", shop, "--out", shop / "data")

    assert said.code == 4
    assert "shop.yaml" in said.err
    assert "--out" in said.err
    assert written(Path()) == []


def test_a_folder_of_somebody_else_is_never_touched(gen: Callable[..., Any], shop: Path) -> None:
    mine = Path("mine")
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")

    for force in ([], ["--force"]):
        said = gen("run", shop, "--out", mine, *force)
        assert said.code == 4
        assert "mine" in said.err

    assert written(Path()) == ["mine", "mine/letter.txt"]


def test_a_file_that_is_not_replaced_is_told_without_an_option_that_is_missing(
    gen: Callable[..., Any], shop: Path
) -> None:
    Path("mine.yaml").write_text("mine")
    said = gen("contract", shop, "--out", "mine.yaml")

    assert said.code == 4
    assert "exists and is not replaced. Hint: choose another name" in said.err
    assert "--force" not in said.err
    assert Path("mine.yaml").read_text() == "mine"
