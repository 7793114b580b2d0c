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
