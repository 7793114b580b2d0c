"""Segments: unknown values and nulls."""

from __future__ import annotations

import polars as pl

from fanwise.validator import Status


def test_declared_segments_pass(shop) -> None:
    assert shop.statuses("segments") == {"tier": Status.PASS}


def test_an_unknown_segment_is_named(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].with_columns(
        tier=pl.when(pl.col("customer_id") < 2).then(pl.lit("vip")).otherwise("tier")
    )
    found = shop.findings("segments")["tier.unknown"]

    assert found.status is Status.FAIL
    assert "'vip'" in found.message
    assert "VIP, Standard, Casual" in found.hint


def test_a_null_segment_fails_and_belongs_to_no_segment(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].with_columns(
        tier=pl.when(pl.col("customer_id") < 4).then(None).otherwise("tier")
    )
    report = shop.audit()
    found = {finding.id: finding for finding in report.findings}

    assert found["segments.tier.null"].evidence == {"rows": 4}
    assert report.populations[0].counts[None] == 4
    assert found["direction.orders.VIP-vs-Standard"].status is Status.PASS
    assert "(null)" in report.text()


def test_all_segments_null_is_inconclusive_for_effects(shop) -> None:
    shop.frames["customer"] = shop.frames["customer"].with_columns(tier=pl.lit(None, dtype=pl.String))
    report = shop.audit()

    assert report.exit_code == 1
    assert {f.status for f in report.findings if f.check == "direction"} == {Status.INCONCLUSIVE}
    assert {f.status for f in report.findings if f.check == "shares"} == {Status.INCONCLUSIVE}
