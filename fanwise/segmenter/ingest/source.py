"""A source of orders: opened, mapped, checked, and brought to the canonical tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fanwise.io.tables import Reader, reader_of
from fanwise.io.tables.base import TableInfo
from fanwise.segmenter.errors import MappingError, SourceError
from fanwise.segmenter.ingest.canonical import Canon, canonical
from fanwise.segmenter.ingest.layout_inference import resolve
from fanwise.segmenter.ingest.mapping import Declared, instant, read_mapping
from fanwise.segmenter.ingest.notes import note_canon, note_future, note_instants, note_rates
from fanwise.segmenter.ingest.quality import Intake, take_in
from fanwise.segmenter.ingest.views import Tables, amount_sql, price_sql, types_of
from fanwise.segmenter.ingest.warehouse import Warehouse

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["DECIMALS", "Source", "open_frames", "open_source"]

DECIMALS = "money.decimals"
"""The constant that says in which units money is counted."""

FEW = 100_000
"""Rows below which frames share one database of the process."""


@dataclass(slots=True)
class Source:
    """An open source; close it, or use it in a `with` statement.

    shown: its location without secrets. inferred: one line per table, what was taken for what. inputs: what features
    may need of what there is. as_of: the naive UTC instant that features look back from. mapping: what a model keeps of
    the mapping by which it was read.
    """

    shown: str
    inferred: tuple[str, ...]
    inputs: frozenset[str]
    as_of: dt.datetime
    intake: Intake
    canon: Canon
    warehouse: Warehouse = field(repr=False)
    mapping: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or assumed, one sentence each."""
        return tuple(self.intake.notes)

    def fingerprint(self) -> dict[str, str | int]:
        """Return what features are made from: rows per table, first and last instant, digest of the layout."""
        found: dict[str, str | int] = {f"rows.{role}": rows for role, rows in sorted(self.intake.rows.items())}
        found |= {"first": self.intake.first.isoformat(), "last": self.intake.last.isoformat()}
        return found | {"mapping": self.intake.layout.digest()}

    def note_mapping_of(self, known: Declared) -> None:
        """Note what is counted otherwise than by the mapping of a model."""
        if differing := self.intake.layout.differences(known):
            self.intake.notes.append(f"the mapping counts otherwise than that of the model: {'; '.join(differing)}")

    def count_money(self, constants: Mapping[str, float]) -> None:
        """Count money in the units of an earlier table: a third is then rounded where it was rounded there."""
        decimals = _decimals(self.intake, constants)
        if decimals != self.intake.decimals:
            self.canon.forget()
            self.intake.decimals = decimals
            self.canon = canonical(self.warehouse, self.intake, self.as_of)

    def close(self) -> None:
        """Release the warehouse; a second time does nothing."""
        self.warehouse.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def open_source(
    location: Location,
    mapping: Path | Declared | None = None,
    *,
    folder: Path,
    as_of: dt.date | dt.datetime | None = None,
    constants: Mapping[str, float] | None = None,
    threads: int | None = None,
    memory_mb: int | None = None,
) -> Source:
    """Return an open source: whatever `fanwise.io.tables.reader_of` takes.

    folder: an existing folder for what is spilled and made. as_of: a date is the midnight that begins it; default: that
    of the mapping, else the last order. constants: of an earlier table, if features are to mean the same; giving them
    here too saves counting the money twice. mapping: a file, or what `carried_mapping` made of a model's. Raises
    MappingError and SourceError with everything that is wrong.
    """
    warehouse = partial(Warehouse.at, threads=threads, memory_mb=memory_mb)
    return _opened(reader_of(location), _declared(mapping), warehouse, Path(folder), as_of, constants or {})


