"""Object stores: the very files that were audited, and a manifest that says which of them are the data set."""

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

    Credentials come from the environment or the machine's role, as the cloud's own tools name them.
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
        """Refuse what is not ours or may not be replaced, and put the note that a run is under way."""
        self._publication.prepare(schema.name)

    def deliver(self, delivery: Delivery) -> None:
        """Put the files, then the manifest, then remove the files of the old one."""
        manifest = self._publication.upload(delivery)
        self._publication.publish(manifest)
        self._publication.clean(manifest)

    def manifest(self) -> Manifest | None:
        """Return the manifest that is there, or None."""
        return self._publication.manifest()

    def close(self) -> None:
        """Remove what was put and not published."""
        self._publication.close()
