"""From a source to the draft of its schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.inference.draft.assembly import assemble
from fanwise.inference.draft.drafts import Draft
from fanwise.inference.draft.written_times import read_times
from fanwise.inference.findings import Findings, find_all
from fanwise.inference.model import Source, Table
from fanwise.inference.options import Options
from fanwise.inference.sources.dbt import read_manifest
from fanwise.inference.sources.ddl import read_ddl
from fanwise.inference.sources.odcs import read_data_contract
from fanwise.inference.sources.opening import Opened, opened
from fanwise.inference.structure.axis import as_named, choose_axis
from fanwise.inference.structure.discovered import add_segments, assigned, located
from fanwise.inference.structure.keys import find_keys, keep_keys
from fanwise.inference.structure.paths import make_views
from fanwise.inference.structure.promotion import promote
from fanwise.inference.structure.references import choose_parents, find_references
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from fanwise.io.tables import Location

__all__ = ["draft_of", "structured"]


def draft_of(source: Location, options: Options, version: str, *, threads: int | None = None) -> Draft:
    """Return the draft of a source's schema; raises SourceError and InputError for what cannot be used."""
    declared = _declared(source, options)
    if declared is not None:
        return _of_declared(declared, options, version)
    segments = None
    if options.model is not None:
        segments = assigned(options.model, located(source))
    with opened(source, threads=threads) as found:
        structured(found, options, segments)
        return assemble(find_all(found, options), version)


def _declared(source: Location, options: Options) -> Source | None:
    """Return what a file of DDL, a manifest or a data contract declares; None for other sources."""
    path = Path(source) if isinstance(source, str | Path) and "://" not in str(source) else None
    ending = path.suffix.lower() if path is not None else ""
    if path is None or ending not in (".sql", ".json", ".yaml", ".yml") or not path.is_file():
        return None
    if ending == ".sql":
        return read_ddl(path, options.dialect)
    return read_manifest(path) if ending == ".json" else read_data_contract(path)


def _of_declared(source: Source, options: Options, version: str) -> Draft:
    """Return the draft of tables without rows: what is declared, and defaults."""
    if options.by or options.model:
        raise InputError(
            "FW-USAGE-CONFLICT", "segments need rows, and this source has none", "leave out --by and --model."
        )
    with Session.shared() as session:
        found = Opened(session, source)
        for table in source.tables.values():
            _referred_keys(table, source)
        choose_parents(found)
        keep_keys(source.tables)
        plain = replace(options, values=False)
        return assemble(Findings(found, plain, {name: {} for name in source.tables}, {}, {}, None), version)


def _referred_keys(table: Table, source: Source) -> None:
    """Leave references out that do not lead to the key of their table."""
    for each in list(table.references):
        target = source.tables[each.target]
        if set(each.keys) != set(target.key):
            table.references.remove(each)
            for name in each.columns:
                table.columns[name].note = f"refers to {each.target}.{', '.join(each.keys)}, which is not its key"
        elif each.keys != target.key:  # the same columns in another order
            order = [each.keys.index(key) for key in target.key]
            each.columns, each.keys = tuple(each.columns[at] for at in order), target.key


def structured(found: Opened, options: Options, segments: pl.DataFrame | None = None) -> None:
    """Find keys, references, the axis, and what drives each table. segments: of customers, from a model."""
    find_keys(found)
    find_references(found)
    promote(found)
    by = add_segments(found, segments) if segments is not None else options.by
    by = as_named(found.source, by) if by else by
    choose_parents(found, by.rpartition(".")[0] if by else None)
    if by:
        axis = found.source.axis = choose_axis(found, by, options.least)
        found.source.tables[axis.table].hidden = False
    keep_keys(found.source.tables)
    read_times(found)
    make_views(found)
