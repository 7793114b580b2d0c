"""Ranks against declared means: contradictions that the contract holds within itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fanwise.validator.contract.metrics import Metric, metrics_of
from fanwise.validator.contract.model import Contract, Source

__all__ = ["rank_conflicts"]

Conflict = tuple[str, str, str, tuple[Source, ...]]


def rank_conflicts(contract: Contract) -> Iterator[Conflict]:
    """Yield (metric id, message, hint, places) of each effect whose means run against a rank; ties do not.

    The rank is that of an expectation for the same measure where it states one, else that of the axis, which binds
    counts and means. An expectation that states only ranges frees its measure from the axis' rank.
    """
    found = metrics_of(contract)
    expected = [metric for metric in found if metric.role == "expected" and (metric.rank or metric.ratios)]
    for metric in found:
        if metric.role != "declared" or metric.claim == "none":
            continue
        own = next((other for other in expected if other.measure.same(metric.measure)), None)
        if own is not None:
            yield from _against(metric, own.rank, own.source, "change one of the two.")
        else:
            hint = "change one of the two, or give this metric its own rank under audit.expect."
            yield from _against(metric, metric.rank, contract.axes[metric.measure.axis].rank_source, hint)


def _against(metric: Metric, rank: tuple[str, ...], place: Source, hint: str) -> Iterator[Conflict]:
    for high, low in pairwise(rank):
        above, under = metric.declared.get(high), metric.declared.get(low)
        if above is None or under is None or above >= under:
            continue
        one, other = (metric.sources.get(name, metric.source) for name in (high, low))
        at = (one,) if (one.file, one.line) == (other.file, other.line) else (one, other)
        message = (
            f"{metric.label}: {high} > {low} is the declared rank ({place}), but {high} is declared {above:g} "
            f"and {low} {under:g} ({', '.join(map(str, at))})."
        )
        yield metric.id, message, hint, (place, *at)
