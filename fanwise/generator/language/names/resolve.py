"""The names pass: a document without schema errors to the frozen `Dataset`, every name resolved."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fanwise.generator.language.document.sources import Source
from fanwise.generator.language.names.axes import bind_axis, bind_curve, bind_window, check_case
from fanwise.generator.language.names.claims import bind_audit, bind_check
from fanwise.generator.language.names.defects import bind_defects
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.rollups import check_rollups
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.names.tables import bind_table, check_edges
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import Schema
from fanwise.generator.language.spec import Check, Dataset

__all__ = ["run_names_pass"]


def run_names_pass(raw: Mapping[str, Any], schema: Schema, complaints: Complaints, source: Source) -> Dataset:
    """Return the dataset; problems are added to the list; if there are any, the dataset has gaps."""
    outline = Outline(raw, schema, source.given)
    _check_names(outline, complaints)
    check_edges(outline, complaints)
    window = bind_window(raw, complaints)
    curves = {
        name: bind_curve(name, curve, complaints, has_window="window" in raw)
        for name, curve in raw.get("curves", {}).items()
    }
    axes = {name: bind_axis(outline, complaints, name) for name in outline.axes}
    binder = Binder(outline, complaints, Scope(outline, ""), window)
    tables = {name: bind_table(binder, name) for name in outline.tables}
    check_rollups(complaints, {name: table for name, table in tables.items() if table is not None})
    checks: list[Check] = []
    for at, text in enumerate(raw.get("checks", [])):
        if text is not None:
            with complaints.catch():
                checks.append(bind_check(binder, text, ("checks", at)))
    return Dataset(
        name=str(raw.get("name", "")),
        seed=int(raw.get("seed", 0)),
        window=window,
        axes=MappingProxyType({name: axis for name, axis in axes.items() if axis is not None}),
        curves=MappingProxyType(curves),
        tables=MappingProxyType({name: table for name, table in tables.items() if table is not None}),
        checks=tuple(checks),
        audit=bind_audit(binder, raw),
        defects=bind_defects(binder, raw),
        document=source.document,
        folder=source.folder,
        sha256=source.sha256,
        text=source.text,
        description=raw.get("description", ""),
    )


def _check_names(outline: Outline, complaints: Complaints) -> None:
    check_case(complaints, outline.tables, ("tables",), "the tables")
    check_case(complaints, outline.axes, ("segments",), "the axes")
    check_case(complaints, outline.raw.get("curves", {}), ("curves",), "the curves")
    for name, table in outline.tables.items():
        check_case(complaints, table.columns, ("tables", name, "columns"), "the columns")
