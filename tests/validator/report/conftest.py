"""Reports to render: a healthy shop's, a failing one's with names that attack every format, one of many segments."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import Report
from tests.validator.shop import CONTRACT, START, make_shop

HOSTILE = {
    "VIP": "</script><img onerror=alert(1) src=x>",
    "Standard": "::error::|`@team`\x1b[2J\u202egnp #12 a%0Ab",
    "Casual": '\\(x^2\\) <a href="javascript:alert(1)">_a_</a> &amp; www.example.com',
}
FLAT = dict.fromkeys(HOSTILE, 1.0)


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    return {HOSTILE[name]: value for name, value in values.items()}


def _with_hostile_names(shop: Any) -> Any:
    """Return the shop with every segment renamed, in its data and in its contract."""
    shop.frames["customer"] = shop.frames["customer"].with_columns(pl.col("tier").replace_strict(HOSTILE))
    contract = shop.contract
    axis = contract["axes"]["tier"]
    axis["share"], axis["rank"] = _renamed(axis["share"]), list(HOSTILE.values())
    for effect in contract["effects"].values():
        effect["declared"] = _renamed(effect["declared"])
    expected = contract["expect"]["orders_per_customer"]
    expected["rank"] = list(HOSTILE.values())
    del expected["ratio"]
    expected["ratios"] = [{"of": HOSTILE["VIP"], "to": HOSTILE["Standard"], "between": [1.3, 1.9]}]
    return shop


def _many_segments(number: int) -> Report:
    """Return the report of customers in so many segments, a tenth apart, with an effect on orders and amounts."""
    generator = np.random.default_rng(3)
    names = np.array([f"segment {index:02}" for index in range(number)])
    factors = 1.1 ** np.arange(number)[::-1]
    segment = np.repeat(np.arange(number), 60)
    owner = np.repeat(np.arange(segment.size), generator.poisson(4 * factors[segment]))
    amount = np.round(generator.lognormal(3, 0.5, owner.size) * factors[segment[owner]], 2)
    contract = copy.deepcopy(CONTRACT)
    declared = dict(zip(names.tolist(), factors.tolist(), strict=True))
    share = dict.fromkeys(names.tolist(), 1 / number)
    contract["tables"] = {name: contract["tables"][name] for name in ("customer", "order")}
    contract["axes"]["tier"] |= {"share": share, "rank": names.tolist()}
    contract["effects"] = {name: contract["effects"][name] | {"declared": declared} for name in ("orders", "amount")}
    contract["expect"], contract["checks"] = {}, []
    start = pl.lit(START)
    customers = pl.DataFrame({"customer_id": np.arange(segment.size), "tier": names[segment]})
    orders = pl.DataFrame({"order_id": np.arange(owner.size), "customer_id": owner, "amount": amount})
    frames = {"customer": customers.with_columns(signed_up=start), "order": orders.with_columns(ordered_at=start)}
    return validator.audit(frames, contract)


@pytest.fixture(scope="session")
def healthy() -> Report:
    """A report that passes."""
    return make_shop().audit()


@pytest.fixture(scope="session")
def hostile() -> Report:
    """A report that fails, of segments whose names attack whatever shows them."""
    return _with_hostile_names(make_shop(value=FLAT)).audit()


@pytest.fixture(scope="session")
def twenty() -> Report:
    """A report of twenty segments."""
    return _many_segments(20)


@pytest.fixture(scope="session")
def names() -> dict[str, str]:
    """The hostile names."""
    return HOSTILE


@pytest.fixture
def page_file(hostile: Report, tmp_path: Path) -> Path:
    """The hostile report as a page on disk."""
    path = tmp_path / "report.html"
    path.write_text(hostile.render(".html"), encoding="utf-8")
    return path
