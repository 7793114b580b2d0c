"""From a source of orders to canonical tables."""
