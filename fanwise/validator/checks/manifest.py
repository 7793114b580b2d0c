"""The data are those that were written: every part file and every row that their manifest lists, and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from fanwise.io.tables.folder import format_of
from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import StoredFile, StoredTable
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence

_HINT = "restore the file, or generate the data again."
_SHOWN = 12  # hex digits of a hash: enough to tell two files apart

Item = tuple[str, StoredTable, Path | None]


class Manifest:
    name = "manifest"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Item]]:
        for table, stored in evidence.manifest.items():
            if stored.files and evidence.folder is not None:
                yield Subject(f"{table}.files", (table, stored, evidence.folder))
            if table in evidence.contract.tables:
                yield Subject(f"{table}.rows", (table, stored, None), ((table, None),))

    def judge(self, evidence: Evidence, subject: Subject[Item]) -> Iterator[Finding]:
        table, stored, folder = subject.item
        identity = f"{self.name}.{subject.id}"
        if folder is None:
            yield self._rows(identity, table, stored.rows, evidence.warehouse.rows_as_written(table))
            return
        wrong = list(_wrong(table, stored, folder))
        for path, message in wrong:
            yield Finding(f"{identity}.{path}", self.name, Status.FAIL, message, hint=_HINT, evidence={"file": path})
        if not wrong:
            message = f"{table} has the {count(len(stored.files), 'file')} of the manifest, byte for byte."
            yield Finding(identity, self.name, Status.PASS, message)

    def _rows(self, identity: str, table: str, listed: int, found: int) -> Finding:
        evidence = {"rows": found, "listed": listed}
        if found == listed:
            message = f"{table} has the {count(found, 'row')} of the manifest."
            return Finding(identity, self.name, Status.PASS, message, evidence=evidence)
        change = f"{abs(found - listed):,} {'are missing' if found < listed else 'were added'}"
        message = f"{table} has {count(found, 'row')}, the manifest lists {listed:,}: {change}."
        hint = "restore the data, or generate them again."
        return Finding(identity, self.name, Status.FAIL, message, hint=hint, evidence=evidence)


def _wrong(table: str, stored: StoredTable, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and message of each file that is not the listed one, is missing, or is not listed."""
    root = folder.resolve()
    for file in stored.files:
        message = _changed(root, file)
        if message:
            yield file.path, message
    listed = {file.path for file in stored.files}
    for path in sorted({*root.glob(f"{table}.*"), *root.glob(f"{table}/*")}):
        name = path.relative_to(root).as_posix()
        data = format_of(path) and path.is_file() and not path.name.startswith((".", "_"))
        if data and name not in listed:
            size = f"{path.stat().st_size:,} bytes"
            yield name, f"{name} ({size}) is not in the manifest, which lists {count(len(listed), 'file')} of {table}."


def _changed(root: Path, file: StoredFile) -> str:
    """Return how a file differs from what the manifest lists; empty where it does not."""
    path = (root / file.path).resolve()
    if not path.is_relative_to(root):
        return f"{file.path} is outside the folder of the data."
    if not path.is_file():
        return f"{file.path} is missing: the manifest lists it with {count(file.rows, 'row')}."
    size = path.stat().st_size
    if size != file.bytes:
        return f"{file.path} was changed: it has {size:,} bytes, the manifest lists {file.bytes:,}."
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file.sha256:
        digests = f"{found[:_SHOWN]}…, the manifest lists {file.sha256[:_SHOWN]}…"
        return f"{file.path} was changed: its SHA-256 is {digests} ({count(file.rows, 'row')})."
    return ""
