"""A staging folder whose tables are delivered to a destination when they are published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

from fanwise.generator.errors import UsageError
from fanwise.generator.output.destinations.base import MANIFEST_TABLE, Delivery, Destination
from fanwise.generator.output.manifest import Manifest, Recipe
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.plan.schema import RelationalSchema

__all__ = ["DeliveringStaging"]


class Listener(Protocol):
    """Receives the progress of a delivery."""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        """The step `stage` begins, with its expected number of rows."""

    def advance(self, rows: int) -> None:
        """So many more rows have arrived."""


class DeliveringStaging(Staging):
    """Reserves a destination, and a staging folder, for one run.

    On entry, problems of both are raised before any row is generated. `publish` delivers; a folder is published only
    with `keeps`. delivered: the URL without secrets, once the data has arrived.
    """

    def __init__(
        self,
        target: Path,
        to: Destination,
        schema: RelationalSchema,
        file_format: str,
        observer: Listener,
        *,
        keeps: bool,
        force: bool = False,
        resume: Recipe | None = None,
    ) -> None:
        super().__init__(target, force=force, resume=resume)
        self._to, self._schema, self._keeps = to, schema, keeps
        self._observer = observer
        self.delivered: str | None = None
        if file_format not in to.formats:
            hint = f"use {' or '.join(to.formats)} files: remove --format from `gen run`"
            raise UsageError("FW-USAGE-CONFLICT", f"does not support {file_format} files", hint, "--to", to.shown)
        if MANIFEST_TABLE in schema.tables:
            why = "the manifest has the name of this table"
            raise UsageError("FW-USAGE-CONFLICT", why, "rename the table", f"tables.{MANIFEST_TABLE}")

    def __enter__(self) -> DeliveringStaging:
        try:
            super().__enter__()
            try:
                self._to.prepare(self._schema)
            except BaseException as error:
                super().__exit__(type(error), error, error.__traceback__)
                raise
        except BaseException:
            self._to.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._to.close()

    def publish(self, manifest: Manifest, documents: Mapping[str, str] | None = None) -> Manifest:
        """Deliver the staged tables, and publish the folder if it is wanted too; return the manifest."""
        documents = documents or {}
        self.deliver(self.folder, manifest, documents)
        return super().publish(manifest, documents) if self._keeps else manifest

    def deliver(self, folder: Path, manifest: Manifest, documents: Mapping[str, str]) -> None:
        """Deliver the tables in `folder` that `manifest` lists. Raises OutputError if the destination refuses."""
        self._observer.begin("deliver", sum(table.rows for table in manifest.tables.values()))
        arrived = self._observer.advance
        self._to.deliver(Delivery(self._schema, folder, manifest, documents, arrived))
        self.delivered = self._to.shown
