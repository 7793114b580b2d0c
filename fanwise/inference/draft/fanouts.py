"""Fanouts: how many rows each row above has, with a multiplier where scaling fits all segments."""

from __future__ import annotations

from collections.abc import Mapping

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.draft.number_columns import with_effect
from fanwise.inference.findings import Findings, fanout_sql
from fanwise.inference.laws.count_laws import CountLaw, Counts, fit_counts, fit_segments, knots_by_segment, listed
from fanwise.inference.laws.effects import Effect
from fanwise.inference.laws.laws import number
from fanwise.inference.laws.numbers import counts_of
from fanwise.inference.model import Table
from fanwise.inference.structure.paths import segment_name
from fanwise.inference.yaml_text import flow

__all__ = ["draft_fanout"]

_SAME_SHAPE = 1.6
_MOST = 65_536


def draft_fanout(findings: Findings, table: Table) -> ColumnDraft:
    """Return the law of the number of rows below each row of the parent."""
    each = table.parent
    assert each is not None
    if table.rows is None:
        return ColumnDraft("poisson: {mean: 3}", "default")
    counts = counts_of(findings.found, fanout_sql(table.name, each, each.target), "n")
    every = counts.pop(None)
    if not findings.options.values:
        return ColumnDraft(f"poisson: {{mean: {number(every.mean)}}}", "only the mean was taken over")
    note = f"{table.rows:,} rows below {every.total:,.0f}"
    name = segment_name(findings.found.source, each.target)
    numbers = {segment: own.values[0] for segment, own in counts.items() if segment is not None and not own.variance}
    if name and len(numbers) == len(counts) and len({*numbers.values()}) > 1:
        whole = {segment: int(one) for segment, one in numbers.items()}
        return ColumnDraft(f"fixed: {flow({name: whole})}", f"{note}; the same number in each segment", segmented=True)
    effect = findings.effect(table.name) if name else None
    if effect is None or name is None:
        law = _plain(fit_counts(every), every, findings.options.least)
        return _of(law, f"{note}; {law.note}" if law.word != "histogram" else note)
    known = {segment: own for segment, own in counts.items() if segment is not None}
    base = known[effect.base]
    family = fit_counts(base)
    fitted = fit_segments(known, family) if family is not None and family.word not in ("fixed", "bernoulli") else None
    shapes = [float(law.params.get("k", 1)) for law in (fitted or {}).values()]
    if fitted is not None and family is not None and max(shapes) > _SAME_SHAPE * min(shapes):
        parts = {each: {name: {s: law.params[each] for s, law in fitted.items()}} for each in family.params}
        draft = _of(CountLaw(family.word, parts, family.floor), f"{note}; another shape in each segment")
        draft.segmented, draft.weak = True, not findings.is_sure(effect)
        return draft
    spread = max(own.variance for own in known.values()) > 0 and max(own.values[-1] for own in known.values()) <= _MOST
    if fitted is None and spread and (family is None or family.word != "bernoulli"):
        return _by_segment(findings, known, note, name, effect)
    kept = family if fitted is not None or (family is not None and family.word == "bernoulli") else None
    law = _plain(kept, base, findings.options.least)
    draft = _of(law, note)
    with_effect(findings, draft, name, effect)
    return draft


def _by_segment(findings: Findings, known: Mapping[str, Counts], note: str, name: str, effect: Effect) -> ColumnDraft:
    """Return quantiles per segment: counts that no family fits would lie apart where a factor multiplied them."""
    knots = knots_by_segment(known, findings.options.least)
    body = ", ".join(f"{share}: {flow({name: per})}" for share, per in knots.items())
    draft = ColumnDraft(f"quantile: {{knots: {{{body}}}}}", f"{note}; another shape in each segment")
    draft.segmented, draft.weak = True, not findings.is_sure(effect)
    return draft


def _plain(law: CountLaw | None, counts: Counts, least: int) -> CountLaw:
    return listed(counts, least) if law is None else law


def _of(law: CountLaw, note: str) -> ColumnDraft:
    if law.word == "fixed":
        return ColumnDraft(f"fixed: {law.params['value']}", note)
    draft = ColumnDraft(f"{law.word}: {flow(law.params)}", note)
    draft.after = f"min: {law.floor}" if law.floor and law.word != "histogram" else ""
    return draft
