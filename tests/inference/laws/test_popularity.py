"""Popularity of rows referred to: exponents are those of the draws, and evenness is not taken for popularity."""

from __future__ import annotations

import re

import pytest

import fanwise
from fanwise.generator.language import load

SHOP = """
fanwise: 1
name: shop
tables:
  customer: {{rows: 200, key: customer_id, columns: {{customer_id: {{sequence: {{}}}}}}}}
  product: {{rows: {products}, key: sku, columns: {{sku: {{pattern: "P-{{seq:05}}"}}}}}}
  sale:
    parent: customer
    fanout: {{poisson: {{mean: {mean}}}}}
    key: sale_id
    columns:
      sale_id: {{sequence: {{}}}}
      customer_id: {{parent: customer_id}}
      sku: {{ref: product{weight}}}
"""


def exponent_of(text: str) -> float | None:
    data = fanwise.dataset(text)
    found = fanwise.infer({name: data[name] for name in data.tables})
    assert load(found).tables["sale"].columns["sku"].reference is not None
    told = re.search(r"weight: \{zipf: ([\d.]+)\}", found)
    return float(told[1]) if told else None


@pytest.mark.parametrize("exponent", [0.4, 1.0, 1.8])
@pytest.mark.parametrize(("products", "mean"), [(8, 20), (500, 5), (500, 50)])
def test_the_exponent_is_that_of_the_draws(exponent: float, products: int, mean: int) -> None:
    text = SHOP.format(products=products, mean=mean, weight=f", weight: {{zipf: {exponent}}}")

    assert exponent_of(text) == pytest.approx(exponent, abs=0.15)


@pytest.mark.parametrize(("products", "mean"), [(8, 20), (500, 1), (500, 50), (5000, 1)])
def test_even_references_have_none(products: int, mean: int) -> None:
    assert exponent_of(SHOP.format(products=products, mean=mean, weight="")) is None
