"""Columns: a kind with its parameters, the modifiers, and what must not stand together."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

from fanwise.generator.errors import nearest
from fanwise.generator.language.literals import NESTED, Scalar, scalar_yields
from fanwise.generator.language.names.instants import parse_instant, parse_share
from fanwise.generator.language.names.lookups import check_given
from fanwise.generator.language.names.outline import ColumnOutline, Outline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.promises import bind_claims
from fanwise.generator.language.names.references import REF_WORDS, bind_reference
from fanwise.generator.language.names.stated import bind_refers
from fanwise.generator.language.names.types import bind_type
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.spec import Column, Generator, Path, When
from fanwise.io.problems import Place, shown

__all__ = ["bind_column"]

NUMERIC = frozenset({"integer", "number", "any"})


class _Site(NamedTuple):
    binder: Binder
    table: str
    name: str
    found: ColumnOutline
    place: Place

    @property
    def outline(self) -> Outline:
        return self.binder.outline

    @property
    def complaints(self) -> Complaints:
        return self.binder.complaints

    @property
    def is_key(self) -> bool:
        return self.name in self.outline.tables[self.table].key


def bind_column(binder: Binder, table: str, name: str) -> Column | None:
    """Return a column, or None where its kind is not known; every problem of it is reported."""
    found = binder.outline.tables[table].columns[name]
    site = _Site(binder, table, name, found, ("tables", table, "columns", name))
    generator: Generator | None = None
    with site.complaints.catch():
        generator = _generator(site)
    column = Column(
        name,
        Generator(found.kind, {}) if generator is None else generator,
        clamp=_clamp(site),
        when=_when(site),
        round=_round(site),
        null=_null(site),
        unique=found.raw.get("unique") is True,
        hidden=_hidden(site),
        type=bind_type(site.complaints, found, site.place, _yields(site), leads=_leads(site)),
        required=_required(site),
        description=found.raw.get("description", ""),
        reference=next((edge.step for edge in binder.outline.tables[table].edges if edge.step.column == name), None),
        source=_source(site, generator),
        refers=bind_refers(site.outline, site.complaints, table, name),
        detour=any(
            edge.step.column == name and site.outline.repeats(table, edge) for edge in site.outline.tables[table].edges
        ),
        claims=bind_claims(site.outline, site.complaints, found.raw, site.place),
    )
    return column if generator is not None else None


def _generator(site: _Site) -> Generator:
    kind, raw, place = site.found.kind, site.found.raw, site.place
    for word in REF_WORDS:
        if word in raw and kind and site.found.edge != "ref":
            site.complaints.add("FW-SCHEMA-OPTION", (*place, word), f"'{word}' is only for ref", on_key=True)
    if site.found.edge == "ref":
        made = site.binder.single({kind: raw[kind]}, "column", place)
        return bind_reference(site.binder, made, raw, place)
    made = site.binder.single(raw, "column", place)
    check_given(site.outline, site.complaints, site.table, site.name)
    if site.found.edge == "parent":
        _check_parent(site)
    if site.found.traits["yields"] in NESTED:
        _check_nested(site)
    if "needs_parent" in site.found.traits and site.outline.tables[site.table].parent is None:
        site.complaints.add(
            "FW-SCHEMA-NEEDS-PARENT",
            (*place, kind),
            f"{site.table} is a root table, so it has no parent",
            site.found.traits["needs_parent"],
        )
    if site.found.axis is not None:
        _check_segment(site)
    return made


def _check_nested(site: _Site) -> None:
    """Report what a struct or a list cannot be."""
    words = [word for word in ("unique", "references", "when") if site.found.raw.get(word)]
    if site.is_key:
        why = f"it is in the key of {site.table}, and a {site.found.traits['yields']} cannot be a key"
        site.complaints.add("FW-SCHEMA-COLUMN-TYPE", (*site.place, site.found.kind), why, on_key=True)
    for word in words:
        why = f"'{word}' is not possible for a {site.found.traits['yields']}"
        site.complaints.add("FW-SCHEMA-OPTION", (*site.place, word), why, "delete it", on_key=True)


def _source(site: _Site, generator: Generator | None) -> Path | None:
    """Return the path to what a reference, or a column carried from the parent, repeats."""
    parent, wanted = site.found.edge == "parent", generator.params.get("column") if generator else None
    steps = [e.step for e in site.outline.tables[site.table].edges if e.step.column == (None if parent else site.name)]
    if site.found.edge is None or wanted is None or not steps:
        return None
    return Path(str(wanted), site.table, (steps[0],), steps[0].table, str(wanted))


def _check_parent(site: _Site) -> None:
    here = (*site.place, "parent")
    wanted = str(site.found.parameter)
    table = site.outline.tables[site.table]
    parent = table.parent
    if table.dangling and (parent == table.name or (parent is None and "parent" in table.raw)):
        raise Skip
    if parent is None:
        raise Fault("FW-SCHEMA-NEEDS-PARENT", here, f"{site.table} has no parent")
    if parent not in site.outline.tables:
        raise Skip
    columns = site.outline.tables[parent].columns
    if wanted not in columns:
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", here, f"{parent} has no column '{wanted}'", nearest(wanted, columns))


def _check_segment(site: _Site) -> None:
    here = (*site.place, "segment")
    name = str(site.found.parameter)
    axis = site.outline.axes.get(name)
    if axis is None:
        raise Fault(
            "FW-SCHEMA-UNKNOWN-AXIS",
            here,
            f"unknown axis '{name}'",
            nearest(name, site.outline.axes) or "declare it under segments:",
        )
    if axis.table in site.outline.tables and axis.table != site.table:
        why = f"the axis '{name}' is on {axis.table}, so its column belongs there"
        raise Fault("FW-SCHEMA-SEGMENT-COLUMN", here, why, f"here, read it with {{expr: {name}}}")
    if axis.column != site.name and axis.table == site.table:
        why = f"{site.table}.{axis.column} is already the column of this axis"
        raise Fault("FW-SCHEMA-SEGMENT-COLUMN", here, why)


def _yields(site: _Site) -> str:
    """Return what is drawn, before `type`."""
    return _drawn(site.outline, site.table, site.name)


def _drawn(outline: Outline, table: str, name: str) -> str:
    found = outline.tables[table].columns[name]
    source = outline.source(table, name)
    if source is not None and source != (table, name) and source[1] in outline.tables[source[0]].columns:
        return outline.yields(*source)
    return outline.drawn(found) if found.kind else "any"


def _clamp(site: _Site) -> tuple[float | None, float | None] | None:
    clamp = site.found.raw.get("clamp")
    if clamp is None:
        return None
    here = (*site.place, "clamp")
    low, high = (None if bound is None else float(bound) for bound in clamp)
    if _yields(site) not in NUMERIC:
        site.complaints.add(
            "FW-SCHEMA-COLUMN-TYPE",
            here,
            f"only numbers can be clamped; this column holds {_yields(site)}",
            on_key=True,
        )
    elif site.found.traits.get("distinct") or _leads(site):
        why = "a clamp would make values of a key, or of what refers to one, into those of other rows"
        site.complaints.add("FW-SCHEMA-OPTION", here, why, "delete the clamp", on_key=True)
    if low is not None and high is not None and low > high:
        site.complaints.add("FW-SCHEMA-ORDER", here, "the lower bound is above the upper bound")
    return low, high


def _leads(site: _Site) -> bool:
    """Whether a column has the key of another row."""
    tables = site.outline.tables
    above = tables.get(tables[site.table].parent or "") if site.found.edge == "parent" else None
    stated = site.found.edge == "ref" or "references" in site.found.raw
    return stated or (above is not None and site.found.parameter in above.key)


def _round(site: _Site) -> int | None:
    places = site.found.raw.get("round")
    if places is None:
        return None
    if _yields(site) not in NUMERIC:
        why = f"only numbers can be rounded; this column holds {_yields(site)}"
        site.complaints.add("FW-SCHEMA-COLUMN-TYPE", (*site.place, "round"), why, on_key=True)
    return int(places)


def _null(site: _Site) -> float:
    raw = site.found.raw.get("null")
    if raw is None:
        return 0.0
    here = (*site.place, "null")
    try:
        share = parse_share(raw)
    except ValueError as error:
        site.complaints.add("FW-SCHEMA-OUT-OF-RANGE", here, str(error), "write 0.02 or 2%")
        return 0.0
    reason = ""
    if site.is_key:
        reason = f"it is in the key of {site.table}"
    elif site.found.axis is not None:
        reason = "every row has a segment"
    elif site.found.edge == "parent":
        reason = "every row has its parent"
    if share > 0 and reason:
        site.complaints.add("FW-SCHEMA-NOT-NULLABLE", here, f"this column cannot be null: {reason}", on_key=True)
    return share


def _required(site: _Site) -> bool:
    if site.found.raw.get("required") is not True:
        return False
    replaced = [case for cases in (site.found.raw.get("when") or {}).values() for case in cases.values()]
    given = site.found.given or ()
    if site.found.raw.get("null") or None in replaced or None in given:
        why = "the column is required, but some of its values are null"
        hint = "delete required: or the nulls"
        site.complaints.add("FW-SCHEMA-NOT-NULLABLE", (*site.place, "required"), why, hint, on_key=True)
    return True


def _hidden(site: _Site) -> bool:
    if site.found.raw.get("hidden") is not True:
        return False
    here = (*site.place, "hidden")
    if site.is_key:
        site.complaints.add(
            "FW-SCHEMA-HIDDEN", here, f"it is in the key of {site.table}, which must be written", on_key=True
        )
    if site.found.axis is not None:
        site.complaints.add("FW-SCHEMA-HIDDEN", here, "the audit reads segments from the files", on_key=True)
    return True


def _when(site: _Site) -> When | None:
    raw = site.found.raw.get("when")
    if not raw:
        return None
    name, cases = next(iter(raw.items()))
    here = (*site.place, "when", name)
    if site.found.axis is not None or site.found.edge == "parent":
        why = (
            "segment columns cannot be replaced" if site.found.axis is not None else "parent columns cannot be replaced"
        )
        site.complaints.add("FW-SCHEMA-OPTION", here[:-1], why, on_key=True)
    with site.complaints.catch():
        path = site.binder.path(name, here, on_key=True)
        labels = site.outline.labels(path.target, path.column)
        bound: dict[str, Scalar | Generator] = {}
        for value, replacement in cases.items():
            with site.complaints.catch():
                if labels is not None and value not in labels:
                    hint = nearest(value, labels)
                    if value == "else":
                        hint = "values that are not listed keep the draw"
                    why = f"'{value}' is not a value of {path.target}.{path.column}"
                    raise Fault("FW-SCHEMA-UNKNOWN-LABEL", (*here, value), why, hint, on_key=True)
                bound[value] = _replacement(site, replacement, (*here, value))
        return When(path, MappingProxyType(bound))
    return None


def _replacement(site: _Site, raw: Any, place: Place) -> Scalar | Generator:
    wanted = _yields(site)
    if isinstance(raw, dict):
        made = site.binder.single(raw, "value", place)
        sort = site.outline.kind_yields(made.kind, raw[made.kind], "value")
    else:
        made, sort = None, scalar_yields(raw)
    if raw is None:
        if site.is_key:
            raise Fault(
                "FW-SCHEMA-NOT-NULLABLE", place, f"the key of {site.table} cannot be null", "replace it with a value"
            )
        return None
    if isinstance(raw, str) and wanted in {"timestamp", "date"}:
        try:
            parse_instant(raw)
        except ValueError as error:
            raise Fault("FW-SCHEMA-BAD-TIME", place, str(error)) from error
        return raw
    alike = sort == wanted or (wanted, sort) in {("number", "integer"), ("timestamp", "date"), ("date", "timestamp")}
    if not alike and "any" not in {wanted, sort}:
        raise Fault(
            "FW-SCHEMA-COLUMN-TYPE",
            place,
            f"the column holds {wanted}, and {_said(raw)} is {sort}",
            f"replace it with {wanted} or null",
        )
    if made is not None:
        return made
    return float(raw) if wanted == "number" else raw


def _said(raw: Any) -> str:
    return f"'{next(iter(raw))}'" if isinstance(raw, dict) else shown(raw)
