"""Two axes with long names: at 80 columns nothing is cut, and every title says by what its rows are divided."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import polars as pl

from fanwise import validator
from fanwise.text.blocks import Table
from fanwise.validator import Report
from fanwise.validator.report.document import document_of

PLAN, CHANNEL = "subscription_plan_at_signup", "acquisition_channel"
PLANS = ("Enterprise Unlimited", "Business Professional", "Starter Self Service")
CHANNELS = ("private_banking_referral", "affluent_online_campaign")
HOME, EVENT, AMOUNT = "customer_account_profile", "customer_subscription_event", "recognised_revenue_amount"


@cache
def report() -> Report:
    rng = np.random.default_rng(5)
    row = np.arange(900)
    plan, channel = row % 3, row // 3 % 2
    counts = rng.poisson(3 * np.array([3, 2, 1])[plan] * np.array([1.5, 1])[channel])
    owner = np.repeat(row, counts)
    home = pl.DataFrame({"id": row, PLAN: np.array(PLANS)[plan], CHANNEL: np.array(CHANNELS)[channel]})
    event = pl.DataFrame({"account": owner, AMOUNT: rng.gamma(4, 10, owner.size) * np.array([2, 1.5, 1])[plan[owner]]})
    contract = {
        "contract": 1,
        "name": "saas",
        "tables": {
            HOME: {"key": "id", "columns": {"id": "int64", PLAN: "text", CHANNEL: "text"}},
            EVENT: {
                "parent": {"table": HOME, "columns": "account"},
                "columns": {"account": "int64", AMOUNT: "float64"},
            },
        },
        "axes": {PLAN: {"table": HOME, "column": PLAN}, CHANNEL: {"table": HOME, "column": CHANNEL}},
        "expect": {
            "plans": {"count": EVENT, "by": PLAN, "rank": list(PLANS)},
            "channels": {"count": EVENT, "by": CHANNEL, "rank": list(CHANNELS)},
            "worth": {"mean": f"{EVENT}.{AMOUNT}", "by": PLAN, "rank": list(PLANS)},
        },
    }
    return validator.audit({HOME: home, EVENT: event}, contract)


def tables() -> list[Table]:
    return [block for section in document_of(report()).sections for block in section.blocks if isinstance(block, Table)]


def test_nothing_is_wider_than_the_terminal_or_cut() -> None:
    text = report().text()

    assert report().exit_code == 0
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for name in (*PLANS, *CHANNELS):
        assert name.replace(" ", "").replace("_", "") in "".join(text.split()).replace("_", "")


def test_no_two_tables_of_a_section_have_one_title() -> None:
    sections = document_of(report()).sections
    titles = [(s.title, block.caption) for s in sections for block in s.blocks if isinstance(block, Table)]
    assert [title for title, times in Counter(titles).items() if times > 1 and title[1]] == []


def test_tests_ranges_and_deciles_name_the_axis() -> None:
    found = {table.caption: table for table in tables()}
    counts = [f"{EVENT} per {HOME} by {axis}" for axis in (PLAN, CHANNEL)]
    for caption in ("Tests and effect sizes", "Relative range and coefficient of variation", "Pairs of segments"):
        assert {str(row[0]) for row in found[caption].rows} >= set(counts)
    assert {f"{count}: units of each segment between the pooled deciles" for count in counts} <= found.keys()
