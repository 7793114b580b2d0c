"""`gen plan`, `preview`, `schema`, `init`: looking without writing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.language import ready_names

Gen = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_is_written(shop: Path) -> Any:
    yield
    assert [path for path in Path().iterdir() if path.name not in {"shop.yaml", "new.yaml"}] == []


def test_plan_shows_tables_in_order_with_expected_rows_and_means(gen: Gen, shop: Path) -> None:
    said = gen("plan", shop)

    assert said.code == 0
    assert said.out.index("customer") < said.out.index("purchase")
    assert "3,050" in said.out  # counted: few enough; 400 × (0.3 × 12 + 0.7 × 6) = 3,120 is the mean of all seeds
    assert "gold" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_plan_as_json(gen: Gen, shop: Path) -> None:
    document = json.loads(gen("plan", shop, "--scale", "2", "--json").out)

    tables = {table["name"]: table for table in document["tables"]}
    assert tables["customer"]["expected_rows"] == 800
    assert tables["purchase"]["expected_rows"] == pytest.approx(6240, rel=0.05)
    assert tables["purchase"]["expected_bytes"] > 6240
    assert (document["format"], document["compression"]) == ("parquet", "zstd")
    means = {(mean["where"], mean["cell"]): mean["bounded"] for mean in document["means"]}
    assert means["purchase per customer", "gold"] == pytest.approx(12)


def test_plan_tells_the_bytes_of_a_format(gen: Gen, shop: Path) -> None:
    said = gen("plan", shop, "--format", "csv", "--compression", "gzip")
    assert said.code == 0
    assert "as csv, gzip" in said.out
    assert gen("plan", shop, "--format", "xlsx").code == 2
    sizes = {
        name: sum(t["expected_bytes"] for t in json.loads(gen("plan", shop, "--json", "--format", name).out)["tables"])
        for name in ("parquet", "csv", "jsonl")
    }
    assert sizes["parquet"] < sizes["csv"] < sizes["jsonl"]


def test_preview_shows_the_first_rows(gen: Gen, shop: Path) -> None:
    said = gen("preview", shop, "-n", "3")

    assert said.code == 0
    assert "customer_id" in said.out
    assert "amount" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_preview_is_what_a_run_begins_with(gen: Gen, shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    import polars as pl

    out = tmp_path_factory.mktemp("data") / "out"
    assert gen("run", shop, "--out", out).code == 0

    document = json.loads(gen("preview", shop, "--table", "purchase", "-n", "7", "--json").out)

    assert list(document) == ["purchase"]
    assert document["purchase"] == pl.read_parquet(out / "purchase.parquet").head(7).to_dicts()


def test_preview_of_an_unknown_table(gen: Gen, shop: Path) -> None:
    said = gen("preview", shop, "--table", "purchas")

    assert said.code == 2
    assert "purchase" in said.err


# Their forecasts rest on pilots, which take seconds.
SLOW = ("buytilldie", "clinic", "subscriptions")


@pytest.mark.parametrize(
    "name", [None, *(pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in ready_names())]
)
def test_every_template_is_a_valid_schema_that_explains_itself(gen: Gen, shop: Path, name: str | None) -> None:
    said = gen("init", *([name] if name else []), "--out", "new.yaml")

    assert said.code == 0
    assert Path("new.yaml").read_text(encoding="utf-8").count("#") > 5
    assert gen("check", "new.yaml").code == (1 if name == "ecommerce_flat" else 0)


def test_init_never_overwrites(gen: Gen, shop: Path) -> None:
    before = shop.read_bytes()

    assert gen("init", "--out", shop).code == 4
    assert shop.read_bytes() == before
    assert gen("init", "nonsense").code == 2


def test_schema_prints_the_language_or_the_names_of_a_file(gen: Gen, shop: Path) -> None:
    general = json.loads(gen("schema").out)
    special = gen("schema", shop).out

    assert general["$schema"].endswith("2020-12/schema")
    assert json.loads(special)
    assert '"gold"' in special


def test_a_preview_of_a_tree_that_fills_the_memory_is_refused(gen: Gen, shop: Path) -> None:
    """All rows below a row that is shown are made; a billion of them ended the process."""
    lines = ["fanwise: 1", "name: w", "tables:", "  t0: {rows: 1, key: k0, columns: {k0: {sequence: {}}}}"]
    for n in (1, 2, 3):
        own = f"{{k{n}: {{sequence: {{}}}}, k{n - 1}: {{parent: k{n - 1}}}}}"
        lines.append(f"  t{n}: {{parent: t{n - 1}, fanout: {{fixed: 1000}}, key: k{n}, columns: {own}}}")
    shop.write_text("\n".join(lines), encoding="utf-8")
    said = gen("preview", shop, "-n", "1")

    assert said.code == 2
    assert "one row of t0 has about 1,000,000,000 rows of t3 below it" in said.err
