"""Contradictions: a rank against the declared means."""

from __future__ import annotations

from fanwise.validator import Status


def test_agreeing_ranks_say_nothing(shop) -> None:
    assert shop.statuses("contradiction") == {}


def test_a_mean_against_the_rank_fails_and_names_both_places(shop) -> None:
    shop.contract["effects"]["reviews"]["declared"] = {"VIP": 0.4, "Standard": 1.0, "Casual": 3.0}
    shop.contract["effects"]["reviews"]["source"] = {"file": "shop.yaml", "line": 40, "path": "tables.review"}
    shop.contract["axes"]["tier"]["rank_source"] = {"file": "shop.yaml", "line": 7, "path": "segments.tier.rank"}
    found = shop.findings("contradiction")

    assert [finding.status for finding in found.values()] == [Status.FAIL, Status.FAIL]
    assert all("shop.yaml:7" in finding.message and "shop.yaml:40" in finding.message for finding in found.values())


def test_the_lines_of_the_very_numbers_are_named(shop) -> None:
    effect = shop.contract["effects"]["reviews"]
    effect["declared"] = {"VIP": 1.0, "Standard": 3.0, "Casual": 0.4}
    effect["sources"] = {name: {"file": "shop.yaml", "line": 40 + i} for i, name in enumerate(effect["declared"])}
    (found,) = shop.findings("contradiction").values()

    assert "(shop.yaml:40, shop.yaml:41)" in found.message


def test_the_rank_of_an_axis_does_not_bind_a_share(shop) -> None:
    against = {"VIP": 0.2, "Standard": 0.5, "Casual": 0.8}
    effect = {"kind": "share", "table": "review", "column": "kind", "value": "text", "axis": "tier"}
    shop.contract["effects"]["kind"] = effect | {"declared": against}

    assert shop.statuses("contradiction") == {}


def test_ties_do_not_contradict(shop) -> None:
    shop.contract["effects"]["reviews"]["declared"] = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}

    assert shop.statuses("contradiction") == {}


def test_an_expectation_with_its_own_rank_frees_the_metric(shop) -> None:
    shop.contract["effects"]["reviews"]["declared"] = {"VIP": 0.4, "Standard": 1.0, "Casual": 3.0}
    shop.contract["expect"]["reviews"] = {
        "count": "review",
        "per": "customer",
        "by": "tier",
        "rank": "Casual > Standard > VIP",
    }

    assert shop.statuses("contradiction") == {}
