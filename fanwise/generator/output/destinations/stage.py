"""A stage whose tables are delivered to a destination when they are published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

from fanwise.generator.errors import Problem, UsageError
from fanwise.generator.output.destinations.base import MANIFEST_TABLE, Delivery, Destination
from fanwise.generator.output.manifest import Manifest, Recipe
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.plan import Plan

__all__ = ["DeliveringStaging"]


class Listener(Protocol):
    """Is told how a delivery comes along."""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        """Hear that `stage` begins, with the rows expected of it."""

    def advance(self, rows: int) -> None:
        """Hear that so many rows more have arrived."""


class DeliveringStaging(Staging):
    """Holds a destination, and a folder on the way there, for one run.

    On entry both are refused that cannot be published to, before any row is made. `publish` delivers; the folder itself
    appears only with `keeps`. delivered: the URL without secrets, once the data are there.
    """

    def __init__(
        self,
        target: Path,
        to: Destination,
        plan: Plan,
        file_format: str,
        observer: Listener,
        *,
        keeps: bool,
        force: bool = False,
        resume: Recipe | None = None,
    ) -> None:
        super().__init__(target, force=force, resume=resume)
        self._to, self._plan, self._keeps = to, plan, keeps
        self._observer = observer
        self.delivered: str | None = None
        if file_format not in to.formats:
            hint = f"make {' or '.join(to.formats)} files: leave --format out of `gen run`"
            raise UsageError(Problem(f"takes no {file_format} files", hint, "--to", to.shown))
        if MANIFEST_TABLE in plan.tables:
            why = "a table of this name would be in the way of the manifest"
            raise UsageError(Problem(why, "give the table another name", f"tables.{MANIFEST_TABLE}"))

    def __enter__(self) -> DeliveringStaging:
        try:
            super().__enter__()
            try:
                self._to.prepare(self._plan.schema)
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
        """Deliver the staged tables, and make a folder of them where one is wanted too; return the manifest."""
        documents = documents or {}
        self.deliver(self.folder, manifest, documents)
        return super().publish(manifest, documents) if self._keeps else manifest

    def deliver(self, folder: Path, manifest: Manifest, documents: Mapping[str, str]) -> None:
        """Deliver the tables in `folder` that `manifest` lists (OutputError where the destination refuses)."""
        self._observer.begin("deliver", sum(table.rows for table in manifest.tables.values()))
        arrived = self._observer.advance
        self._to.deliver(Delivery(self._plan.schema, folder, manifest, documents, arrived))
        self.delivered = self._to.shown
