"""Statistical validation: differences, ranks, explained variance, trend and shape of each measure; none of it gates."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.text.blocks import Block, Column, Paragraph, Section, Table
from fanwise.text.numbers import number, p_text, percent
from fanwise.validator.measures.omnibus import Statistics
from fanwise.validator.report.model import Measured, Report
from fanwise.validator.report.sections.population import segment_text

__all__ = ["CHECKS", "MOST_ALIKE", "statistics"]

CHECKS = frozenset({"difference", "trend", "shape"})
"""The checks whose findings this section shows."""

MOST_ALIKE = 0.25
"""Segments that may differ by more are not called alike."""

_INTRODUCTION = (
    "Whether segments differ at all says little: what counts is whether they differ as declared, which the table of "
    "ratios above decides. A large p does not prove that segments are equal; an interval shows how close they are."
)


def statistics(report: Report) -> Section | None:
    """Return tests and effect sizes of every measure; None where nothing was measured."""
    found = [each for each in report.measured if each.statistics is not None]
    if not found:
        return None
    blocks: list[Block] = [Paragraph(_INTRODUCTION), _tests(found)]
    variation = _variation(report, found)
    contrasts, dispersion = _contrasts(found), _dispersion(report, found)
    blocks += [table for table in (variation, contrasts, dispersion) if table.rows]
    blocks += [table for each in found if (table := _deciles(each)) is not None]
    return Section("statistics", "Statistical validation", tuple(blocks), folded=True)


def _tests(found: list[Measured]) -> Table:
    columns = (Column("of", "text"), Column("test", "text"), Column("statistic"), Column("p"))
    rows = tuple(
        row for each in found if each.statistics is not None for row in _test_rows(each.title, each.statistics)
    )
    note = (
        "Welch: means with unequal variances, clustered by unit. Kruskal–Wallis, trend and shape: one value per "
        "unit; no p for means of a unit’s rows, which scatter the less the more rows there are. ω²: share of the "
        "variance of single counts or values that the segments explain. For information."
    )
    return Table("Tests and effect sizes", columns, rows, note, grouped=True)


def _test_rows(title: str, found: Statistics) -> Iterator[tuple[str, ...]]:
    if found.anova is not None:
        anova = found.anova
        degrees = f"F({anova.between:g}, {anova.within:.0f})"
        yield title, f"any difference: Welch {degrees}", number(anova.f), p_text(anova.p)
    if found.kruskal is not None:
        kruskal = found.kruskal
        yield title, f"any difference: Kruskal–Wallis H({kruskal.df})", number(kruskal.h), p_text(kruskal.p)
        yield title, "ranks: ε²", number(kruskal.epsilon2), "–"
    if found.omega2 is not None and found.eta2 is not None:
        yield title, "variance explained: ω² (η²)", f"{number(max(found.omega2, 0.0))} ({number(found.eta2)})", "–"
    if found.trend is not None:
        order = " > ".join(found.trend.order)
        yield title, f"trend: Jonckheere–Terpstra {order}, z", number(found.trend.z), p_text(found.trend.p)
    if found.shape is not None:
        shape = found.shape
        yield title, f"shape: χ²({shape.df}) of pooled deciles", number(shape.statistic), p_text(shape.p)
        yield title, "shape: Cramér’s V", number(shape.cramer), "–"


def _variation(report: Report, found: list[Measured]) -> Table:
    heads = ("range / lowest", "min_effect", "CoV of the means", "cov")
    columns = (Column("measure", "text"), *(Column(head) for head in heads))
    cov = percent(report.thresholds.cov, 0)
    rows = tuple(
        (each.title, percent(each.relative_range, 2), percent(each.min_effect, 0), percent(each.cov, 2), cov)
        for each in found
        if each.relative_range is not None and each.cov is not None
    )
    note = (
        "Of means per segment, never of totals, whose variation is that of segment sizes. Neither knows noise or "
        "order: a reversed effect has the same figures. min_effect and cov gate no declared effect."
    )
    return Table("Relative range and coefficient of variation", columns, rows, note)


def _contrasts(found: list[Measured]) -> Table:
    columns = (
        Column("measure", "text"),
        Column("pair", "text"),
        Column("P(higher)"),
        Column("Cliff’s δ"),
        Column("differ by less than"),
    )
    rows = tuple(
        (
            each.title,
            f"{contrast.high} / {contrast.low}",
            percent(contrast.superiority),
            f"{2 * contrast.superiority - 1:.2f}" if contrast.superiority is not None else "–",
            _closeness_text(contrast.closeness),
        )
        for each in found
        if each.statistics is not None
        for contrast in each.statistics.contrasts
    )
    note = (
        "P(higher): the probability that a unit of the first segment lies above one of the second, ties counting "
        "half. Differ by less than: shown by two one-sided tests at 5 % (the 90 % interval of the ratio), up to 25 %."
    )
    return Table("Pairs of segments", columns, rows, note, grouped=True)


def _closeness_text(closeness: float | None) -> str:
    return f"{math.ceil(100 * closeness)} %" if closeness is not None and closeness <= MOST_ALIKE else "–"


def _dispersion(report: Report, found: list[Measured]) -> Table:
    columns = (Column("counts", "text"), Column("segment", "text"), Column("variance / mean"))
    rows = tuple(
        (each.title, name, number(index))
        for each in found
        if each.statistics is not None
        for name, index in each.statistics.dispersion.items()
    )
    wrong = [each for each in report.findings if each.check == "dispersion" and each.status.value == "WARN"]
    note = "1 for a Poisson distribution; more if the rows of one segment differ among themselves."
    if wrong:
        note += " " + " ".join(each.message for each in wrong)
    return Table("Dispersion of counts", columns, rows, note, grouped=True)


def _deciles(measured: Measured) -> Table | None:
    """Return the share of each segment's units between the pooled deciles."""
    deciles = measured.statistics.deciles if measured.statistics else None
    if deciles is None or not deciles.edges:
        return None
    ends = [f"{float(f'{edge:.4g}'):,g}" for edge in deciles.edges]
    heads = [f"≤ {ends[0]}", *(f"– {end}" for end in ends[1:]), f"> {ends[-1]}"]
    heads = heads[: len(next(iter(deciles.counts.values())))]
    rows = []
    for name, counts in deciles.counts.items():
        total = sum(counts)
        rows.append((segment_text(name), *(percent(n / total, 0) if total else "–" for n in counts)))
    columns = (Column("segment", "text"), *(Column(head) for head in heads))
    return Table(f"{measured.title}: units of each segment between the pooled deciles", columns, tuple(rows))
