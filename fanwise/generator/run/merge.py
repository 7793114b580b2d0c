"""Merge the shards of a run into one data set, which is audited and published with one manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.engine.executor import WHOLE
from fanwise.generator.engine.local import available_processors
from fanwise.generator.errors import OutputError, PlanError, Problem, UsageError
from fanwise.generator.language import load
from fanwise.generator.language.spec import Dataset, Gates
from fanwise.generator.output.content_hash import ContentHash
from fanwise.generator.output.manifest import (
    APPLIED,
    PENDING,
    SCHEMA,
    FileEntry,
    Manifest,
    TableEntry,
    created,
    differences,
    read_manifest,
)
from fanwise.generator.output.publishing.parts import damaged, link
from fanwise.generator.output.publishing.stages import delivered_to, stage_of
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.dirt import delivered_schema, dirtied
from fanwise.generator.run.options import Observer, RunResult
from fanwise.generator.run.run import judge
from fanwise.generator.run.shards import default_target

__all__ = ["MergeOptions", "merge"]

_BYTES_ONLY = frozenset({"shard", "versions.numpy", "versions.polars"})
"""Versions that may differ between shards of one run: they change bytes of files, but no value."""


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """The options of `gen merge`, by name.

    schema: the schema to audit against if the copy in the shards cannot be read alone. to: a URL, possibly with a
    password, to deliver the data to; a folder is then published only if `out` is given too. gates: as in `RunOptions`.
    """

    out: Path | None = None
    to: str | None = field(default=None, repr=False)
    schema: str | None = None
    threads: int | None = None
    gates: Gates | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class _Shard:
    folder: Path
    manifest: Manifest

    @property
    def place(self) -> tuple[int, int]:
        """Return (I, N)."""
        index, of = (self.manifest.shard or "0/0").split("/")
        return int(index), int(of)


def merge(folders: Sequence[Path], options: MergeOptions, observer: Observer | None = None) -> RunResult:
    """Merge the shards in `folders`, audit the result, and publish it if it passed. The shards stay.

    Files are hard links where the file system supports them, so a merge needs no disk space. Raises UsageError if the
    folders are not one complete run, and OutputError for a damaged or missing file. A failed audit is a result.
    """
    observer = observer or Observer()
    observer.begin("compare")
    shards = _one_run(folders)
    made = shards[0].manifest
    wanted = options.gates != "none"
    plan = _plan(shards[0], options) if wanted or options.schema or options.to or made.defects == PENDING else None
    observer.begin("verify")
    _refuse_damaged(shards, options.threads or available_processors())
    with _staging(plan, made, options, observer) as staging:
        observer.begin("merge")
        with as_output_error(staging.folder):
            tables = {name: _together(shards, name, staging.folder) for name in made.tables}
        whole = replace(_described(shards), tables=tables)
        if not wanted or plan is None:
            whole = whole if plan is None else dirtied(plan, staging, whole, observer, options.threads)
            result = RunResult(staging.target, 0, staging.publish(whole))
        else:
            observer.begin("forecast")
            contract = compile_contract(plan)
            contract = replace(contract, gates=options.gates or contract.gates)
            result = judge(staging, whole, contract, forecast(plan, contract), observer, options.threads, plan=plan)
            result = replace(result, warnings=warnings(plan))
        return replace(result, delivered=delivered_to(staging, options.to))


def _staging(plan: Plan | None, made: Manifest, options: MergeOptions, observer: Observer) -> Staging:
    target = options.out or default_target(made.dataset, WHOLE)
    if plan is None:
        return Staging(target, force=options.force)
    keeps = options.out is not None
    schema = delivered_schema(plan, APPLIED if made.defects == PENDING else made.defects)
    return stage_of(plan, target, options.to, made.format, observer, keeps=keeps, force=options.force, schema=schema)


def _one_run(folders: Sequence[Path]) -> list[_Shard]:
    """Return the shards in order. Raises UsageError with all problems if they are not one complete run."""
    shards = _read(folders)
    problems = [
        Problem(
            "FW-USAGE-SHARDS",
            f"holds a whole data set ('{shard.manifest.dataset}'), not a shard",
            _SHARDS,
            str(shard.folder),
        )
        for shard in shards
        if shard.manifest.shard is None
    ]
    parts = sorted((shard for shard in shards if shard.manifest.shard is not None), key=lambda shard: shard.place)
    if parts:
        problems += _unlike(parts)
        problems += _missing_or_double(parts)
    if problems:
        raise UsageError(problems)
    return parts


_SHARDS = "give the folders written by `gen run --shard I/N`."


def _read(folders: Sequence[Path]) -> list[_Shard]:
    shards: list[_Shard] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            shards.append(_Shard(folder, read_manifest(folder)))
        except OutputError as error:
            problems += [replace(problem, hint=problem.hint or _SHARDS) for problem in error.problems]
    if problems:
        raise OutputError(problems)
    return shards


def _unlike(shards: Sequence[_Shard]) -> list[Problem]:
    """Return a problem for each shard whose options or versions differ from those of the first one."""
    first = shards[0]
    recipe = first.manifest.recipe()
    problems: list[Problem] = []
    for shard in shards[1:]:
        other = shard.manifest.recipe()
        wrong = [name for name in differences(recipe, other) if name not in _BYTES_ONLY]
        told = [f"{name} {other.get(name)}, not {recipe.get(name)}" for name in wrong]
        told += [
            f"columns of {name}"
            for name in dict.fromkeys((*first.manifest.tables, *shard.manifest.tables))
            if _columns(shard.manifest, name) != _columns(first.manifest, name)
        ]
        if told:
            why = f"is not a shard of the same run as {first.folder}: {'; '.join(told)}"
            problems.append(Problem("FW-USAGE-SHARDS", why, path=str(shard.folder)))
    return problems


def _columns(manifest: Manifest, table: str) -> Mapping[str, str] | None:
    return manifest.tables[table].columns if table in manifest.tables else None


def _missing_or_double(shards: Sequence[_Shard]) -> list[Problem]:
    """Return a problem for each shard that is duplicate, missing, or of another number of shards."""
    of = shards[0].place[1]
    problems: list[Problem] = []
    seen: dict[int, Path] = {}
    for shard in shards:
        index, parts = shard.place
        if parts != of or index > of:
            why = f"is shard {index}/{parts}, but {shards[0].folder} is one of {of}"
            problems.append(Problem("FW-USAGE-SHARDS", why, path=str(shard.folder)))
        elif index in seen:
            why = f"is shard {index}/{of}, and so is {seen[index]}"
            problems.append(Problem("FW-USAGE-SHARDS", why, "give each shard once.", str(shard.folder)))
        else:
            seen[index] = shard.folder
    if missing := [f"{index}/{of}" for index in range(1, of + 1) if index not in seen]:
        told = ", ".join(missing[:8]) + (f" and {len(missing) - 8:,} more" if len(missing) > 8 else "")
        hint = f"make it with `gen run … --shard {missing[0]}`, and give its folder too."
        problems.append(Problem("FW-USAGE-SHARDS", f"{len(missing):,} of {of} shards are missing: {told}", hint))
    return problems


def _schema(shard: _Shard, given: str | None) -> Dataset:
    """Return the schema of the shards: the copy in a shard, or the one that was given."""
    if given is not None:
        dataset = load(given)
        if dataset.sha256 != shard.manifest.schema_sha256:
            raise UsageError(
                "FW-USAGE-SHARDS", f"--schema {given}: the shards were generated from another version of it", _SAME
            )
        return dataset
    listed = any(entry.path == SCHEMA for entry in shard.manifest.documents)
    path = shard.folder / SCHEMA
    if not listed or not path.is_file():
        raise OutputError(
            "FW-OUTPUT-MANIFEST",
            "has no copy of the schema, which the audit and the delivery need",
            _SAME,
            str(shard.folder),
        )
    return load(path)


def _plan(shard: _Shard, options: MergeOptions) -> Plan:
    made = shard.manifest
    dataset = _schema(shard, options.schema)
    try:
        return compile_plan(dataset, seed=made.seed, scale=made.scale, rows=made.rows)
    except PlanError as error:
        if options.schema is not None:
            raise
        # It compiled before, so the files that it reads are missing: the shards do not carry them.
        raise UsageError([replace(problem, hint=_SAME) for problem in error.problems]) from error


_SAME = "give the schema of the shards with --schema."


def _refuse_damaged(shards: Sequence[_Shard], threads: int) -> None:
    problems: list[Problem] = []
    for shard in shards:
        wrong = damaged(shard.folder, shard.manifest.files(), threads=threads)
        again = f"--shard {shard.manifest.shard} --out {shard.folder} --resume"
        hint = f"generate it again with `gen run SCHEMA {again}` and the same options as before."
        problems += [Problem("FW-OUTPUT-DAMAGED", why, hint, str(shard.folder / path)) for path, why in wrong.items()]
    if problems:
        raise OutputError(problems)


def _together(shards: Sequence[_Shard], table: str, folder: Path) -> TableEntry:
    """Link or copy the files of `table` into `folder`, in the order of the shards; return their entry."""
    entries = [shard.manifest.tables[table] for shard in shards]
    files = [(shard.folder, file) for shard, entry in zip(shards, entries, strict=True) for file in entry.files]
    files = [(source, file) for source, file in files if file.rows] or files[:1]
    suffix = "".join(PurePosixPath(files[0][1].path).suffixes)
    listed: list[FileEntry] = []
    for number, (source, file) in enumerate(files):
        name = f"{table}/part-{number:05d}{suffix}" if len(files) > 1 else f"{table}{suffix}"
        link(source / file.path, folder / name)
        listed.append(replace(file, path=name))
    whole = ContentHash()
    for entry in entries:
        whole.merge(ContentHash.from_hexdigest(entry.content_hash))
    return TableEntry(whole.rows, whole.hexdigest(), entries[0].columns, tuple(listed))


def _described(shards: Sequence[_Shard]) -> Manifest:
    """Return the manifest of the merged data set, without its tables. It lists all versions that differ."""
    manifests = [shard.manifest for shard in shards]
    first = manifests[0]
    used = {name: {made.versions.get(name, "unknown") for made in manifests} for name in first.versions}
    versions = {name: ", ".join(sorted(found)) for name, found in used.items()}
    return replace(
        first, versions=versions, audited=False, verdict="none", gates="none", tables={}, documents=(),
        created=created(), shard=None, defects=APPLIED if first.defects == PENDING else first.defects,
    )  # fmt: skip
