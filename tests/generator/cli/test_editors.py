"""`gen schema --out`: the JSON Schema of a file's own names, kept beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Gen = Callable[..., Any]


def test_the_names_of_a_file_are_written_and_written_again(gen: Gen, shop: Path) -> None:
    said = gen("schema", shop, "--out", "shop.schema.json")

    assert said.code == 0
    assert "# yaml-language-server: $schema=shop.schema.json" in said.err
    found = json.loads(Path("shop.schema.json").read_text(encoding="utf-8"))
    assert list(found["properties"]["tables"]["properties"]) == ["customer", "purchase"]
    shop.write_text(shop.read_text(encoding="utf-8").replace("purchase", "order"), encoding="utf-8")
    assert gen("schema", shop, "-o", "shop.schema.json").code == 0
    found = json.loads(Path("shop.schema.json").read_text(encoding="utf-8"))
    assert list(found["properties"]["tables"]["properties"]) == ["customer", "order"]


def test_another_file_is_not_replaced(gen: Gen, shop: Path) -> None:
    said = gen("schema", shop, "--out", shop)

    assert said.code == 4
    assert "FW-OUTPUT-EXISTS" in said.err
    assert shop.read_text(encoding="utf-8").startswith("fanwise: 1")
