"""What is mutated: every schema of the repository, as documents with few rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fanwise.generator.language.document.sources import RULES
from fanwise.io.yaml import read_text

ROOT = Path(__file__).parents[3]
ROWS = 40
"""The most rows of a root table: enough for every kind, and a mutant takes milliseconds."""
_SCHEMA = re.compile(r"^fanwise: 1\n.*?(?=^[A-Z]+$|^```)", re.MULTILINE | re.DOTALL)

# Features beside one another that no example has.
OWN = """
fanwise: 1
name: own
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.2, Casual: 0.8}, rank: VIP > Casual}
  region: {table: customer, share: {North: 0.5, South: 0.5}, assign: random}
curves: {busy: {weekday: {Sat: 2}, hour: {20: 3}, trend: 10%/y, spikes: {2024-11-29: 5}}}
tables:
  country: {key: code, values: [{code: US, vat: 0}, {code: DE, vat: 0.19}]}
  customer:
    rows: 40
    key: id
    columns:
      id: {sequence: {start: 100, step: 2}}
      tier: {segment: tier}
      region: {segment: region}
      country: {ref: country}
      name: {fake: name, null: 10%}
      code: {pattern: "C-[A-F]##", unique: true}
      joined: {date: {between: [window.start, window.end]}}
      score: {beta: {mean: 0.3, n: 5}, multiplier: {tier: {VIP: 2, Casual: 1}}}
      total: {rollup: {sum: purchase.amount}, clamp: [0, 500]}
  purchase:
    parent: customer
    fanout: {negbin: {mean: 3, k: 3}, max: 9, multiplier: {tier: {VIP: 2, Casual: 1}}}
    key: purchase_id
    columns:
      purchase_id: {sequence: {}}
      id: {parent: id}
      n: {ordinal: {}}
      earlier: {ref: purchase}
      at: {timestamp: {between: [customer.joined, window.end], curve: busy, order: ascending}}
      shipped: {after: {column: at, lag: {exponential: {mean: 2d}}, until: window.end}}
      status: {states: {start: new, next: {new: {paid: 0.5, new: 0.5}}}}
      amount: {lognormal: {median: 20, sigma: 0.6}, clamp: [1, 90], when: {customer.region: {North: 0}}, round: 2}
      so_far: {running: {sum: amount}}
      before: {previous: {column: amount, else: 0}}
      note: {expr: "upper(status) || '/' || customer.tier"}
checks: ["purchase.shipped >= purchase.at"]
"""


@cache
def definitions() -> dict[str, Any]:
    """Return the parts of the JSON Schema of the language."""
    schema = json.loads((ROOT / "schemas" / "dataset.schema.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = schema["$defs"]
    return found


@cache
def documents() -> tuple[tuple[str, str], ...]:
    """Return a name and a text of each schema, with few rows; the texts are those of mappings."""
    return tuple((name, yaml.safe_dump(_small(content), sort_keys=False)) for name, content in _found())


def _found() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "own", _content(OWN)
    for path in sorted((ROOT / "schemas").glob("*.yaml")):
        yield path.stem, _content(path.read_text(encoding="utf-8"))
    yield "shop", _content((ROOT / "tests/generator/language/shop.yaml").read_text(encoding="utf-8"))
    for path in sorted([*(ROOT / "examples").rglob("*.yaml"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]):
        for number, text in enumerate(_SCHEMA.findall(f"{path.read_text(encoding='utf-8')}\nEND")):
            content = _content(text)
            if isinstance(content.get("tables"), dict) and not ("include" in content or "file: " in text):
                yield f"{path.stem}-{number}", content


def _content(text: str) -> Any:
    """Return a text's content as the language reads it: `no` is a text, and so are dates."""
    return json.loads(json.dumps(read_text(text, "seed", RULES).content))


def _small(content: dict[str, Any]) -> dict[str, Any]:
    for table in content["tables"].values():
        if isinstance(table, dict) and isinstance(table.get("rows"), int):
            table["rows"] = min(table["rows"], ROWS)
    return content
