"""Object stores: the audited files, and a manifest that lists the files of the data set."""

from __future__ import annotations

from typing import ClassVar

from fanwise.generator.output.destinations.base import Delivery
from fanwise.generator.output.destinations.publication import Publication
from fanwise.generator.output.destinations.store import open_store
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.url import Address

__all__ = ["ObjectStoreDestination"]


class ObjectStoreDestination:
    """`s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, with `?endpoint=URL&region=NAME`.

    Credentials come from the environment or the machine's role, under the names that the cloud's own tools use.
    """

    schemes: ClassVar[tuple[str, ...]] = ("s3", "gs", "az")
    formats: ClassVar[tuple[str, ...]] = ("parquet", "csv", "jsonl", "arrow")

    def __init__(self, address: Address, *, force: bool = False) -> None:
        store = open_store(address, "cloud")
        self._shown = store.shown
        self._publication = Publication(store, force=force)

    @property
    def shown(self) -> str:
        """The URL without parameters."""
        return self._shown

    def prepare(self, schema: RelationalSchema) -> None:
        """Refuse data that may not be replaced, and mark that a run is under way."""
        self._publication.prepare(schema.name)

    def deliver(self, delivery: Delivery) -> None:
        """Upload the files, then the manifest, then remove the files of the old one."""
        manifest = self._publication.upload(delivery)
        self._publication.publish(manifest)
        self._publication.clean(manifest)

    def manifest(self) -> Manifest | None:
        """Return the stored manifest, or None."""
        return self._publication.manifest()

    def close(self) -> None:
        """Remove what was uploaded and not published."""
        self._publication.close()
