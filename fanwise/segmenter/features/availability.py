"""What a source allows of each axis, and why not the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fanwise.segmenter.axes import AXES, FEATURES, AxisState, Feature

__all__ = ["axis_states", "features_of"]

FEWEST = 2
"""An axis of one feature is a feature, not an axis."""

WHERE = {
    "amount": "an order total, or prices of lines (order.total, order_item.amount, order_item.price)",
    "product": "products of lines (order_item.product)",
    "category": "categories (order_item.category or product.category)",
    "price": "prices of lines (order_item.price, or amount and quantity)",
    "discount": "discounts (order.discount, order_item.discount, order_item.list_price or a table of discounts)",
    "channel": "a channel of orders (order.channel)",
    "time": "a time of day (all orders are dates)",
    "created": "when accounts were created (customer.created)",
    "return": "returns (a table of returns, or the rule 'returns: {negative: true}')",
    "return_amount": "amounts of returns (return.amount)",
    "return_reason": "reasons of returns (return.reason)",
    "ticket": "a table of tickets",
    "ticket_kind": "kinds of tickets (ticket.kind)",
    "ticket_reopened": "whether tickets were opened again (ticket.reopened)",
}
"""Where each input may come from, in words."""


def features_of(axis: str) -> tuple[Feature, ...]:
    """Return the features of an axis, in order."""
    return tuple(feature for feature in FEATURES if feature.axis == axis)


def axis_states(inputs: Collection[str], axes: Iterable[str] | None = None) -> dict[str, AxisState]:
    """Return the state of each of `axes` (default: all) where a source has `inputs`."""
    wanted = AXES if axes is None else tuple(axes)
    return {axis: _state(axis, inputs) for axis in AXES if axis in wanted}


def _state(axis: str, inputs: Collection[str]) -> AxisState:
    there = [feature.name for feature in features_of(axis) if feature.needs.issubset(inputs)]
    missing = [feature.name for feature in features_of(axis) if not feature.needs.issubset(inputs)]
    lacking = {need for feature in features_of(axis) for need in feature.needs if need not in inputs}
    reason = "; ".join(words for need, words in WHERE.items() if need in lacking)
    if axis == "problem_complexity_profile":
        kinds = [need for need in ("product", "return_reason", "ticket") if need in inputs]
        if len(kinds) < FEWEST:
            return AxisState("off", (), tuple(missing), "needs two of: products of lines, reasons of returns, tickets")
    if len(there) < FEWEST:
        return AxisState("off", (), tuple(missing), f"needs {reason}")
    if missing:
        return AxisState("partial", tuple(there), tuple(missing), f"without {reason}")
    return AxisState("full", tuple(there))
