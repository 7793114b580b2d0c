"""Spread of references that choose within a group, and of those that do not choose a certain row."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.validator import ContractError, Finding, Status, audit, load_contract, to_dict

HOUSES = 500
Ints = np.ndarray[Any, np.dtype[np.int64]]


class Bank:
    """Accounts of houses, with weights, and transfers from one account to another one."""

    def __init__(self, seed: int, transfers: int, *, weighted: bool = True) -> None:
        self.random = np.random.default_rng(seed)
        self.house = np.repeat(np.arange(HOUSES), self.random.integers(2, 6, HOUSES))
        size = len(self.house)
        self.weight = self.random.uniform(0.2, 3, size).round(3) if weighted else np.ones(size)
        self.sender = self.random.integers(0, size, transfers)

    def receivers(self, *, within: bool, other: bool, weighted: bool = True) -> Ints:
        """Draw each receiver by itself, as a reference with `within` and `not` is declared to."""
        found = []
        for sender in self.sender:
            chance = self.weight.copy() if weighted else np.ones(len(self.weight))
            if within:
                chance[self.house != self.house[sender]] = 0
            if other:
                chance[sender] = 0
            at = np.searchsorted(np.cumsum(chance), self.random.random() * chance.sum(), side="right")
            found.append(int(at))
        return np.array(found)

    def first(self) -> Ints:
        """Return the first account of the sender's house."""
        return np.searchsorted(self.house, self.house[self.sender])

    def spreads(self, receiver: Ints, **spread: Any) -> list[Finding]:
        frames = {
            "account": pl.DataFrame({"aid": np.arange(len(self.house)), "hid": self.house, "weight": self.weight}),
            "transfer": pl.DataFrame({"tid": np.arange(len(receiver)), "sender": self.sender, "receiver": receiver}),
        }
        return [each for each in audit(frames, contract(**spread), threads=1).findings if each.check == "spread"]


def contract(**spread: Any) -> dict[str, Any]:
    return {
        "contract": 1,
        "name": "bank",
        "tables": {
            "account": {"key": "aid", "columns": {"aid": "int64", "hid": "int64", "weight": "float64"}},
            "transfer": {
                "key": "tid",
                "refs": [{"table": "account", "columns": "sender"}, {"table": "account", "columns": "receiver"}],
                "columns": {"tid": "int64", "sender": "int64", "receiver": "int64"},
            },
        },
        "spreads": [{"table": "transfer", "columns": "receiver", **spread}],
    }


LAWS: dict[str, dict[str, Any]] = {
    "within": {"by": ["hid"]},
    "not": {"other": "sender", "weight": "weight"},
    "both": {"by": ["hid"], "other": "sender", "weight": "weight"},
    "both, even": {"by": ["hid"], "other": "sender"},
}


def drawn(bank: Bank, law: str) -> Ints:
    spread = LAWS[law]
    return bank.receivers(within="by" in spread, other="other" in spread, weighted="weight" in spread)


@pytest.mark.parametrize("law", LAWS)
def test_references_that_are_drawn_as_declared_pass(law: str) -> None:
    bank = Bank(3, 4000)

    assert [each.status for each in bank.spreads(drawn(bank, law), **LAWS[law])] == [Status.PASS]


@pytest.mark.parametrize("law", [law for law in LAWS if "by" in LAWS[law]])
@pytest.mark.parametrize("transfers", [700, 4000, 20_000])
def test_the_first_row_of_each_group_is_seen(law: str, transfers: int) -> None:
    bank = Bank(4, transfers)
    (one,) = bank.spreads(bank.first(), **LAWS[law])

    assert one.status is Status.WARN


@pytest.mark.parametrize("law", ["not", "both"])
def test_weights_that_were_not_used_are_seen(law: str) -> None:
    bank = Bank(5, 20_000)
    receivers = bank.receivers(within="by" in LAWS[law], other=True, weighted=False)

    assert [each.status for each in bank.spreads(receivers, **LAWS[law])] == [Status.WARN]


def test_a_row_that_a_reference_may_not_lead_to_leaves_its_chance_to_the_others() -> None:
    """Where one account sends half of all transfers, the others receive more than their share of all weights."""
    bank = Bank(6, 20_000)
    bank.sender[::2] = 7
    bank.weight[7] = bank.weight.sum()
    receivers = bank.receivers(within=False, other=True)

    assert [each.status for each in bank.spreads(receivers, **LAWS["not"])] == [Status.PASS]
    assert [each.status for each in bank.spreads(receivers, weight="weight")] == [Status.WARN]


def test_the_order_of_rows_changes_nothing() -> None:
    bank = Bank(7, 3000)
    receivers = drawn(bank, "both")
    first = bank.spreads(receivers, **LAWS["both"])
    bank.sender = bank.sender[::-1].copy()
    again = bank.spreads(receivers[::-1].copy(), **LAWS["both"])

    assert [each.p for each in first] == [each.p for each in again]


@pytest.mark.parametrize(
    ("spread", "words"),
    [
        ({"by": ["height"]}, "height"),
        ({"by": ["hid"], "zipf": 1}, "there is by too"),
        ({"other": "sender", "zipf": 1}, "there is other too"),
        ({"other": "receiver"}, "other reference to account"),
        ({"other": "tid"}, "other reference to account"),
    ],
)
def test_a_spread_that_cannot_be_asked_is_refused(spread: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        load_contract(contract(**spread))


def test_a_contract_is_read_back() -> None:
    declared = load_contract(contract(**LAWS["both"]))

    assert load_contract(to_dict(declared)) == declared


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_correct_references_are_not_accused(law: str) -> None:
    """Of 120 data sets of each law, in all and of few rows for each target, not one may warn but by rare chance."""
    warned = 0
    for seed in range(120):
        bank = Bank(seed, (150, 600, 3000, 9000)[seed % 4])
        warned += sum(each.status is Status.WARN for each in bank.spreads(drawn(bank, law), **LAWS[law]))

    assert warned <= 1
