"""`fidelity`: how near synthetic data are to real data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fanwise.comparison.context import Context
from fanwise.comparison.measures import loaded
from fanwise.comparison.pair import Pair, opened_pair, table_rows
from fanwise.comparison.result import Comparison, Drawing
from fanwise.io.errors import InputError

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["fidelity"]

_DRAWN = 12


def fidelity(
    real: Location, synth: Location, *, by: str | None = None, model: str | None = None, threads: int | None = None
) -> Comparison:
    """Return how near SYNTH is to REAL: distributions, shares, correlations, totals, a classifier, and copies.

    real, synth: what `fanwise.audit` takes: a folder or a file, a database, or a mapping of frames. by: TABLE.COLUMN of
    the segments, which both sides have; everything is then measured in each of them, too. model: a file of `gen
    discover`, which gives segments to the customers of both sides instead. threads: DuckDB's.

    Keys, references and types are found in REAL. Raises SourceError for a source that cannot be read, InputError for
    options that do not fit.
    """
    if by is not None and model is not None:
        raise InputError("FW-USAGE-CONFLICT", "by and model cannot be combined", "give one of them.")
    with opened_pair(real, synth, by, model, threads) as pair:
        context = Context.of(pair)
        rows = [row for _, measure in loaded() for row in measure(context)]
        axis = pair.axis.name if pair.axis is not None else ""
        drawings = tuple(_drawings(context))
        return Comparison(
            pair.real.source.shown, pair.synth.source.shown, axis, table_rows(pair), tuple(rows), drawings,
            (*pair.notes, *_unmeasured(pair, context)),
        )  # fmt: skip


def _drawings(context: Context) -> list[Drawing]:
    """Return the quantiles of both sides, of counts and numbers first."""
    order = {"count": 0, "number": 1, "total": 2, "gap": 3, "mean": 4}
    known = sorted((each for each, found in context.shapes.items() if found), key=lambda each: order[each.kind])
    return [
        Drawing(
            subject.name,
            {
                each.segment or "all": tuple(
                    zip(each.real.quantiles[4::10].tolist(), each.synth.quantiles[4::10].tolist(), strict=True)
                )
                for each in context.shapes[subject]
            },
        )
        for subject in known[:_DRAWN]
    ]


def _unmeasured(pair: Pair, context: Context) -> list[str]:
    few = [subject.name for subject, found in context.shapes.items() if not found]
    return [f"not compared, fewer than 20 units on one side: {', '.join(few[:10])}"] if few else []
