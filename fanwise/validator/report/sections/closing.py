"""The last sections: letters, prediction against outcome, what to check and to do next, method and words."""

from __future__ import annotations

from fanwise.text.numbers import percent, times
from fanwise.validator.findings import Severity, Status
from fanwise.validator.report.blocks import Block, Code, Column, Items, Paragraph, Section, Table
from fanwise.validator.report.model import Report
from fanwise.validator.verdict.grades import LADDER

__all__ = ["causes", "forecast", "glossary", "method", "quality", "recommendations", "verification"]

_DIMENSIONS = {
    Severity.INTEGRITY: "structure: the data are what the contract says",
    Severity.EFFECT: "segments: order and size of effects",
    Severity.NOTE: "notes: never gate",
}
_WORST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN)
_WORDS = {
    "carrier": "a row of the table that has the segment column: the unit that is independent of others",
    "fanout": "how many rows a row of another table has below it, or referring to it",
    "declared": "what the schema or contract says, before any bounds",
    "effective": "the ratio that the plan gives after minimum, maximum and clamp",
    "95 % interval": "covers the true ratio in 95 of 100 data sets like this one",
    "p": "how often chance alone would give as much or more, if what is tested were true; small speaks against it",
    "achieved": "ln(measured) / ln(declared): the share of a declared effect that is there",
    "variance / mean": "1 for counts of a Poisson law; above 1 where rows of one segment differ among themselves",
    "ω²": "the share of the variance of single values that segments explain, corrected for chance",
    "P(higher)": "the probability that a carrier of one segment lies above one of another; 50 % is no difference",
    "Cramér’s V": "0 where segments have the same shape, 1 where the shape tells the segment",
    "INCONCLUSIVE": "too little data to tell; neither passed nor failed",
}


def causes(report: Report) -> Section | None:
    """Return the likely cause of everything that failed, with the place to look at."""
    if not report.causes:
        return None
    columns = (
        Column("what", "left", "text"),
        Column("likely cause", "left", "text"),
        Column("look at", "left", "code"),
    )
    rows = tuple((cause.label, f"{cause.text}.", str(cause.source) or "–") for cause in report.causes)
    return Section("causes", "Root causes", (Table("Likely causes", columns, rows),), essential=True)


def verification(report: Report) -> Section | None:
    """Return what to run to see for oneself, for each metric that failed, else for the first measured."""
    failed = {cause.metric for cause in report.causes if cause.metric}
    shown = [each for each in report.measured if failed & set(each.metrics)] or list(report.measured[:1])
    steps: list[Block] = []
    for each in shown:
        steps += [
            Paragraph(f"{each.label} by {each.axis}, with each table as a view in DuckDB:"),
            Code(each.sql, "sql"),
        ]
    places = list(dict.fromkeys(str(cause.source) for cause in report.causes if str(cause.source)))
    files = list(dict.fromkeys(cause.source.file for cause in report.causes if cause.source.file))
    todo = [f"Read {place}." for place in places]
    todo += [f"Run gen plan {file}: it prints declared and bounded means of every effect." for file in files]
    todo += [f"Run gen check {file}: it tells whether the audit can pass." for file in files]
    blocks: list[Block] = [Items(tuple(todo), ordered=True)] if todo else []
    return Section("verification", "Verification steps", (*blocks, *steps)) if blocks or steps else None


def quality(report: Report) -> Section:
    """Return the letters, the ladder that gives them, and how each dimension came out; no averaged score."""
    rows = []
    for severity, words in _DIMENSIONS.items():
        own = [finding.status for finding in report.findings if finding.severity is severity]
        if own:
            worst = next((status for status in _WORST if status in own), Status.PASS)
            rows.append((words, str(own.count(Status.PASS)), str(len(own) - own.count(Status.SKIPPED)), worst.value))
    columns = (Column("dimension", "left", "text"), Column("passed"), Column("asked"))
    dimensions = Table("Dimensions", (*columns, Column("worst", "left", "status")), tuple(rows))
    pair = (Column("axis", "left", "text"), Column("letter", "left", "text"), Column("why", "left", "text"))
    letters = Table("Letters", pair, tuple((each.axis, each.letter or "none", each.reason) for each in report.grades))
    steps = (Column("letter", "left", "text"), Column("means", "left", "text"))
    note = "An axis has the letter of its worst pair. Broken integrity is F. Letters and dimensions are never averaged."
    ladder = Table("The ladder", steps, tuple(LADDER.items()), note)
    return Section("quality", "Quality metrics", (dimensions, *((letters,) if report.grades else ()), ladder))


