"""A schema out of a source, settled: it compiles, and its own forecast expects the audit to pass."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

from fanwise.generator.audit.forecast import forecast
from fanwise.generator.errors import FanwiseError, PlanError, SchemaError, UsageError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.inference.draft.writing import written
from fanwise.inference.infer import draft_of
from fanwise.inference.options import Options

if TYPE_CHECKING:
    from fanwise.inference.draft.drafts import ColumnDraft, Draft
    from fanwise.io.tables import Location

__all__ = ["infer"]

_TRIES = 3


def infer(
    source: Location,
    *,
    by: str | None = None,
    model: str | None = None,
    min_count: int = 20,
    values: bool = True,
    name: str = "",
    dialect: str | None = None,
    threads: int | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> str:
    """Return the YAML of a schema that describes a source, with the evidence for each guess as comments.

    source: what `fanwise.audit` takes: a folder or a file, a DuckDB or SQLite database, `postgresql://…`, a connection,
    a mapping of frames; or a `.sql` file of DDL, or a dbt `manifest.json`. by: TABLE.COLUMN of the segments. model: a
    file of `gen discover`, which gives every customer a segment instead. min_count: no value of fewer units is written.
    values: False for names, types, keys, references and numbers of rows only. name: of the dataset. dialect: of DDL, by
    default the one that reads most of it. threads: DuckDB's. tell: called with tables that could not be read, and with
    what the segments of `by` lost.

    The schema passes `gen check`. Raises SourceError for a source that cannot be read, InputError for options that do
    not fit it.
    """
    if by is not None and model is not None:
        raise UsageError("FW-USAGE-CONFLICT", "by and model cannot be combined", "give one of them")
    options = Options(by, max(1, min_count), values, name, model, dialect)
    draft = draft_of(source, options, version("fanwise"), threads=threads)
    for note in (*draft.lost, *([draft.merged] if draft.merged else [])):
        tell(note)
    return settled(draft)


def settled(draft: Draft) -> str:
    """Return the text of a draft that compiles and whose forecast passes; effects that are too weak promise nothing."""
    tried = 0
    while tried < _TRIES:
        text = written(draft)
        try:
            plan = compile_plan(load(text))
            if forecast(plan).exit_code == 0:
                return text
        except (SchemaError, PlanError) as error:
            if not _simplified(draft, error):  # each time there is less of it
                raise
            continue
        if tried == 0:
            _weaken(draft)
        else:
            draft.gates = "integrity"
        tried += 1
    return written(draft)


def _weaken(draft: Draft) -> None:
    draft.expected.clear()
    for each in _columns(draft):
        each.weak = True


def _independent(each: ColumnDraft, why: str) -> bool:
    """Take the correlations of a column away that cannot be reached, and say so; return whether there were any."""
    if not each.correlate and not each.alike:
        return False
    each.correlate, each.alike = {}, {}
    each.comment = "; ".join(filter(None, (each.comment, f"its correlations are not reachable: {why}")))
    return True


def _columns(draft: Draft) -> list[ColumnDraft]:
    found = [each for table in draft.tables for each in table.columns.values()]
    return found + [table.fanout for table in draft.tables if table.fanout is not None]


def _simplified(draft: Draft, error: FanwiseError) -> bool:
    """Take away what cannot be reached: multipliers, correlations; say so; return whether there were any."""
    found = False
    for problem in error.problems:
        parts = problem.path.split(".")
        table = next((each for each in draft.tables if parts[:2] == ["tables", each.name]), None)
        if table is None:
            continue
        if len(parts) > 4 and parts[4] in ("correlate", "alike") and parts[3] in table.columns:
            found = _independent(table.columns[parts[3]], problem.why) or found
            continue
        each = table.fanout if parts[2:3] == ["fanout"] else table.columns.get(parts[3] if len(parts) > 3 else "")
        if each is not None and each.multiplier:
            each.multiplier, found = {}, True
            each.comment = f"the effect of the segments is not reachable: {problem.why}"
    if found:
        draft.expected.clear()
    return found
