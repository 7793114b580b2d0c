"""The whole schema of a source, as a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.inference.draft.columns import draft_column
from fanwise.inference.draft.dependence import add_dependence
from fanwise.inference.draft.drafts import Draft, Expected, TableDraft
from fanwise.inference.draft.fanouts import draft_fanout
from fanwise.inference.findings import Findings
from fanwise.inference.laws.effects import Effect
from fanwise.inference.model import Source, Table
from fanwise.inference.naming import snake
from fanwise.inference.structure.paths import segment_name, way_to
from fanwise.inference.yaml_text import name_of, text

__all__ = ["assemble"]

_DEFAULT_ROWS = 1000


def assemble(findings: Findings, version: str) -> Draft:
    """Return the draft of everything that was found."""
    source, options = findings.found.source, findings.options
    tables = [_table(findings, source.tables[name]) for name in _ordered(source)]
    window = findings.window
    drafts = [column for table in tables for column in table.columns.values()]
    timed = any("window." in body for each in drafts for body in (each.body, *(body for _, body in each.helpers)))
    ends = (window.start.isoformat(), window.end.isoformat()) if window else ("2024-01-01", "2025-01-01")
    axis = source.axis
    segments = []
    if axis is not None:
        total = sum(axis.units.values())
        share = _summing({name: units / total for name, units in axis.units.items()})
        counted = ", ".join(f"{name} {units:,}" for name, units in axis.units.items())
        segments.append((axis.name, axis.table, share, counted))
    return Draft(
        options.name or name_of(snake(source.shown.rstrip("/").rpartition("/")[2].split(".")[0]) or "data", set()),
        _header(findings, version),
        ends if timed or window else None,
        segments,
        {name: dict(parts) for name, parts in findings.curves.items()},
        tables,
        expected=list(_expected(findings, {table.name: table for table in tables})),
        merged=source.merged,
        lost=source.lost,
    )


def _summing(share: dict[str, float]) -> dict[str, float]:
    """Return shares of 6 digits that sum to 1."""
    out = {name: round(value, 6) for name, value in share.items()}
    first = next(iter(out))
    out[first] = round(1 - sum(value for name, value in out.items() if name != first), 6)
    return out


def _header(findings: Findings, version: str) -> list[str]:
    source, options = findings.found.source, findings.options
    lines = [f"Inferred from {source.shown} by fanwise {version}."]
    if not options.values:
        lines.append("Names, types, keys, references and numbers of rows were taken over, and no values.")
    elif any(table.rows is None for table in source.tables.values()):
        lines.append("There were no rows to learn from: what says 'default' is a guess to replace.")
    else:
        lines.append(
            f"Taken over: structure, distributions, and categories. No value of fewer than {options.least} units is "
            "written; beyond the value of that rank, the ends of distributions keep no more than a mean."
        )
        lines.append("This does not make the data anonymous: it does not bound what can be learnt about a person.")
    return [*lines, *source.notes, "", "Check it with `gen check`, and make data with `gen run`."]


def _ordered(source: Source) -> list[str]:
    """Return the tables, those that are referred to first."""
    done: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        for each in source.edges(name):
            visit(each.target)
        done.append(name)

    for name in source.tables:
        visit(name)
    return done


def _table(findings: Findings, table: Table) -> TableDraft:
    source, head = findings.found.source, []
    if table.hidden:
        head.append(("hidden", "true", ""))
    parent = table.parent
    if parent is not None:
        head.append(("parent", parent.target, ""))
    else:
        rows = max(1, table.rows) if table.rows is not None else _DEFAULT_ROWS
        head.append(("rows", str(rows), "" if table.rows is not None else "default"))
        if _is_lookup(source, table):
            head.append(("scale", "false", "only referred to"))
    if table.key:
        shown = table.key[0] if len(table.key) == 1 else f"[{', '.join(table.key)}]"
        head.append(("key", shown, table.key_note))
    columns = {name: draft_column(findings, table, column) for name, column in table.columns.items()}
    add_dependence(findings, table, columns)
    fanout = draft_fanout(findings, table) if parent is not None else None
    return TableDraft(table.name, head, fanout, columns, table.notes)


def _is_lookup(source: Source, table: Table) -> bool:
    """Return whether a table is only referred to, beside others that grow."""
    children = list(source.children(table.name))
    driven = any(each.parent for _, each in children)
    axis = source.axis is not None and source.axis.table == table.name
    return bool(children) and not driven and not axis and len(source.tables) > len(children) + 1 - driven


def _expected(findings: Findings, drafts: Mapping[str, TableDraft]) -> Iterator[Expected]:
    """Yield every effect that is sure to show again, with its interval."""
    source = findings.found.source
    axis, taken = source.axis, set[str]()
    if axis is None:
        return
    for (table, column), effect in findings.effects.items():
        draft = drafts[table].fanout if not column else drafts[table].columns.get(column)
        if draft is None or not draft.multiplier or draft.weak or effect.name not in findings.shown:
            continue
        name = segment_name(source, table)
        own = source.tables[table]
        reference = own.reference_of(column) if column in own.columns else None
        ratio = _ratio(effect)
        if not column or reference is not None:
            edge = own.parent if not column else reference
            if edge is None or edge.target != axis.table:
                continue
            what, said = f"count: {table}, per: {axis.table}, by: {axis.name}", f"{table}_per_{axis.table}"
        elif name is None or _through_hidden(source, table, axis.table):
            continue
        else:
            what, said = f"mean: {table}.{column}, by: {name}", f"{table}_{column}"
        yield Expected(name_of(said, taken), f"{what}, ratio: {ratio}")


def _through_hidden(source: Source, table: str, target: str) -> bool:
    """Return whether a table on the way to the axis is not written, so that an expectation cannot be audited."""
    way = way_to(source, table, target) or ()
    return any(source.tables[each.target].hidden for each in way[:-1])


def _ratio(effect: Effect) -> str:
    if any("/" in segment for segment in (effect.base, *effect.ratios)):
        parts = []
        for segment in effect.ratios:
            low, high = effect.interval(segment)
            parts.append(f"{{of: {text(segment)}, to: {text(effect.base)}, between: [{low:.3g}, {high:.3g}]}}")
        return f"[{', '.join(parts)}]"
    pairs = []
    for segment in effect.ratios:
        low, high = effect.interval(segment)
        pairs.append(f"{text(f'{segment}/{effect.base}')}: [{low:.3g}, {high:.3g}]")
    return "{" + ", ".join(pairs) + "}"
