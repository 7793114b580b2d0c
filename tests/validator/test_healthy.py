"""Healthy data have no FAIL, whatever the seed; broken data have one."""

from __future__ import annotations

import pytest

from fanwise.validator import Status

pytestmark = pytest.mark.system

SEEDS = range(100, 115)


def test_no_seed_of_a_healthy_shop_fails(make) -> None:
    failing = {}
    for seed in SEEDS:
        report = make(seed=seed, customers=400).audit()
        bad = report.with_status(Status.FAIL, Status.ERROR, Status.INCONCLUSIVE)
        if bad:
            failing[seed] = [finding.message for finding in bad]

    assert failing == {}


@pytest.mark.parametrize("sigma", [1.0, 1.8])
def test_heavy_tails_are_no_failure_either(make, sigma: float) -> None:
    for seed in range(200, 206):
        report = make(seed=seed, customers=100, sigma=sigma, orders=2.0).audit()

        assert not report.with_status(Status.FAIL, Status.ERROR), report.text()


@pytest.mark.slow
def test_no_seed_of_many_fails(make) -> None:
    for seed in range(1_000, 2_000):
        report = make(seed=seed, customers=400).audit()

        assert not report.with_status(Status.FAIL, Status.ERROR), report.text()