def forecast(report: Report) -> Section | None:
    """Return what was predicted before generation, beside what came out."""
    expected = report.forecast
    if expected is None or not expected.outlooks:
        return None
    statuses = {(name, f"{p.high}/{p.low}"): p for each in report.measured for name in each.metrics for p in each.pairs}
    columns = (
        Column("metric", "left", "text"),
        Column("pair", "left", "text"),
        Column("declared"),
        Column("effective"),
        Column("predicted to pass"),
        Column("measured"),
        Column("status", "left", "status"),
    )
    rows = []
    for outlook in expected.outlooks:
        pair = statuses.get((outlook.metric, outlook.pair))
        rows.append(
            (
                outlook.label, outlook.pair, outlook.declared, times(outlook.effective), _chance(outlook.probability),
                times(pair.estimate) if pair else "–", pair.status.value if pair else "",
            )
        )  # fmt: skip
    verdict = Paragraph(f"Predicted before generation: {expected.verdict}")
    return Section("forecast", "Prediction and outcome", (verdict, Table("Gates", columns, tuple(rows))))


def recommendations(report: Report) -> Section:
    """Return what to do, the hints of the worst findings first, each once."""
    found = [finding for status in _WORST for finding in report.with_status(status)]
    hints = list(dict.fromkeys(f"{finding.status.value}: {finding.hint}" for finding in found if finding.hint))
    if not hints:
        return Section("recommendations", "Recommendations", (Paragraph("Nothing to do: every promise is kept."),))
    return Section("recommendations", "Recommendations", (Items(tuple(hints), ordered=True),))


def method(report: Report) -> Section:
    """Return how it was computed, and every threshold."""
    limits = report.thresholds
    notes = (
        "The unit is one carrier. Means are ratios of totals with cluster-robust (linearised) variances, so that rows "
        "below one carrier may be alike; carriers without rows count as 0.",
        f"Order: one-sided Welch t on the log ratio of neighbouring segments at {limits.alpha_direction:g}; all must "
        "pass, so nothing is corrected for their number (intersection–union).",
        f"Declared ratio: fails where it is excluded at {limits.alpha_fail:g} after Holm over all declared ratios, "
        f"warns at {limits.alpha_warn:g}. "
        f"Size: the 90 % interval lies within {percent(limits.equivalence, 0)} of it (equivalence).",
        f"Axes with a rank and no declared effect: fanouts must differ by {percent(limits.min_effect_fanout, 0)}, "
        f"values by {percent(limits.min_effect_value, 0)}. "
        f"Ranges and floors use {100 * limits.interval:g} % intervals.",
        "Two-sided 95 % intervals are shown; those marked approximate rest on few units or heavy tails.",
        "Too little data is INCONCLUSIVE, never PASS. Differences, trends and shapes are shown and never gate.",
    )
    rows = tuple((name, f"{getattr(limits, name):g}") for name in limits.__dataclass_fields__)
    table = Table("Thresholds", (Column("threshold", "left", "code"), Column("value")), rows)
    return Section("method", "Method", (Items(notes), table))


def glossary(report: Report) -> Section:
    """Return what the words of the report mean."""
    columns = (Column("word", "left", "text"), Column("meaning", "left", "text"))
    return Section("glossary", "Glossary", (Table("Words", columns, tuple(_WORDS.items())),))


def _chance(probability: float | None) -> str:
    if probability is None:
        return "unknown"
    return "> 99.9 %" if probability > 0.999 else percent(probability)
