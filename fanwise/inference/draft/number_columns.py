"""Columns of numbers: one law with a multiplier where scaling fits all segments, else parameters per segment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.draft.unassigned import with_else, without_segment
from fanwise.inference.findings import Findings
from fanwise.inference.laws.count_laws import CountLaw, Counts, clipped, fit_counts, fit_segments, value_law
from fanwise.inference.laws.effects import Effect
from fanwise.inference.laws.laws import GRID, Law, Spread, Tail, fit, number, quantile_law
from fanwise.inference.laws.numbers import apart, counts_of, guarded, rare_values, spread_of, tail_of, unit_ends
from fanwise.inference.model import SEGMENT, UNIT, Column, Table, work_sql
from fanwise.inference.structure.paths import segment_name
from fanwise.inference.yaml_text import flow
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["draft_number", "typed", "with_effect"]

_LISTED = 400
_SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
_SAME = 0.06
_WHOLE = ("poisson", "negbin", "geometric", "integer", "bernoulli", "constant")
_INTEGERS = {"TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32"}


def typed(column: Column) -> str:
    """Return the modifier `type`, where the language would choose another one."""
    if column.type.startswith("DECIMAL"):
        return f'type: "{column.type.lower()}"'
    if column.sort == "int":
        return f"type: {_INTEGERS.get(column.type, 'float64' if column.type in ('DOUBLE', 'FLOAT') else 'int64')}"
    named = {"float": "float64", "text": "text", "date": "date", "instant": "timestamp", "bool": "bool"}
    return f"type: {named[column.sort]}"


def with_effect(findings: Findings, draft: ColumnDraft, name: str, effect: Effect) -> None:
    """Give a draft the multiplier of an effect, with its intervals as a comment."""
    factors = {effect.base: 1, **{segment: number(ratio) for segment, (ratio, _) in effect.ratios.items()}}
    draft.multiplier = {name: factors}
    told = []
    for segment in effect.ratios:
        low, high = effect.interval(segment, 1.96)
        told.append(f"{segment} {low:.3g} to {high:.3g}")
    draft.comment = "; ".join(filter(None, (draft.comment, f"95 %: {', '.join(told)}")))
    draft.weak = not findings.is_sure(effect)


def draft_number(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    """Return how a column of numbers is distributed."""
    name = segment_name(findings.found.source, table.name)
    effect = findings.effect(table.name, column.name) if name else None
    whole = findings.digits[table.name].get(column.name, 6) == 0 and column.distinct <= _LISTED
    draft = (
        _counted(findings, table, column, effect, name) if whole else _measured(findings, table, column, effect, name)
    )
    digits = findings.digits[table.name].get(column.name, 6)
    if effect is not None and draft.multiplier:
        own = quote_ident(column.name)
        draft.multiplier = {
            axis: with_else(findings, table.name, factors, own, effect.base)
            for axis, factors in draft.multiplier.items()
        }
    whole_kind = draft.body.startswith(_WHOLE)
    after = [] if whole_kind or digits > 5 else [f"round: {digits}"]
    kind = typed(column)
    if kind != ("type: int64" if whole_kind else "type: float64"):
        after.append(kind)
    draft.after = ", ".join(filter(None, (draft.after, *after)))
    return draft


def _counted(findings: Findings, table: Table, column: Column, effect: Effect | None, name: str | None) -> ColumnDraft:
    found, least, own = findings.found, findings.options.least, quote_ident(column.name)
    counts = counts_of(found, f"SELECT {own}, {quote_ident(SEGMENT)} FROM {work_sql(table.name)}", own)
    every = counts.pop(None)
    known = {segment: each for segment, each in counts.items() if segment is not None}
    if effect is None:
        ends = unit_ends(found, table.name, column.name, least)
        law = _even(findings, table, column, every) or fit_counts(every) or value_law(clipped(every, ends), least)
        return _of_counts(law, _told(law))
    base = known[effect.base]
    family = fit_counts(base)
    each = fit_segments(known, family) if family is not None and family.word != "fixed" else None
    if family is not None and each is not None and _one_shape(each):
        draft = _of_counts(family, _told(family))
        with_effect(findings, draft, name or "", effect)
        return draft
    if each is not None and family is not None and family.word == "negbin":
        return _by_segment(findings, table, "negbin", {s: law.params for s, law in each.items()}, effect, name or "")
    return _knots_by_segment(
        findings, table, column, {s: _steps(own_counts) for s, own_counts in known.items()}, effect, name
    )


def _told(law: CountLaw) -> str:
    return "" if law.word in ("quantile", "histogram", "fixed") else law.note


def _one_shape(each: Mapping[str, CountLaw]) -> bool:
    shapes = [float(law.params["k"]) for law in each.values() if "k" in law.params]
    return not shapes or max(shapes) <= 1.5 * min(shapes)


def _of_counts(law: CountLaw, note: str) -> ColumnDraft:
    if law.word == "fixed":
        return ColumnDraft(f"constant: {law.params['value']}", "the only value")
    draft = ColumnDraft(f"{law.word}: {flow(law.params)}", note)
    if law.floor and law.word in ("poisson", "negbin", "geometric"):
        draft.after = f"clamp: [{law.floor}, null]"
    return draft


def _even(findings: Findings, table: Table, column: Column, counts: Counts) -> CountLaw | None:
    """Return the law of integers that are all equally likely."""
    low, high = int(counts.values[0]), int(counts.values[-1])
    size = high - low + 1
    if size != len(counts.values) or size < 3:
        return None
    distance = float(np.abs(counts.weights / counts.total - 1 / size).sum()) / 2
    chance = math.sqrt(2 * (1 / size) * (1 - 1 / size) / (math.pi * counts.total)) * size / 2
    if distance > max(0.01, 1.4 * chance):
        return None
    if rare_values(findings.found, table.name, column.name, [low, high], findings.options.least):
        return None
    return CountLaw("integer", {"min": low, "max": high}, distance=distance)


def _steps(counts: Counts) -> Spread:
    """Return the quantiles of counts, with straight lines between the middles of their steps."""
    middle = (np.cumsum(counts.weights) - counts.weights / 2) / counts.total
    values = np.interp(GRID, middle, counts.values)
    sd = math.sqrt(counts.variance)
    low, high = float(counts.values[0]), float(counts.values[-1])
    return Spread(int(counts.total), counts.mean, sd, low, high, math.nan, math.nan, values)


def _measured(findings: Findings, table: Table, column: Column, effect: Effect | None, name: str | None) -> ColumnDraft:
    found, own = findings.found, quote_ident(column.name)
    relation = work_sql(table.name)
    if effect is None:
        spread = spread_of(found, f"SELECT {own} FROM {relation}", own)
        assert spread is not None
        return _of_law(*_law(findings, table, column, spread, own, relation))
    segment = quote_ident(SEGMENT)
    spreads = {
        each: spread_of(found, f"SELECT {own} FROM {relation} WHERE {segment} = {quote_text(each)}", own)
        for each in (effect.base, *effect.ratios)
    }
    known = {each: spread for each, spread in spreads.items() if spread is not None}
    base = known[effect.base]
    factors = {effect.base: 1.0, **{each: ratio for each, (ratio, _) in effect.ratios.items()}}
    if all(_same_shape(base, spread, factors[each]) for each, spread in known.items()):
        scaled = (
            "CASE "
            + " ".join(f"WHEN {segment} = {quote_text(s)} THEN {own} / {f!r}" for s, f in factors.items())
            + " END"
        )
        pooled = spread_of(found, f"SELECT {scaled} AS x FROM {relation}", "x")
        assert pooled is not None
        draft = _of_law(*_law(findings, table, column, pooled, scaled, relation))
        with_effect(findings, draft, name or "", effect)
        return draft
    laws = {each: fit(spread) for each, spread in known.items()}
    kinds = {law.word if law else "" for law in laws.values()}
    if len(kinds) == 1 and kinds != {""}:
        params = {each: law.params for each, law in laws.items() if law is not None}
        return _by_segment(findings, table, kinds.pop(), params, effect, name or "")
    return _knots_by_segment(findings, table, column, known, effect, name)


def _same_shape(base: Spread, spread: Spread, factor: float) -> bool:
    """Return whether scaling makes the quantiles of one segment those of another."""
    shares = np.interp(spread.quantiles / factor, base.quantiles, GRID, left=0, right=1)
    inner = slice(8, -8)
    chance = 1.63 * math.sqrt(1 / base.count + 1 / spread.count)
    return float(np.max(np.abs(shares - GRID)[inner])) <= max(_SAME, chance)


def _law(
    findings: Findings, table: Table, column: Column, spread: Spread, value: str, relation: str
) -> tuple[Law, tuple[float | None, float | None]]:
    """Return the distribution of a column, whose numbers are `value` of a relation, and its bounds."""
    least, digits = findings.options.least, findings.digits[table.name].get(column.name, 6)
    law = fit(spread)
    if law is not None and law.word == "uniform":
        ends = list(law.params.values())
        low_end, high_end = guarded(findings.found, table.name, column.name, ends, 10.0**-digits, least)
        law = Law("uniform", {"min": number(low_end, 8), "max": number(high_end, 8)}, law.distance)
    if law is None:

        def guard(values: Sequence[float]) -> list[float]:
            return guarded(findings.found, table.name, column.name, values, 10.0**-digits, least)

        def moved(one: float) -> float:
            return apart(findings.found, table.name, column.name, [float(number(one, 5))], 10.0**-digits, least)[0]

        numbers = f"SELECT {value} AS x, {quote_ident(UNIT)} FROM {relation}"
        tail = tail_of(findings.found, numbers, "x", least, moved)
        law = quantile_law(spread, guard, min(0.4, least / spread.count), tail)
    low, high = column.bounds
    if law.word == "normal" and spread.low >= 0 and low is None:
        low = 0.0
    return law, (low, high)


def _of_law(law: Law, bounds: tuple[float | None, float | None]) -> ColumnDraft:
    draft = ColumnDraft(f"{law.word}: {flow(law.params)}", "" if law.word == "quantile" else law.note)
    if bounds != (None, None):
        ends = ", ".join("null" if end is None else repr(number(end, 12)) for end in bounds)
        draft.after = f"clamp: [{ends}]"
    return draft


def _by_segment(
    findings: Findings, table: Table, kind: str, params: Mapping[str, Mapping[str, float]], effect: Effect, name: str
) -> ColumnDraft:
    names = list(params[effect.base])
    if without_segment(findings, table.name):
        params = {**params, "else": params[effect.base]}
    parts = {each: {name: {segment: own[each] for segment, own in params.items()}} for each in names}
    draft = ColumnDraft(f"{kind}: {flow(parts)}", "another shape in each segment")
    draft.segmented, draft.weak = True, not findings.is_sure(effect)
    return draft


def _knots_by_segment(
    findings: Findings,
    table: Table,
    column: Column,
    spreads: Mapping[str, Spread],
    effect: Effect,
    name: str | None,
) -> ColumnDraft:
    """Return quantiles whose knots differ by segment, at the same probabilities."""
    least, digits = findings.options.least, findings.digits[table.name].get(column.name, 6)
    edge = min(0.4, max(least / spread.count for spread in spreads.values()))

    def guard(values: Sequence[float]) -> list[float]:
        return guarded(findings.found, table.name, column.name, values, 10.0**-digits, least)

    tails = _tails(findings, table, column, spreads)
    top = max([1 - edge, *(tail.share for tail in tails.values())])
    inner = [share for share in _SHARES if edge < share < top - 1e-4]
    if without_segment(findings, table.name):
        spreads = {**spreads, "else": spreads[effect.base]}
        tails |= {"else": tails[effect.base]} if effect.base in tails else {}
    shares = [0.0, *inner, top, 1.0]
    knots: dict[str, dict[str, float]] = {}
    for segment, spread in spreads.items():
        tail = tails.get(segment)
        values = np.interp([edge, *inner, top, 1 - edge], GRID, spread.quantiles)
        if tail is not None:  # beyond its end, a straight line has the mean of what lies there
            line = np.interp(shares, [tail.share, 1.0], [tail.end, tail.last(log=False)])
            values = np.maximum.accumulate(np.where(np.array(shares) < tail.share, np.minimum(values, tail.end), line))
            mean = float(np.trapezoid(values, shares))
            values = values * (min(max(spread.mean / mean, 0.9), 1.1) if mean > 0 < spread.mean else 1.0)
        kept = guard([float(number(value, 5)) for value in values])
        if tail is not None:
            beyond = [at for at, share in enumerate(shares) if share >= tail.share]
            kept = [tail.apart(float(number(values[at], 5))) if at in beyond else kept[at] for at in range(len(kept))]
        for share, value in zip(shares, np.maximum.accumulate(kept).tolist(), strict=True):
            knots.setdefault(f"{share:.6f}".rstrip("0").rstrip("."), {})[segment] = number(value, 6)
    body = ", ".join(f"{share}: {{{name}: {flow(per)}}}" for share, per in knots.items())
    draft = ColumnDraft(f"quantile: {{knots: {{{body}}}}}", "another shape in each segment")
    draft.segmented, draft.weak = True, True
    return draft


def _tails(findings: Findings, table: Table, column: Column, spreads: Mapping[str, Spread]) -> dict[str, Tail]:
    """Return the largest values of each segment, where enough units have them."""
    least, digits = findings.options.least, findings.digits[table.name].get(column.name, 6)

    def moved(one: float) -> float:
        return apart(findings.found, table.name, column.name, [one], 10.0**-digits, least)[0]

    queries = {
        each: f"SELECT {quote_ident(column.name)} AS x, {quote_ident(UNIT)} FROM {work_sql(table.name)} "
        f"WHERE {quote_ident(SEGMENT)} = {quote_text(each)}"
        for each in spreads
    }
    found = {each: tail_of(findings.found, query, "x", least, moved, most=0.5) for each, query in queries.items()}
    return {each: tail for each, tail in found.items() if tail is not None}
