"""The last sections: grades, prediction and outcome, how to check for yourself, method and words."""

from __future__ import annotations

from fanwise.text.blocks import Block, Code, Column, Items, Paragraph, Section, Table
from fanwise.text.numbers import percent, times
from fanwise.validator.report.model import Report
from fanwise.validator.verdict.grades import LADDER

__all__ = ["causes", "forecast", "glossary", "grades", "method", "verification"]

_WORDS = {
    "unit": "a row of the table that has the segment column; units are independent of one another",
    "fanout": "how many rows a row of another table has below it, or referring to it",
    "declared": "what the schema or contract says, before any bounds",
    "effective": "the ratio that the plan gives after bounds (minimum, maximum, clamp) and rounding",
    "95 % interval": "covers the true ratio in 95 of 100 data sets like this one",
    "p": "the probability of a result at least this extreme if what is tested is true; a small p speaks against it",
    "achieved": "ln(measured) / ln(declared): the share of a declared effect that is there",
    "variance / mean": "1 for counts of a Poisson distribution; above 1 if rows of one segment differ",
    "ω²": "the share of the variance of single values that segments explain, corrected for chance",
    "P(higher)": "the probability that a unit of one segment lies above one of another; 50 % means no difference",
    "Cramér’s V": "0 where segments have the same shape, 1 where the shape tells the segment",
    "INCONCLUSIVE": "too little data to tell; neither passed nor failed",
}


def causes(report: Report) -> Section | None:
    """Return the likely cause of everything that failed, with the place to look at."""
    if not report.causes:
        return None
    found: dict[tuple[str, str], list[str]] = {}
    for cause in report.causes:
        found.setdefault((f"{cause.text}.", str(cause.source) or "–"), []).append(cause.label)
    columns: tuple[Column, ...] = (Column("what", "text"), Column("likely cause", "text"), Column("look at", "code"))
    rows: tuple[tuple[str, ...], ...] = tuple((", ".join(labels), *cause) for cause, labels in found.items())
    if all(row[-1] == "–" for row in rows):
        columns, rows = columns[:-1], tuple(row[:-1] for row in rows)
    # Where each finding has said its own cause already, and no cause has several, a short text need not repeat them.
    advice = {finding.hint for finding in report.findings}
    said = len(rows) == len(report.causes) and all(any(each.text in hint for hint in advice) for each in report.causes)
    return Section("causes", "Root causes", (Table("", columns, rows),), depth=1 if said else 0)


def verification(report: Report) -> Section | None:
    """Return what to run to see for oneself, for each metric that failed, else for the first measured."""
    failed = {cause.metric for cause in report.causes if cause.metric}
    shown = [each for each in report.measured if failed & set(each.metrics)] or list(report.measured[:1])
    steps: list[Block] = []
    for each in shown:
        steps += [
            Paragraph(f"{each.title}, with each table as a view in DuckDB:"),
            Code(each.sql, "sql"),
        ]
    places = list(dict.fromkeys(str(cause.source) for cause in report.causes if str(cause.source)))
    files = list(dict.fromkeys(cause.source.file for cause in report.causes if cause.source.file))
    todo = [f"Read {place}." for place in places]
    todo += [f"Run gen plan {file}: it prints declared and bounded means of every effect." for file in files]
    todo += [f"Run gen check {file}: it tells whether the audit can pass." for file in files]
    blocks: list[Block] = [Items(tuple(todo), ordered=True)] if todo else []
    return Section("verification", "Verification steps", (*blocks, *steps), folded=True) if blocks or steps else None


def grades(report: Report) -> Section | None:
    """Return the grade of each axis and why it has it; None for a contract without axes."""
    columns = (Column("axis", "text"), Column("grade", "text"), Column("why", "text"))
    rows = tuple((each.axis, each.letter or "none", each.reason) for each in report.grades)
    about = "A to F, set by the worst pair"
    return Section("grades", "Grades", (Table("", columns, rows),), 1, about) if rows else None


def forecast(report: Report) -> Section | None:
    """Return what was predicted before generation, beside what came out."""
    expected = report.forecast
    if expected is None or not expected.outlooks:
        return None
    statuses = {(name, f"{p.high}/{p.low}"): p for each in report.measured for name in each.metrics for p in each.pairs}
    findings = {each.id: each for each in report.findings}
    columns = (
        Column("metric", "text"),
        Column("pair", "text"),
        Column("declared"),
        Column("effective"),
        Column("predicted to pass"),
        Column("measured"),
        Column("status", "status"),
    )
    rows = []
    for gate in expected.outlooks:
        pair, other = statuses.get((gate.metric, gate.pair)), findings.get(gate.metric)
        came = (times(pair.estimate), pair.status or "") if pair else ("–", "")
        if gate.gate == "correlation" and other is not None:
            came = ("–" if other.estimate is None else f"{other.estimate:.3g}", other.status)
        rows.append((gate.label, gate.pair_text, gate.declared, gate.effective_text, gate.chance, *came))
    verdict = Paragraph(f"Predicted before generation: {expected.verdict}")
    table = Table("", columns, tuple(rows), grouped=True)
    return Section("forecast", "Prediction and outcome", (verdict, table), folded=True)


def method(report: Report) -> Section:
    """Return how it was computed, and every threshold."""
    limits = report.thresholds
    notes = (
        "The unit is one row of the table with the segment column. Means are ratios of totals with cluster-robust "
        "(linearised) variances, so that rows of one unit may be alike; units without rows count as 0.",
        f"Order: one-sided Welch t on the log ratio of neighbouring segments at {limits.alpha_direction:g}; all must "
        "pass, so nothing is corrected for their number (intersection–union).",
        f"Declared ratio: fails where it is excluded at {limits.alpha_fail:g} after Holm over all declared ratios, "
        f"warns at {limits.alpha_warn:g}. "
        f"Grade A asks for a 90 % interval within {percent(limits.equivalence, 0)} of it (equivalence).",
        f"Axes with a rank and no declared effect: fanouts must differ by {percent(limits.min_effect_fanout, 0)}, "
        f"values by {percent(limits.min_effect_value, 0)}. "
        f"Ranges and floors use {100 * limits.interval:g} % intervals.",
        "Two-sided 95 % intervals are shown; those marked approximate rest on few units or heavy tails.",
        "Too little data is INCONCLUSIVE, never PASS. Differences, trends and shapes are shown and never gate.",
    )
    rows = tuple((name, f"{getattr(limits, name):g}") for name in limits.__dataclass_fields__)
    table = Table("Thresholds", (Column("threshold", "code"), Column("value")), rows)
    note = "An axis has the grade of its worst pair. Broken integrity is F. Grades are never averaged."
    ladder = Table("Grades", (Column("grade", "text"), Column("means", "text")), tuple(LADDER.items()), note)
    return Section("method", "Method", (Items(notes), table, ladder), folded=True)


def glossary(report: Report) -> Section:
    """Return what the words of the report mean."""
    columns = (Column("word", "text"), Column("meaning", "text"))
    return Section("glossary", "Glossary", (Table("", columns, tuple(_WORDS.items())),), folded=True)
