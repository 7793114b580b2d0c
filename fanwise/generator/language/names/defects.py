"""`defects`: faults that are put into the written data, by table or column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.instants import parse_share
from fanwise.generator.language.names.outline import TableOutline
from fanwise.generator.language.names.parameters import Binder
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Fault
from fanwise.generator.language.spec import Defect, Generator
from fanwise.io.problems import Place
from fanwise.io.tables.base import DEFECTS_TABLE

__all__ = ["bind_defects"]

_OF_TABLES = ("duplicate", "late")
_OF_SORTS = {
    **dict.fromkeys(("typo", "case", "whitespace"), ({"text", "any"}, "text")),
    "outlier": ({"integer", "number", "any"}, "numbers"),
    "late": ({"timestamp", "date", "any"}, "dates or timestamps"),
}


def bind_defects(binder: Binder, raw: Mapping[str, Any]) -> tuple[Defect, ...]:
    """Return the declared defects, in the order of the file; what is wrong with one is reported at its line."""
    declared = raw.get("defects")
    if not isinstance(declared, dict):
        return ()
    found: list[Defect] = []
    for name, entry in declared.items():
        with binder.complaints.catch():
            table, column = _target(binder, str(name), ("defects", name))
            for kind, given in entry.items() if isinstance(entry, dict) else ():
                with binder.complaints.catch():
                    found.append(_defect(binder, table, column, str(kind), given, ("defects", name, kind)))
    if found and DEFECTS_TABLE in binder.outline.tables:
        why = f"the defects of the data are listed in a table {DEFECTS_TABLE}, and this table has its name"
        binder.complaints.add("FW-SCHEMA-DEFECT", ("tables", DEFECTS_TABLE), why, "rename the table", on_key=True)
    _check_sums(binder, found)
    return tuple(found)


def _target(binder: Binder, name: str, place: Place) -> tuple[TableOutline, str | None]:
    """Return the table of a defect, and its column (raises Fault for what cannot have one)."""
    table, dot, column = name.partition(".")
    outline = binder.outline
    if table not in outline.tables:
        raise outline.unknown_table(place, table)
    found = outline.tables[table]
    if found.raw.get("hidden") is True:
        raise Fault("FW-SCHEMA-DEFECT", place, f"the table {table} is hidden, so it is not written", on_key=True)
    if not found.key:
        why = f"{table} has no key, so the table {DEFECTS_TABLE} cannot name its rows"
        raise Fault("FW-SCHEMA-DEFECT", place, why, f"give {table} a key", on_key=True)
    if dot:
        _check_column(found, column, place)
    return found, column if dot else None


def _check_column(table: TableOutline, column: str, place: Place) -> None:
    if column not in table.columns:
        why = f"{table.name} has no column '{column}'"
        raise Fault("FW-SCHEMA-UNKNOWN-COLUMN", place, why, nearest(column, table.columns), on_key=True)
    if table.columns[column].raw.get("hidden") is True:
        raise Fault("FW-SCHEMA-DEFECT", place, f"{table.name}.{column} is hidden, so it is not written", on_key=True)
    if column in table.key:
        why = f"{column} is in the key of {table.name}, by which the table {DEFECTS_TABLE} names rows"
        raise Fault("FW-SCHEMA-DEFECT", place, why, "give the defect to another column", on_key=True)


def _defect(binder: Binder, table: TableOutline, column: str | None, kind: str, given: Any, place: Place) -> Defect:
    options = given if isinstance(given, dict) else {}
    if (kind in _OF_TABLES) == (column is not None):
        owner, other = ("a table", "a column") if kind in _OF_TABLES else ("a column", "a table")
        why = f"'{kind}' is a defect of {owner}, and {'.'.join(filter(None, (table.name, column)))} is {other}"
        hint = f"write it under {table.name}:" if column is not None else f"write it under {table.name}.COLUMN:"
        raise Fault("FW-SCHEMA-DEFECT", place, why, hint, on_key=True)
    if kind == "late":
        column = str(options.get("column"))
        _check_column(table, column, (*place, "column"))
    if kind in _OF_SORTS and column is not None:
        sorts, words = _OF_SORTS[kind]
        sort = binder.outline.yields(table.name, column)
        if sort not in sorts:
            why = f"'{kind}' is a defect of {words}, and {table.name}.{column} holds {_named(sort)}"
            raise Fault("FW-SCHEMA-DEFECT", place, why, on_key=True)
    try:
        share = parse_share(options.get("share", 0) if options else given)
    except ValueError as error:
        here = (*place, "share") if options else place
        raise Fault("FW-SCHEMA-OUT-OF-RANGE", here, str(error), "write 0.02 or 2%") from error
    lag = None
    if isinstance(options.get("lag"), dict):
        lag = _lag(binder, table, options["lag"], (*place, "lag"))
    return Defect(kind, table.name, column, share, float(options.get("factor", 0.0)), lag, place)


def _named(sort: str) -> str:
    return {"integer": "integers", "number": "numbers", "bool": "true and false", "text": "text"}.get(sort, f"{sort}s")


def _lag(binder: Binder, table: TableOutline, raw: Mapping[str, Any], place: Place) -> Generator:
    made = Binder(binder.outline, binder.complaints, Scope(binder.outline, table.name), binder.window).lag(raw, place)
    if made.covariates:
        why = "the lag of a defect is the same for all rows"
        raise Fault("FW-SCHEMA-DEFECT", place, why, "give one number for all segments")
    return made


def _check_sums(binder: Binder, found: list[Defect]) -> None:
    """Report columns whose shares come to more than 1: a cell has one defect at most."""
    for (table, column), kinds in _by_column(found):
        total = sum(each.share for each in kinds)
        if total > 1:
            why = f"the shares of {table}.{column} come to {total:.4g}, and a value has one defect at most"
            binder.complaints.add("FW-SCHEMA-SHARES", kinds[-1].place, why, "lower them to 1 or less together")


def _by_column(found: list[Defect]) -> Iterator[tuple[tuple[str, str], list[Defect]]]:
    groups: dict[tuple[str, str], list[Defect]] = {}
    for each in found:
        if each.column is not None:
            groups.setdefault((each.table, each.column), []).append(each)
    yield from groups.items()
