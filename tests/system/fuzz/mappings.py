"""Mutants of mappings of discovery: refused with a code, or the features of no other customers than there are."""

from __future__ import annotations

import math
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from fanwise.segmenter import Place, discover
from fanwise.segmenter.session import opened
from tests.segmenter.shops import shop
from tests.system.fuzz.edits import EDITS, doubled, places, put, some
from tests.system.fuzz.outcomes import Outcome, guarded, told

__all__ = ["judge", "mutant", "outcome_of"]

MAPPING = """
tables:
  customer: {table: customer, id: customer_id, created: signed_up}
  order: {table: order, id: order_id, customer: customer_id, at: ordered_at, total: total, discount: discount, channel: channel}
  order_item: {table: order_item, order: order_id, product: product_id, quantity: quantity, price: unit_price}
  product: {table: product, id: product_id, category: category}
  return: {table: return, order: order_id, at: returned_at, amount: refund_amount, reason: reason}
  ticket: {table: ticket, customer: customer_id, at: opened_at, kind: kind, reopened: reopened}
as_of: 2024-07-01
order_grain: order
cancelled: {column: status, values: [cancelled]}
discounts: amount
"""
VALUES = (
    "order", "customer", "order_item", "return", "nothing", "ordered_at", "total", "customer_id", "status", "channel", "customer_day",
    "rate", "percent", "%d.%m.%Y", "%Y", "1.234,56", "1,234.56", None, True, [], {}, "~", "main.order", "order; drop table x", 'a"b',
    {"table": "order"}, {"column": "status", "values": ["paid", "cancelled"]}, {"negative": True}, "2024-02-30", "1500-01-01", "9999-12-31",
)  # fmt: skip
KEYS = (
    "tables", "as_of", "order_grain", "cancelled", "returns", "discounts", "date_format", "number_format", "order", "person", "total", "at", "list_price",
    "table", "values", "customer_day",
)  # fmt: skip


@cache
def folder_of(customers: int) -> str:
    """Return a folder with a small shop as CSV; it goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="fanwise-fuzz-")
    _kept.append(folder)
    for name, frame in shop(3, customers).items():
        frame.write_csv(Path(folder.name, f"{name}.csv"))
    return folder.name


_kept: list[Any] = []


def mutant(number: int, seed: int = 0) -> str:
    """Return the text of a mutant. The same numbers give the same mutant."""
    rng = random.Random(f"mapping {seed} {number}")
    content = yaml.safe_load(MAPPING.replace("as_of: 2024-07-01", "as_of: '2024-07-01'"))
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        rng.choice((*EDITS, _value, _value, _key))(rng, content)
    out: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)
    return doubled(rng, out) if rng.random() < 0.03 else out


def _value(rng: random.Random, content: Any) -> None:
    put(content, some(rng, content), rng.choice(VALUES))


def _key(rng: random.Random, content: Any) -> None:
    inner = [place for place in places(content) if not place or isinstance(_at(content, place), dict)]
    place = rng.choice(inner)
    if isinstance(found := _at(content, place), dict):
        found[rng.choice(KEYS)] = rng.choice(VALUES)


def _at(content: Any, place: Any) -> Any:
    for part in place:
        content = content[part]
    return content


def outcome_of(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number."""
    found = guarded(lambda: judge(mutant(number, seed), whole=number % 12 == 0), told)
    return found.kind, found.detail


def judge(text: str, *, whole: bool = False) -> Outcome:
    """Make the features of the shop by a mapping; raises what refuses it. whole: segments are found as well."""
    folder = folder_of(40)
    with tempfile.TemporaryDirectory() as own:
        path = Path(own, "mapping.yaml")
        path.write_text(text, encoding="utf-8")
        with opened(Place(folder, mapping=path, threads=1)) as source:
            features = pl.read_parquet(source.table.path)
        if whole:
            found = discover(Place(folder, mapping=path, threads=1), max_k=3)
            found.text()
            found.to_dict()
    if features["customer_id"].is_duplicated().any() or features["customer_id"].null_count():
        return Outcome("broken law", "a customer is there twice, or has no id")
    for name, dtype in features.schema.items():
        if dtype.is_float() and not all(math.isfinite(value) for value in features[name].drop_nulls()):
            return Outcome("broken law", f"{name} is not finite")
    most = max(frame[column].n_unique() for frame in shop(3, 40).values() for column in frame.columns)
    if features.height > most:
        return Outcome("broken law", f"{features.height} customers of {most}")
    return Outcome("made")
