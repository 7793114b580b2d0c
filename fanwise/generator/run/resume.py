"""Resume a run: find the files of a stopped run, or of a damaged data set, that can be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fanwise.generator.language.spec import Gates
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.manifest import FileEntry, Manifest, TableEntry
from fanwise.generator.output.publishing.parts import damaged, link
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.output.publishing.target import as_output_error

__all__ = ["Found", "take_over"]

_STRICTNESS: tuple[Gates, ...] = ("none", "integrity", "all")


@dataclass(frozen=True, slots=True)
class Found:
    """What exists already. kept: parts in the staging folder. whole: the manifest of a target that is complete."""

    kept: tuple[FileEntry, ...] = ()
    whole: Manifest | None = None


def take_over(
    staging: Staging, files: FileSink, *, part_rows: Mapping[str, int], gates: Gates, threads: int, reuse: bool = True
) -> Found:
    """Return what a resumed run into `staging` can keep. The staging folder then holds exactly that.

    A file is kept only if its size and SHA-256 match the journal or the target's manifest. gates: a target counts as
    complete only if its audit decided by these, or by more. reuse: the target's files are as they are
    staged, without defects.
    """
    with as_output_error(staging.target):
        there: dict[str, FileEntry] = {}
        if staging.journaled is not None:
            wrong = damaged(staging.folder, staging.journaled.parts, threads=threads)
            there = {entry.path: entry for entry in staging.journaled.parts if entry.path not in wrong}
        old = staging.old
        wrong = {} if old is None else damaged(staging.target, old.files(), threads=threads)
        if old is not None and not wrong and _STRICTNESS.index(old.gates) >= _STRICTNESS.index(gates):
            return Found(whole=old)
        staging.keep_only(there)
        for entry in _fitting(old, files, part_rows) if old is not None and reuse else ():
            if entry.path not in there and entry.path not in wrong:
                link(staging.target / entry.path, staging.folder / entry.path)
                there[entry.path] = entry
        return Found(tuple(there.values()))


def _fitting(manifest: Manifest, files: FileSink, part_rows: Mapping[str, int]) -> Iterator[FileEntry]:
    """Yield the files of tables that are cut at this run's rows; a merged data set may be cut elsewhere."""
    for name, table in manifest.tables.items():
        if _is_cut_alike(name, table, files.suffix, part_rows.get(name, 0)):
            yield from table.files


def _is_cut_alike(name: str, table: TableEntry, suffix: str, part_rows: int) -> bool:
    names = [f"{name}/part-{index:05d}{suffix}" for index in range(len(table.files))]
    if len(names) == 1:
        names = [f"{name}{suffix}"]
    sizes = [entry.rows for entry in table.files]
    return (
        [entry.path for entry in table.files] == names
        and all(entry.content_hash for entry in table.files)
        and all(size == part_rows for size in sizes[:-1])
        and sizes[-1] <= part_rows
    )
