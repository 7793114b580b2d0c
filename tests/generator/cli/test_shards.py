"""`gen run --shard`, `gen merge` and `--resume` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gen = Callable[..., Any]


@pytest.fixture
def shards(gen: Gen, shop: Path) -> list[Path]:
    for index in (1, 2):
        said = gen("run", shop, "--shard", f"{index}/2")
        assert said.code == 0, said.err
        assert f"Published shard {index}/2 in" in said.err
        assert "`gen merge` joins all shards" in said.err
    return [Path(f"out/shop.shard-{index}-of-2") for index in (1, 2)]


def test_shards_are_merged_audited_and_published(gen: Gen, shop: Path, shards: list[Path]) -> None:
    assert shop.read_bytes() == (shards[0] / "schema.yaml").read_bytes()
    said = gen("merge", *shards)

    assert said.code == 0, said.err
    assert "PASS" in said.out
    assert "Published in" in said.err
    assert json.loads(Path("out/shop/manifest.json").read_text())["verdict"] == "pass"
    again = gen("merge", *shards)
    assert (again.code, "--force" in again.err) == (4, True)
    document = json.loads(gen("merge", *shards, "--force", "--json").out)
    assert (document["exit_code"], document["published"], document["shard"]) == (0, True, None)
    assert gen("run", shop, "--out", "one", "--quiet").code == 0
    one = json.loads(Path("one/manifest.json").read_text())["tables"]
    assert {name: table["content_hash"] for name, table in one.items()} == {
        name: table["content_hash"] for name, table in document["tables"].items()
    }


def test_shards_that_do_not_belong_together_are_refused(gen: Gen, shards: list[Path]) -> None:
    said = gen("merge", shards[0])
    assert said.code == 2
    assert "1 of 2 shards are missing: 2/2" in said.err
    assert "Hint: make it with" in said.err
    (shards[1] / "purchase.parquet").write_bytes(b"")
    said = gen("merge", *shards)
    assert said.code == 4
    assert "purchase.parquet: has 0 bytes, not" in said.err
    assert "--shard 2/2 --out" in said.err
    mended = gen("run", "shop.yaml", "--shard", "2/2", "--out", shards[1], "--resume")
    assert mended.code == 0, mended.err
    assert "1 file was kept and not generated again" in mended.err
    assert gen("merge", *shards, "--quiet").code == 0
    assert gen("merge", "nowhere", shards[0]).code == 4


@pytest.mark.parametrize(("text", "why"), [("0/3", "shards are counted from 1"), ("x", "not a shard such as 2/4")])
def test_a_shard_that_is_none_is_a_usage_error(gen: Gen, shop: Path, text: str, why: str) -> None:
    said = gen("run", shop, "--shard", text)

    assert said.code == 2
    assert why in said.err
    assert [path.name for path in Path().iterdir()] == ["shop.yaml"]


def test_a_doomed_run_stops_before_the_first_shard(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--shard", "1/2", "--rows", "customer=8")

    assert said.code in (1, 3)
    assert not Path("out/shop.shard-1-of-2").exists()
    assert Path("out/shop.shard-1-of-2.rejected/report.txt").exists()


def test_a_repeated_resume_has_nothing_to_do(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--resume").code == 0
    said = gen("run", shop, "--resume")
    assert said.code == 0
    assert "Complete and intact, nothing to do" in said.err
    document = json.loads(gen("run", shop, "--resume", "--json").out)
    assert (document["exit_code"], document["kept"], document["published"]) == (0, 6, True)
    other = gen("run", shop, "--resume", "--seed", "8")
    assert other.code == 2
    assert "seed 7 there, 8 here" in other.err


def test_spark_makes_its_own_shards(gen: Gen, shop: Path) -> None:
    for option in (["--shard", "1/2"], ["--resume"]):
        said = gen("run", shop, "--engine", "spark", *option)

        assert said.code == 2
        assert f"{option[0]} and --engine spark cannot be combined" in said.err