def open_frames(
    frames: Mapping[str, Any],
    mapping: Path | Declared | None = None,
    *,
    folder: Path,
    as_of: dt.date | dt.datetime | None = None,
    constants: Mapping[str, float] | None = None,
) -> Source:
    """Return an open source of frames by the names of their tables, also for a few orders of one customer."""
    small = sum(len(frame) if hasattr(frame, "__len__") else FEW for frame in frames.values()) < FEW
    warehouse = Warehouse.small if small else Warehouse.at
    return _opened(reader_of(frames), _declared(mapping), warehouse, Path(folder), as_of, constants or {})


def _declared(mapping: Path | Declared | None) -> Declared:
    if isinstance(mapping, Declared):
        return mapping
    return read_mapping(Path(mapping)) if mapping is not None else Declared()


def _opened(
    reader: Reader,
    declared: Declared,
    open_warehouse: Callable[[Path], Warehouse],
    folder: Path,
    as_of: dt.date | dt.datetime | None,
    constants: Mapping[str, float],
) -> Source:
    if not folder.is_dir():
        raise MappingError("FW-OUTPUT-FOLDER", "the work folder does not exist", path=str(folder))
    warehouse = open_warehouse(folder.resolve())
    try:
        try:
            reader.begin(warehouse)
            warehouse.close_the_doors(reader.folders)
            tables = _tables(warehouse, reader)
            fitting = declared.for_tables(tables)
            layout, inferred = resolve(fitting, {name: types_of(info) for name, info in tables.items()}, reader.shown)
            intake = take_in(warehouse, Tables(reader, tables), layout)
        finally:
            reader.close()
        until = instant(as_of) if as_of is not None else declared.as_of or intake.last
        note_instants(warehouse, intake, reader.shown, dated=as_of is not None or declared.as_of is not None)
        note_future(warehouse, intake, until, reader.shown)
        note_rates(warehouse, intake, reader.shown)
        intake.decimals = _decimals(intake, constants)
        canon = canonical(warehouse, intake, until)
        note_canon(intake, canon, reader.shown, grain_said=declared.order_grain is not None)
    except BaseException:
        warehouse.close()
        raise
    return Source(reader.shown, inferred, _inputs(intake), until, intake, canon, warehouse, declared.text())


def _tables(warehouse: Warehouse, reader: Reader) -> dict[str, TableInfo]:
    """Return the tables of a source; raises SourceError with everything that cannot be read."""
    found, problems = {}, []
    for name in reader.names():
        try:
            found[name] = reader.find(warehouse, name)
        except SourceError as error:
            place = f"{reader.shown}: {name}"
            problems += [one if one.path or one.file else replace(one, path=place) for one in error.problems]
    if problems:
        raise SourceError(problems)
    return found


def _decimals(intake: Intake, constants: Mapping[str, float]) -> int:
    """Return the decimals of money: those of an earlier table, where the amounts fit."""
    given = int(constants.get(DECIMALS, intake.decimals))
    return given if intake.fits(given) else intake.decimals


def _inputs(intake: Intake) -> frozenset[str]:
    """Return what there is of what features may need."""
    has, negative, marked = intake.has, intake.layout.negative_returns, intake.layout.returned is not None
    priced = price_sql(intake.layout) != "" or has("order_item", "amount", "quantity")
    amount = has("order", "total") or bool(amount_sql(intake.layout))
    found = {
        "amount": amount,
        "product": has("order_item", "product"),
        "category": has("order_item", "category")
        or (has("order_item", "product") and has("product", "id", "category")),
        "price": priced,
        "discount": has("order", "discount")
        or has("order_item", "discount")
        or has("discount")
        or (priced and has("order_item", "list_price")),
        "channel": has("order", "channel"),
        "time": intake.timed,
        "created": has("customer", "created"),
        "return": has("return") or negative or marked,
        "return_amount": has("return", "amount") or ((negative or marked) and amount),
        "return_reason": has("return", "reason"),
        "ticket": has("ticket"),
        "ticket_kind": has("ticket", "kind"),
        "ticket_reopened": has("ticket", "reopened"),
    }
    return frozenset(name for name, there in found.items() if there)
