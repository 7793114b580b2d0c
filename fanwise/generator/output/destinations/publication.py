"""Publish files as a data set in a store without transactions over several objects.

1. `manifest.json.pending` is written: it shows that a run is under way or was stopped, and lists its files.
2. The files are uploaded under unique names: their own in an empty place, else below `run-TOKEN/`.
3. `manifest.json` is written, on the condition that it is still the old one. This step publishes the data.
4. The pending mark and the files that only the old manifest lists are removed.

A reader that opens the files in the manifest never sees a mixture. A run that fails before step 3 removes its files. A
killed one leaves them, with the mark, and the next run removes them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from fanwise.generator.errors import OutputError
from fanwise.generator.output.destinations.base import Delivery, refuse_taken, refused
from fanwise.generator.output.destinations.store import Changed, Store
from fanwise.generator.output.manifest import MANIFEST, FileEntry, Manifest

__all__ = ["PENDING", "Publication"]

PENDING = f"{MANIFEST}.pending"

# All that a pending mark may have removed: no absolute path, no `..`.
_NAME = re.compile(
    r"(run-[0-9a-f]{12}/)?[A-Za-z_][A-Za-z0-9_]{0,62}(/part-\d{5,}(-[0-9a-f]{12})?)?(\.[a-z0-9]{2,7}){1,2}"
)


class Publication:
    """One place in a store for one run: `prepare`, `upload`, `publish`, `clean`, and `close` however it ends."""

    def __init__(self, store: Store, *, force: bool) -> None:
        self._store, self._force = store, force
        self.old: Manifest | None = None
        self._mark: str | None = None
        self._left: set[str] = set()
        self._brought: list[str] = []
        self._noted = self._alone = False

    def prepare(self, dataset: str) -> None:
        """Raise OutputError for data that may not be replaced, and mark that a run is under way."""
        self.old, self._mark = self._manifest()
        pending = self._store.get(PENDING)
        place = self._store.shown
        if self.old is not None:
            refuse_taken(place, self.old, force=self._force)
        elif pending is not None and not self._force:
            why = "another run is writing there, or was stopped before it finished."
            raise refused(place, why, "wait for it to end; --force removes what a stopped run left.")
        elif pending is None and (there := self._store.below(most=1)):
            why = f"is not empty (it holds {there[0]}) and has no manifest from Fanwise; it is not changed."
            raise refused(place, why, "choose another --to.")
        self._left = set() if pending is None else _noted_files(pending[0])
        self._alone = self.old is None and pending is None
        try:
            self._store.put(PENDING, _note(dataset, []), "create" if pending is None else "overwrite")
        except Changed:
            raise refused(place, "another run has just begun to write there.", "wait for that run to end.") from None
        self._noted = True

    def manifest(self) -> Manifest | None:
        """Return the stored manifest, or None."""
        return self._manifest()[0]

    def upload(self, delivery: Delivery, named: Callable[[str, str], str] | None = None) -> Manifest:
        """Upload the files of a run and its documents; return the manifest with their names there.

        named: gives the name of a table's file there from its own name and a token of this run; default as above.
        """
        token = secrets.token_hex(6)
        named = named or self._named
        made = delivery.manifest
        tables = {
            name: replace(table, files=tuple(replace(file, path=named(file.path, token)) for file in table.files))
            for name, table in made.tables.items()
        }
        texts = {self._named(name, token): text.encode() for name, text in delivery.documents.items()}
        documents = tuple(FileEntry(name, 0, len(text), sha256(text).hexdigest()) for name, text in texts.items())
        manifest = replace(made, tables=tables, documents=documents)
        self._store.put(PENDING, _note(made.dataset, [entry.path for entry in manifest.files()]))
        for name, table in tables.items():
            for source, file in zip(delivery.files(name), table.files, strict=True):
                self._brought.append(file.path)
                self._store.put(file.path, source)
                delivery.advance(file.rows)
        for path, text in texts.items():
            self._brought.append(path)
            self._store.put(path, text)
        return manifest

    def publish(self, manifest: Manifest) -> None:
        """Write the manifest if the stored one is still the old one; else raise OutputError, with nothing published."""
        try:
            self._store.put(
                MANIFEST, manifest.text().encode(), {"e_tag": self._mark} if self._mark is not None else "create"
            )
        except Changed:
            why = "another run has published there meanwhile; its data is unchanged."
            raise refused(self._store.shown, why, "run again with --force to replace them.") from None
        self._brought = []

    def clean(self, manifest: Manifest, *, tables: Sequence[str] | None = None) -> None:
        """After `publish`, remove the pending mark, what a stopped run left, old documents and old files of tables.

        tables: remove these files instead of all those in the old manifest.
        """
        kept = {entry.path for entry in manifest.files()}
        old = {entry.path for entry in self.old.files()} if self.old is not None else set()
        documents = {entry.path for entry in self.old.documents} if self.old is not None else set()
        gone = (self._left | old if tables is None else self._left - old | documents | set(tables)) - kept
        try:
            self._store.remove([*sorted(gone), PENDING])
        except OutputError as error:
            why = f"the data is published and complete, but older files could not be removed: {error.problems[0].why}"
            raise refused(self._store.shown, why, f"remove the files that {MANIFEST} does not list.") from None
        self._noted = False

    def close(self) -> None:
        """Remove what was uploaded and not published."""
        with suppress(OutputError):  # the mark then stays, and the next run removes what it lists
            self._store.remove(self._brought)
            if self._noted:
                self._store.remove([PENDING])
        self._brought, self._noted = [], False

    def _manifest(self) -> tuple[Manifest | None, str | None]:
        found = self._store.get(MANIFEST)
        if found is None:
            return None, None
        return Manifest.from_text(found[0], f"{self._store.shown}/{MANIFEST}", stored=True), found[1]

    def _named(self, path: str, token: str) -> str:
        return path if self._alone else f"run-{token}/{path}"


def _note(dataset: str, files: list[str]) -> bytes:
    return (json.dumps({"dataset": dataset, "files": files}, indent=2) + "\n").encode()


def _noted_files(text: str) -> set[str]:
    """Return the files that a pending mark lists and a run may have uploaded; none for a damaged mark."""
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    files = decoded.get("files", []) if isinstance(decoded, dict) else []
    return (
        {name for name in files if isinstance(name, str) and _NAME.fullmatch(name)}
        if isinstance(files, list)
        else set()
    )
