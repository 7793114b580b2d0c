"""The language for an agent: an overview, and every kind, part, ready dataset and error code by its name."""

from __future__ import annotations

import json
from typing import Any

from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.language import language_text
from fanwise.generator.language.document.resources import ready_names, ready_text
from fanwise.io.problems import catalogue
from fanwise.validator.contract.load import contract_schema

__all__ = ["reference"]

Json = dict[str, Any]
_CONTRACT = """\
contract: 1
name: shop
tables:
  customer: {key: customer_id, columns: {customer_id: int64, tier: text}}
  order:
    key: order_id
    parent: {table: customer, columns: customer_id}
    columns:
      order_id: int64
      customer_id: int64
      amount: {type: float64, decimals: 2, min: 0}
      status: {type: text, values: [paid, cancelled]}
axes:
  tier: {table: customer, column: tier, assign: unknown}
effects:
  orders: {kind: fanout, table: order, axis: tier, declared: {VIP: 2, Basic: 1}}
expect:
  spend: {mean: order.amount, by: tier, rank: VIP > Basic}
checks:
  - order.amount > 0
"""


def reference(topic: str) -> Json:
    """Return what is known of a topic; the overview for an empty one (UsageError for an unknown one)."""
    language = json.loads(language_text())
    parts: Json = language["$defs"]
    if not topic:
        return _overview(language, parts)
    if topic == "contract":
        return {"exit_code": 0, "topic": topic, "json_schema": contract_schema(), "example": _CONTRACT}
    if topic in ready_names():
        return {"exit_code": 0, "topic": topic, "yaml": ready_text(topic)}
    if topic in catalogue():
        return {"exit_code": 0, "topic": topic, **catalogue()[topic]}
    if topic in parts:
        return {"exit_code": 0, "topic": topic, "json_schema": parts[topic], "kind": "x-kind" in parts[topic]}
    if topic in language["properties"]:
        return {"exit_code": 0, "topic": topic, "json_schema": language["properties"][topic], "kind": False}
    known = ["contract", *parts, *language["properties"], *ready_names(), *catalogue()]
    raise UsageError("FW-USAGE-NAME", f"unknown topic '{topic}'", nearest(topic, known))


def _overview(language: Json, parts: Json) -> Json:
    described = {name: part.get("description", "") for name, part in language["properties"].items()}
    kinds = {name: part.get("description", "") for name, part in parts.items() if "x-kind" in part}
    return {
        "exit_code": 0,
        "language": "YAML; dates, times and text as in YAML 1.2. All errors of a file are reported at once.",
        "keys": described,
        "column_kinds": kinds,
        "other_topics": sorted(["contract", *(name for name in parts if name not in kinds)]),
        "ready_datasets": ready_names(),
        "example": ready_text("ecommerce"),
    }
