"""Put the defects into audited files: each part is read, changed and written anew, and the list of defects beside it.

The clean parts are Parquet. Nothing is replaced before all new parts are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import polars as pl

from fanwise.generator.defects.rows import Existing, TableDefects
from fanwise.generator.language.spec import Defect
from fanwise.generator.output.formats import FileSink, describing
from fanwise.generator.output.manifest import FileEntry, TableEntry
from fanwise.generator.output.publishing.writer import table_entry, write_part
from fanwise.generator.plan import Plan
from fanwise.generator.plan.defects import LISTED, reference_of
from fanwise.generator.plan.schema import Words
from fanwise.io.tables.base import DEFECTS_TABLE

__all__ = ["put_defects"]

_LIST_SCHEMA = pl.Schema(dict.fromkeys(LISTED, pl.String()))


def put_defects(
    plan: Plan, folder: Path, scratch: Path, tables: Mapping[str, TableEntry], sink: FileSink, threads: int
) -> dict[str, TableEntry]:
    """Replace the clean Parquet parts in `folder` by parts with defects, written by `sink`; return all tables.

    scratch: a folder on the same disk for the new parts. A table without defects keeps its parts where the format is
    that of the clean ones. Raises OutputError for disk errors.
    """
    scratch.mkdir()
    done: dict[str, TableEntry] = {}
    lists: list[pl.DataFrame] = []
    with ThreadPoolExecutor(threads, thread_name_prefix="fanwise-defects") as pool:
        for name, table in tables.items():
            defects = TableDefects(plan, name, _existing(plan, folder, tables))
            if not defects and (sink.name, sink.compression) == _CLEAN:
                done[name] = table
                continue

            def part(
                entry: FileEntry,
                first: int,
                defects: TableDefects = defects,
                words: Words = plan.schema.tables[name].words,
            ) -> tuple[FileEntry, pl.DataFrame]:
                clean = pl.read_parquet(folder / entry.path, glob=False)
                dirty, listed = defects.of(clean, first) if defects else (clean, pl.DataFrame(schema=_LIST_SCHEMA))
                path = f"{entry.path.removesuffix('.parquet')}{sink.suffix}"
                return write_part(scratch, describing(sink, words), dirty, path), listed

            firsts = accumulate((entry.rows for entry in table.files), initial=0)
            made = list(pool.map(part, table.files, firsts))
            done[name] = table_entry([entry for entry, _ in made], plan.schema.tables[name].written)
            lists += [listed for _, listed in made]
    listed = pl.concat([pl.DataFrame(schema=_LIST_SCHEMA), *lists])
    done[DEFECTS_TABLE] = table_entry(
        [write_part(scratch, sink, listed, f"{DEFECTS_TABLE}{sink.suffix}")], _LIST_SCHEMA
    )
    _replace(folder, scratch, tables, done)
    return done


_CLEAN = ("parquet", "zstd")


def _existing(plan: Plan, folder: Path, tables: Mapping[str, TableEntry]) -> Existing:
    """Return the look-up of keys in the clean parts of the table that a defect's column refers to."""

    def found(defect: Defect, keys: pl.Series) -> pl.Series:
        target = reference_of(plan.schema, defect)
        assert target is not None
        table, column = target
        paths = [folder / entry.path for entry in tables[table].files]
        wanted = keys.cast(plan.schema.tables[table].columns[column].dtype)
        scan = pl.scan_parquet(paths, glob=False).select(pl.col(column)).filter(pl.col(column).is_in(wanted.implode()))
        return wanted.is_in(scan.collect().to_series().implode())

    return found


def _replace(folder: Path, scratch: Path, old: Mapping[str, TableEntry], new: Mapping[str, TableEntry]) -> None:
    """Move the new parts into the folder, in place of the old ones of the same tables."""
    for name, table in new.items():
        if table is old.get(name):
            continue
        for entry in old[name].files if name in old else ():
            (folder / entry.path).unlink()
        for entry in table.files:
            (folder / entry.path).parent.mkdir(exist_ok=True)
            (scratch / entry.path).replace(folder / entry.path)
