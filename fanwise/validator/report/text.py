"""The report for a terminal: the verdict, what is wrong and what to do, then the numbers, in at most 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fanwise.text.numbers import decimal, number, percent, ratio_text, times
from fanwise.text.sanitize import printable
from fanwise.text.terminal import Style, table, wrapped
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.report.baseline import Regressions
from fanwise.validator.report.model import Lifetime, Measured, PairRow, Population, Report, SegmentRow

__all__ = ["render_text"]

_SECTIONS = (
    ("Could not be asked", (Status.ERROR,)),
    ("Failed", (Status.FAIL,)),
    ("Could not be decided", (Status.INCONCLUSIVE,)),
    ("Warnings", (Status.WARN,)),
    ("Not asked", (Status.SKIPPED,)),
)
MOST_LISTED = 12


def render_text(report: Report, style: Style, *, verbose: bool = False) -> str:
    """Return the report as text, ending in a newline."""
    sections = [_head(report, style)]
    if report.baseline is not None:
        sections.append([style.heading("Against the baseline"), *_regressions(report.baseline, style, verbose)])
    for title, statuses in _SECTIONS:
        found = report.with_status(*statuses)
        if found:
            sections.append([style.heading(title), *_findings(found, style, verbose)])
    sections += [
        [style.heading(f"{printable(measured.label)} by {printable(measured.axis)}"), *lines]
        for measured in report.measured
        if (lines := _measured(report, measured, style))
    ]
    sections += [_lifetime(lifetime, style) for lifetime in report.lifetimes]
    sections += [_population(population, style) for population in report.populations]
    sections += [_integrity(report, style), _letters(report, style)]
    if verbose:
        passed = report.with_status(Status.PASS)
        sections.append([style.heading("Passed"), *_findings(passed, style, verbose)])
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(report: Report, style: Style) -> list[str]:
    status = report.verdict.status
    first = f"{style.status(status)}  "
    lines = wrapped(f"{report.contract}: {report.verdict.line}", "", " " * (len(status) + 2), style)
    lines[0] = first + lines[0]
    rows = ", ".join(
        f"{table.rows:,} {table.name}" if table.rows is not None else f"no {table.name}" for table in report.tables
    )
    return [*lines, *wrapped(f"Rows: {rows}.", "  ", "  ", style)]


def _regressions(found: Regressions, style: Style, verbose: bool) -> Iterator[str]:
    yield from wrapped(found.line, "  ", "  ", style)
    listed = found.worse if verbose else found.worse[:MOST_LISTED]
    for each in listed:
        status = each.now or Status.SKIPPED
        was = f"was {each.before}: " if each.before not in (None, each.now) else ""
        indent = " " * (len(status) + 4)
        lines = wrapped(f"{was}{each.message}", "", indent, style)
        yield f"  {style.status(status)}  {lines[0]}"
        yield from lines[1:]
    if len(listed) < len(found.worse):
        yield "  and more; see the whole report"


def _findings(found: Sequence[Finding], style: Style, verbose: bool) -> Iterator[str]:
    """Yield each finding with its hint; findings that say the same of one pair are listed once."""
    reversed_pairs = {(finding.metric, finding.pair) for finding in found if finding.check == "direction"}
    listed, seen = 0, set()
    for finding in found:
        if finding.check == "ratio" and (finding.metric, finding.pair) in reversed_pairs:
            continue  # that the order is not there says more
        key = (finding.pair, finding.message)
        if key in seen:
            continue
        seen.add(key)
        if listed == MOST_LISTED and not verbose:
            yield "  and more; see the whole report"
            return
        listed += 1
        word = style.status(finding.status)
        indent = " " * (len(finding.status) + 4)
        lines = wrapped(finding.message, "", indent, style)
        yield f"  {word}  {lines[0]}"
        yield from lines[1:]
        if finding.hint:
            yield from wrapped(f"→ {finding.hint}", indent, indent + "  ", style)


def _measured(report: Report, measured: Measured, style: Style) -> list[str]:
    lines = _pairs(measured, style)
    lines += _segments(measured, style)
    lines += wrapped(_range_text(report, measured), "  ", "  ", style)
    return lines


def _pairs(measured: Measured, style: Style) -> list[str]:
    """Declared against measured: one line per pair."""
    rows = [
        [
            f"{pair.high} / {pair.low}",
            _claim(pair),
            times(pair.estimate),
            _interval(pair),
            percent(pair.achieved, 0),
            f"{pair.n[0]:,}/{pair.n[1]:,}",
            pair.status.value,
        ]
        for pair in measured.pairs
    ]
    if not rows:
        return []
    head = ["pair", "declared", "measured", "95 % interval", "achieved", "n", ""]
    few = any(pair.approximate and pair.interval for pair in measured.pairs)
    note = wrapped("~ approximate: few rows, or a heavy tail.", style=style) if few else []
    return [*table(head, rows, style, left=(0, 6)), *note]


def _interval(pair: PairRow) -> str:
    if pair.interval is None:
        return "–"
    bounds = f"{ratio_text(pair.interval.low)} to {ratio_text(pair.interval.high)}"
    return f"~ {bounds}" if pair.approximate else bounds


def _claim(pair: PairRow) -> str:
    if pair.expected is not None:
        return f"{pair.expected[0]:g}–{pair.expected[1]:g}"
    if pair.floor is not None:
        return f"> {times(pair.floor)}"
    if pair.declared is None:
        return "higher"
    return "equal" if pair.declared == 1 else times(pair.declared)


def _segments(measured: Measured, style: Style) -> list[str]:
    """How single counts or values are spread in each segment."""
    rows = [_segment_row(measured, row) for row in measured.segments]
    if not rows:
        return []
    if measured.aggregate == "share":
        head = ["segment", "rows", "hits", "share"]
    elif measured.aggregate == "count":
        head = ["segment", "n", "min", "p25", "median", "p75", "max", "mean", "sd", "zeros", "var/mean"]
    else:
        head = ["segment", "n", "min", "p25", "median", "p75", "max", "mean", "sd", "total"]
    return table(head, rows, style)


def _segment_row(measured: Measured, row: SegmentRow) -> list[str]:
    name = row.segment if row.segment is not None else "(null)"
    if measured.aggregate == "share":
        return [name, f"{row.rows:,}", f"{row.total:,.0f}", percent(row.mean)]
    spread = row.spread
    if spread is None:
        return [name, "0", *["–"] * (8 if measured.aggregate != "count" else 9)]
    # Values are shown with the decimals that they were rounded to, at most two; counts and their quartiles as they are.
    places = min(measured.decimals if measured.decimals is not None else 2, 2)
    if measured.aggregate == "count":
        quartiles = [f"{value:,g}" for value in (spread.low, spread.p25, spread.median, spread.p75, spread.high)]
        index = number(spread.sd**2 / spread.mean) if spread.mean else "–"
        return [name, f"{spread.n:,}", *quartiles, decimal(row.mean), decimal(spread.sd), f"{spread.zeros:,}", index]
    numbers = [_fitting(value, places) for value in (spread.low, spread.p25, spread.median, spread.p75, spread.high)]
    means = [_fitting(row.mean, 2), _fitting(spread.sd, 2)]
    return [name, f"{spread.n:,}", *numbers, *means, _fitting(row.total, places)]


def _fitting(value: float | None, places: int) -> str:
    """Return a value that a column of the table has room for."""
    if value is None:
        return "–"
    if 0 < abs(value) < 0.1:
        return number(value)
    return decimal(value, places if abs(value) < 10_000 else 0)


def _range_text(report: Report, measured: Measured) -> str:
    if measured.relative_range is None or measured.cov is None:
        return "Too little to say how far the segments lie apart."
    judged = "required" if any(metric.startswith("floor.") for metric in measured.metrics) else "shown beside"
    return (
        f"Highest mean {percent(measured.relative_range)} above the lowest "
        f"({judged}: {percent(measured.min_effect, 0)}); "
        f"CoV of the means {percent(measured.cov)} (shown beside: {percent(report.thresholds.cov, 0)})."
    )


def _population(population: Population, style: Style) -> list[str]:
    total = sum(population.counts.values())
    rows = []
    order = [*population.shares, *(name for name in population.counts if name not in population.shares)]
    for name in order:
        got = population.counts.get(name, 0)
        declared = population.shares.get(name) if name is not None else None
        shown = name if name is not None else "(null)"
        rows.append([shown, f"{got:,}", percent(got / total) if total else "–", percent(declared)])
    title = f"Segments of {population.axis} ({population.table}.{population.column})"
    return [style.heading(printable(title)), *table(["segment", "rows", "share", "declared"], rows, style)]


def _lifetime(lifetime: Lifetime, style: Style) -> list[str]:
    """Totals per carrier, those without rows counted as 0."""
    places = min(lifetime.decimals if lifetime.decimals is not None else 2, 2)
    rows = []
    for row in lifetime.segments:
        spread = row.spread
        numbers = (spread.median, spread.high) if spread is not None else (None, None)
        shown = [_fitting(value, places) for value in (row.mean, *numbers, row.total)]
        against = "1" if row.segment == lifetime.anchor else times(row.ratio)
        rows.append([row.segment, f"{row.carriers:,}", decimal(row.rate), *shown, against])
    head = ["segment", "n", "rows each", "mean", "median", "max", "total", "ratio"]
    title = f"{printable(lifetime.label)} by {printable(lifetime.axis)}"
    return [style.heading(title), *table(head, rows, style)]


def _letters(report: Report, style: Style) -> list[str]:
    """The letter of each axis, after the ladder that the other formats publish."""
    lines = []
    for grade in report.grades:
        if grade.letter is not None:
            reason = grade.reason if grade.reason.endswith(".") else f"{grade.reason}."
            lines += wrapped(f"{grade.axis}: {grade.letter}. {reason}", "  ", "    ", style)
    return [style.heading("Letters (A to F, by the worst pair)"), *lines] if lines else []


def _integrity(report: Report, style: Style) -> list[str]:
    found = [finding for finding in report.findings if finding.severity is Severity.INTEGRITY]
    passed = Counter(finding.check for finding in found if finding.status in (Status.PASS, Status.WARN))
    asked = Counter(finding.check for finding in found)
    parts = [f"{printable(check)} {passed[check]} of {number_asked}" for check, number_asked in asked.items()]
    return [style.heading("Integrity (passed of asked)"), *wrapped(", ".join(parts) + ".", "  ", "  ", style)]
