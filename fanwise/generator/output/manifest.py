"""The manifest: the contents of a data folder, which it identifies as written by Fanwise. It is written last.

Its text is canonical: equal manifests have equal bytes. It has no time except SOURCE_DATE_EPOCH, if that is set.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from fanwise.generator.errors import OutputError
from fanwise.generator.language.literals import Gates
from fanwise.generator.output.file_names import (
    ANSWERS,
    APPLIED,
    DEFECTS,
    DOCUMENT,
    GATES,
    LEFT_OUT,
    MANIFEST,
    PENDING,
    SCHEMA,
    SHA256,
    SHARD,
    STORED_DOCUMENT,
    VERIFY,
    part_pattern,
)

__all__ = [
    "ANSWERS",
    "APPLIED",
    "DOCUMENT",
    "LEFT_OUT",
    "MANIFEST",
    "PENDING",
    "SCHEMA",
    "VERIFY",
    "FileEntry",
    "Manifest",
    "Recipe",
    "TableEntry",
    "created",
    "differences",
    "holds_manifest",
    "part_entry",
    "part_of",
    "read_manifest",
    "versions",
]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: path relative to the manifest with forward slashes, rows (0 for a report), bytes, sha256 in hex.

    content_hash: of the rows, 64 hex digits, so that parts can be merged without reading them; "" for a report.
    """

    path: str
    rows: int
    bytes: int
    sha256: str
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table: rows, content hash (64 hex digits), column name -> type word of the language, files in order."""

    rows: int
    content_hash: str
    columns: Mapping[str, str]
    files: tuple[FileEntry, ...]


Recipe = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was generated, from which schema, by which versions, and the verdict of its audit.

    dataset: its name; description: what it is, in words; schema_sha256: of the schema's text; rows: the `--rows`
    overrides; versions: program or library -> version (values may differ between values of `algorithm`); audited: False
    with `--gates none`; verdict: `pass` or, if not audited, `none`; gates: what could fail the audit, `all`,
    `integrity` or, if not audited, `none`; documents: reports, a shard's schema; created: ISO time of SOURCE_DATE_EPOCH
    or None; shard: `I/N` for one part of a run, for `gen merge`; defects: `applied`, `left out` or, in a shard,
    `pending`; None: none declared.
    """

    dataset: str
    schema_sha256: str
    seed: int
    scale: float
    rows: Mapping[str, int]
    versions: Mapping[str, str]
    format: str
    compression: str
    audited: bool
    verdict: str
    tables: Mapping[str, TableEntry]
    documents: tuple[FileEntry, ...] = ()
    created: str | None = field(default=None)
    shard: str | None = None
    gates: Gates = "none"
    defects: str | None = None
    description: str = ""

    def recipe(self) -> Recipe:
        """Return what decides the bytes of the files, by name: two runs with the same recipe write the same files."""
        return {
            "dataset": self.dataset,
            "schema_sha256": self.schema_sha256,
            "seed": self.seed,
            "scale": self.scale,
            **{f"rows.{name}": rows for name, rows in sorted(self.rows.items())},
            "shard": self.shard,
            **({} if self.defects is None else {"defects": self.defects}),
            "format": self.format,
            "compression": self.compression,
            **{f"versions.{name}": version for name, version in sorted(self.versions.items())},
        }

    def stored_in(self, kind: str) -> Manifest:
        """Return the manifest of the same tables in a database of this kind, without files."""
        tables = {name: replace(table, files=()) for name, table in self.tables.items()}
        return replace(self, format=kind, compression="none", tables=tables, documents=())

    def files(self) -> Iterator[FileEntry]:
        """Yield every file of the manifest: parts of tables, then documents."""
        for table in self.tables.values():
            yield from table.files
        yield from self.documents

    def text(self) -> str:
        """Return the canonical JSON: fixed order of keys, two spaces, `\\n`, UTF-8."""
        out: dict[str, Any] = {
            "manifest": FORMAT,
            "dataset": self.dataset,
            **({"description": self.description} if self.description else {}),
            "schema_sha256": self.schema_sha256,
            "seed": self.seed,
            "scale": self.scale,
            "rows": dict(sorted(self.rows.items())),
            "versions": dict(sorted(self.versions.items())),
            "format": self.format,
            "compression": self.compression,
            "audited": self.audited,
            "verdict": self.verdict,
            "gates": self.gates,
        }
        told = {"shard": self.shard, "defects": self.defects, "created": self.created}
        out |= {key: value for key, value in told.items() if value is not None}
        out["tables"] = {
            name: {
                "rows": table.rows,
                "content_hash": table.content_hash,
                "columns": dict(table.columns),
                "files": [_file_text(entry) for entry in table.files],
            }
            for name, table in self.tables.items()
        }
        out["documents"] = [_file_text(entry) for entry in self.documents]
        return json.dumps(out, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str, file: str = MANIFEST, *, stored: bool = False) -> Manifest:
        """Return the manifest in `text`. Raises OutputError with the place in `file` if it is not valid.

        stored: it belongs to an object store, whose file names may hold the token of a run.
        """
        try:
            decoded = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _refusal(file, "", f"is not JSON: {error}") from error
        return _Reader(file, stored=stored).manifest(decoded)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the data folder `folder`. Raises OutputError if it is missing or damaged."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise OutputError(
            "FW-OUTPUT-MANIFEST", f"{folder}: has no {MANIFEST}, so it is not a data folder from Fanwise."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(str(path), "", f"cannot be read: {error}") from error
    return Manifest.from_text(text, str(path))


