"""Faults between frames and files: parts lost, doubled, cut, written in another type."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from fanwise.generator.output.formats.csv import CsvSink
from fanwise.generator.output.formats.parquet import ParquetSink
from fanwise.generator.output.publishing.writer import FolderWriter
from fanwise.generator.run import filling
from tests.mutants.fault import Fault, Patch, around

__all__ = ["FILE_FAULTS"]

PARTS = 6000  # rows of a part: ecommerce then has four parts of orders


def finished(change: Callable[[Path], None]) -> Callable[[Patch], None]:
    """Change the staged folder after the last part was written, with parts of `PARTS` rows."""

    def faulty(finish: Any, writer: FolderWriter, schemas: Any) -> Any:
        entries = finish(writer, schemas)
        change(writer._folder)
        return entries

    def plant(patch: Patch) -> None:
        patch.setattr(filling, "PART_ROWS", PARTS)
        around(patch, FolderWriter, "finish", faulty)

    return plant


def part_lost(folder: Path) -> None:
    (folder / "order" / "part-00001.parquet").unlink()


def part_doubled(folder: Path) -> None:
    shutil.copy(folder / "order" / "part-00001.parquet", folder / "order" / "part-00009.parquet")


def part_cut(folder: Path) -> None:
    part = folder / "order" / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])


def part_empty(folder: Path) -> None:
    (folder / "order" / "part-00001.parquet").write_bytes(b"")


def part_overwritten(folder: Path) -> None:
    shutil.copy(folder / "order" / "part-00000.parquet", folder / "order" / "part-00001.parquet")


def table_lost(folder: Path) -> None:
    (folder / "product.parquet").unlink()


def tables_exchanged(folder: Path) -> None:
    customer, product = folder / "customer.parquet", folder / "product.parquet"
    customer.rename(folder / "spare")
    product.rename(customer)
    (folder / "spare").rename(product)


def orders(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Patch], None]:
    """Change the rows of orders on their way into a file; what counts rows before has seen the right ones."""

    def faulty(write: Any, sink: ParquetSink, frame: pl.DataFrame, path: Path) -> None:
        write(sink, change(frame) if "gross_amount" in frame.columns else frame, path)

    return lambda patch: around(patch, ParquetSink, "write", faulty)


def cast(column: str, dtype: pl.DataType) -> Callable[[Patch], None]:
    """Write a column in another type than the plan says."""

    def faulty(write: Any, sink: ParquetSink, frame: pl.DataFrame, path: Path) -> None:
        write(sink, frame.cast({column: dtype}) if column in frame.columns else frame, path)

    return lambda patch: around(patch, ParquetSink, "write", faulty)


def column_lost(patch: Patch) -> None:
    def faulty(write: Any, sink: ParquetSink, frame: pl.DataFrame, path: Path) -> None:
        write(sink, frame.drop("gross_amount", strict=False), path)

    around(patch, ParquetSink, "write", faulty)


def no_header(patch: Patch) -> None:
    def faulty(write: Any, sink: CsvSink, frame: pl.DataFrame, path: Path) -> None:
        frame.write_csv(path, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.f")

    around(patch, CsvSink, "write", faulty)


FILE_FAULTS = (
    Fault("part_lost", "A part is gone after it was written: its items have no order.",
          "ecommerce", finished(part_lost), "reference.order_item.order_id"),
    Fault("part_doubled", "A part lies there twice.", "ecommerce", finished(part_doubled), "key.order.order_id"),
    Fault("part_overwritten", "A part holds the rows of another one.",
          "ecommerce", finished(part_overwritten), "key.order.order_id"),
    Fault("part_cut", "A part is cut off in the middle: what cannot be read cannot be judged.",
          "ecommerce", finished(part_cut), "table.order", status="ERROR", exit_code=4),
    Fault("part_empty", "A part is a file of 0 bytes.",
          "ecommerce", finished(part_empty), "table.order", status="ERROR", exit_code=4),
    Fault("table_lost", "A table has no file.", "ecommerce", finished(table_lost), "table.product"),
    Fault("tables_exchanged", "Two tables lie under each other's name.",
          "ecommerce", finished(tables_exchanged), "columns.customer.customer_id"),
    Fault("rows_written_twice", "A row of each part is written again.",
          "ecommerce", orders(lambda frame: pl.concat([frame, frame.head(1)])), "key.order.order_id"),
    Fault("chunk_dropped", "A stretch of rows does not reach its file.",
          "ecommerce", orders(lambda frame: frame[:4000].vstack(frame[8000:])), "reference.order_item.order_id"),
    Fault("key_as_text", "Integers are written as text.",
          "ecommerce", cast("customer_id", pl.String()), "columns.order.customer_id"),
    Fault("money_as_text", "Amounts are written as text.",
          "ecommerce", cast("gross_amount", pl.String()), "columns.order.gross_amount"),
    Fault("time_as_date", "Instants lose their hours.",
          "ecommerce", cast("ordered_at", pl.Date()), "columns.order.ordered_at"),
    Fault("column_lost", "A column is not written.", "ecommerce", column_lost, "columns.order.gross_amount"),
    Fault("no_header", "CSV without its first line.",
          "ecommerce", no_header, "columns.customer.customer_id", exit_code=4, options={"format": "csv"}),
)  # fmt: skip
