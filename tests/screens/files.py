"""The files that the screens are about: a shop that passes its audit, and schemas with one mistake each."""

from __future__ import annotations

from tests.generator.cli.conftest import SHOP

__all__ = ["MISTAKES", "SHOP", "with_mistake"]

MISTAKES: dict[str, tuple[str, str]] = {
    # name of the mistake -> what of the shop is replaced, and by what
    "key-misspelt": ("multiplier: {tier: {gold: 1.5", "multipler: {tier: {gold: 1.5"),
    "tab": ("    rows: 400", "\trows: 400"),
    "brace-unclosed": ("{segment: tier}", "{segment: tier"),
    "key-twice": ("    rows: 400", "    rows: 400\n    rows: 500"),
    "shares-not-one": ("gold: 0.3, basic: 0.7", "gold: 0.3, basic: 0.8"),
    "segment-missing": ("{tier: {gold: 2, basic: 1}}", "{tier: {gold: 2}}"),
    "segment-unknown": ("{tier: {gold: 2, basic: 1}}", "{tier: {gold: 2, basik: 1}}"),
    "axis-unknown": ("multiplier: {tier: {gold: 2", "multiplier: {teir: {gold: 2"),
    "kind-unknown": ("{lognormal: {mean: 40, sd: 25}", "{lognorm: {mean: 40, sd: 25}"),
    "parent-unknown": ("parent: customer\n", "parent: custommer\n"),
    "column-unknown": ("{parent: customer_id}", "{parent: customerid}"),
    "number-as-text": ("rows: 400", "rows: many"),
    "number-out-of-range": ("sd: 25", "sd: -25"),
    "window-reversed": ("start: 2024-01-01, end: 2025-01-01", "start: 2025-01-01, end: 2024-01-01"),
    "expression-unknown-name": ("round: 2}\n", "round: 2}\n      tax: {expr: amuont * 0.19}\n"),
    "expression-not-allowed": ("round: 2}\n", "round: 2}\n      tax: {expr: 'random() * amount'}\n"),
    "cycle": ("round: 2}\n", "round: 2}\n      a: {expr: b + 1}\n      b: {expr: a - 1}\n"),
    "provider-unknown": ("round: 2}\n", "round: 2}\n      phone: {fake: phone}\n"),
    "unique-impossible": ("round: 2}\n", "round: 2}\n      size: {choice: {S: 1, M: 1}, unique: true}\n"),
    "type-unknown": ("round: 2}\n", "round: 2, type: money}\n"),
    "rank-contradicted": ("{tier: {gold: 2, basic: 1}}", "{tier: {gold: 1, basic: 2}}"),
    "too-few-rows": ("rows: 400", "rows: 12"),
}


def with_mistake(name: str) -> str:
    """Return the shop with the mistake of this name.

    Raises:
        ValueError: The shop does not hold what the mistake replaces.
    """
    right, wrong = MISTAKES[name]
    if right not in SHOP:
        raise ValueError(f"the shop holds no {right!r}")
    return SHOP.replace(right, wrong, 1)