def part_entry(decoded: Any, file: str) -> FileEntry:
    """Return the entry of a part from decoded JSON of `file`. Raises OutputError if it is not valid."""
    return _Reader(file).entry(decoded, "", part_pattern())


def part_of(path: str) -> tuple[str, int]:
    """Return the table of a part's path and the number of the part, counted from 0."""
    table, slash, name = path.partition("/")
    return (table, int(name.partition(".")[0].removeprefix("part-"))) if slash else (table.partition(".")[0], 0)


def holds_manifest(folder: Path) -> bool:
    """Return whether `folder` holds a valid manifest, as a file and not through a link."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return False
    try:
        read_manifest(folder)
    except OutputError:
        return False
    return True


def versions(algorithm: int | str) -> dict[str, str]:
    """Return the versions that decide the bytes of a data set and, for `algorithm`, its values."""
    found = {"algorithm": str(algorithm)}
    for name in ("fanwise", "mimesis", "numpy", "polars"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"  # runs from a source tree without installation
    return found


def differences(one: Recipe, other: Recipe) -> list[str]:
    """Return the names of the entries that differ between two recipes."""
    return [name for name in dict.fromkeys((*one, *other)) if one.get(name) != other.get(name)]


def created(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the time of SOURCE_DATE_EPOCH as ISO 8601 UTC, or None if it is not set or not a number."""
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdecimal() or len(epoch) > 11:
        return None
    return dt.datetime.fromtimestamp(int(epoch), tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file_text(entry: FileEntry) -> dict[str, str | int]:
    out: dict[str, str | int] = {"path": entry.path, "rows": entry.rows, "bytes": entry.bytes, "sha256": entry.sha256}
    return {**out, "content_hash": entry.content_hash} if entry.content_hash else out


def _refusal(file: str, path: str, why: str) -> OutputError:
    hint = "the manifest was changed or damaged after it was written; generate the data again into another folder."
    return OutputError("FW-OUTPUT-MANIFEST", f"{why}.", hint, f"{file}: {path}" if path else file)


class _Reader:
    """Checks every value of a decoded manifest and reports the first invalid one."""

    def __init__(self, file: str, *, stored: bool = False) -> None:
        self.file = file
        self.part, self.document = (part_pattern(stored), STORED_DOCUMENT if stored else DOCUMENT)

    def manifest(self, decoded: Any) -> Manifest:
        keys = {"manifest", "dataset", "schema_sha256", "seed", "scale", "rows", "versions", "format", "compression"}
        keys |= {"audited", "verdict", "tables", "documents"}
        top = self.mapping(decoded, "", keys, optional={"created", "shard", "gates", "defects", "description"})
        if top["manifest"] != FORMAT:
            raise _refusal(self.file, "manifest", f"is version {top['manifest']!r}; this program reads {FORMAT}")
        scale = top["scale"]
        if not isinstance(scale, int | float) or isinstance(scale, bool):
            raise _refusal(self.file, "scale", "is not a number")
        tables = self.mapping(top["tables"], "tables")
        audited = self.boolean(top["audited"], "audited")
        gates = self.string(top.get("gates", "all" if audited else "none"), "gates", GATES)
        return Manifest(
            dataset=self.string(top["dataset"], "dataset"),
            schema_sha256=self.string(top["schema_sha256"], "schema_sha256"),
            seed=self.integer(top["seed"], "seed", negative=True),
            scale=float(scale),
            rows={k: self.integer(v, f"rows.{k}") for k, v in self.mapping(top["rows"], "rows").items()},
            versions={k: self.string(v, f"versions.{k}") for k, v in self.mapping(top["versions"], "versions").items()},
            format=self.string(top["format"], "format"),
            compression=self.string(top["compression"], "compression"),
            audited=audited,
            verdict=self.string(top["verdict"], "verdict"),
            tables={name: self.table(table, f"tables.{name}") for name, table in tables.items()},
            documents=self.files(top["documents"], "documents", self.document),
            created=None if "created" not in top else self.string(top["created"], "created"),
            shard=None if "shard" not in top else self.string(top["shard"], "shard", SHARD),
            gates=cast(Gates, gates),
            defects=None if "defects" not in top else self.string(top["defects"], "defects", DEFECTS),
            description=self.string(top.get("description", ""), "description"),
        )

    def table(self, decoded: Any, path: str) -> TableEntry:
        table = self.mapping(decoded, path, {"rows", "content_hash", "columns", "files"})
        columns = self.mapping(table["columns"], f"{path}.columns")
        entry = TableEntry(
            rows=self.integer(table["rows"], f"{path}.rows"),
            content_hash=self.string(table["content_hash"], f"{path}.content_hash", SHA256),
            columns={name: self.string(kind, f"{path}.columns.{name}") for name, kind in columns.items()},
            files=self.files(table["files"], f"{path}.files", self.part),
        )
        if entry.files and entry.rows != sum(file.rows for file in entry.files):  # a database has no files
            raise _refusal(self.file, f"{path}.rows", "is not the sum of the rows of its files")
        return entry

    def files(self, decoded: Any, path: str, allowed: re.Pattern[str]) -> tuple[FileEntry, ...]:
        if not isinstance(decoded, list):
            raise _refusal(self.file, path, "is not a list")
        return tuple(self.entry(item, f"{path}[{i}]", allowed) for i, item in enumerate(decoded))

    def entry(self, decoded: Any, path: str, allowed: re.Pattern[str]) -> FileEntry:
        item = self.mapping(decoded, path, {"path", "rows", "bytes", "sha256"}, optional={"content_hash"})
        hashed = item.get("content_hash", "")
        return FileEntry(
            path=self.string(item["path"], f"{path}.path", allowed),
            rows=self.integer(item["rows"], f"{path}.rows"),
            bytes=self.integer(item["bytes"], f"{path}.bytes"),
            sha256=self.string(item["sha256"], f"{path}.sha256", SHA256),
            content_hash=self.string(hashed, f"{path}.content_hash", SHA256) if hashed else "",
        )

    def mapping(
        self, decoded: Any, path: str, keys: set[str] | None = None, optional: frozenset[str] | set[str] = frozenset()
    ) -> dict[str, Any]:
        if not isinstance(decoded, dict):
            raise _refusal(self.file, path, "is not a mapping")
        if keys is not None and (wrong := (keys - decoded.keys()) | (decoded.keys() - keys - optional)):
            raise _refusal(self.file, path, f"has missing or unknown keys: {', '.join(sorted(wrong))}")
        return decoded

    def string(self, decoded: Any, path: str, allowed: re.Pattern[str] | None = None) -> str:
        if not isinstance(decoded, str) or (allowed is not None and not allowed.fullmatch(decoded)):
            raise _refusal(self.file, path, f"{decoded!r} is not valid here")
        return decoded

    def integer(self, decoded: Any, path: str, *, negative: bool = False) -> int:
        if not isinstance(decoded, int) or isinstance(decoded, bool) or (decoded < 0 and not negative):
            raise _refusal(self.file, path, f"{decoded!r} is not a count")
        return decoded

    def boolean(self, decoded: Any, path: str) -> bool:
        if not isinstance(decoded, bool):
            raise _refusal(self.file, path, f"{decoded!r} is neither true nor false")
        return decoded
