"""A destination for Fanwise: `gen run --to zip:///shop.zip` puts the files of a run into one archive."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import ClassVar

from fanwise.generator.errors import OutputError
from fanwise.generator.output.destinations.base import Delivery
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.url import Address

MANIFEST = "manifest.json"


class Archive:
    """A zip archive that appears complete: it is written beside the target and renamed."""

    schemes: ClassVar[tuple[str, ...]] = ("zip",)
    formats: ClassVar[tuple[str, ...]] = ("parquet", "csv", "jsonl", "arrow", "avro")

    def __init__(self, address: Address, *, force: bool = False) -> None:
        self._path, self._force = Path(address.file).absolute(), force
        self._stage = self._path.with_name(f".{self._path.name}.{os.getpid()}")

    @property
    def shown(self) -> str:
        """The URL without secrets."""
        return f"zip:///{self._path}"

    def prepare(self, schema: RelationalSchema) -> None:
        """Refuse, before any row is made, an archive that may not be replaced."""
        if self._path.exists() and not (self._force and self.manifest()):
            raise self._refused("the file exists already.", "--force replaces an archive that gen wrote.")

    def deliver(self, delivery: Delivery) -> None:
        """Write the archive and rename it to its place: all of the data or nothing."""
        manifest = delivery.manifest
        try:
            with zipfile.ZipFile(self._stage, "w") as archive:
                for table, entry in manifest.tables.items():
                    for path in delivery.files(table):
                        archive.write(path, path.relative_to(delivery.folder).as_posix())
                    delivery.advance(entry.rows)
                for name, text in delivery.documents.items():
                    archive.writestr(name, text)
                archive.writestr(MANIFEST, manifest.text())
            self._stage.replace(self._path)
        except OSError as error:
            raise self._refused(f"cannot be written: {error.strerror}.", "choose another --to.") from error

    def manifest(self) -> Manifest | None:
        """Return the manifest in the archive, or None where the file is not one of ours."""
        if not zipfile.is_zipfile(self._path):
            return None
        with zipfile.ZipFile(self._path) as archive:
            if MANIFEST not in archive.namelist():
                return None
            return Manifest.from_text(archive.read(MANIFEST).decode(), f"{self._path}: {MANIFEST}")

    def close(self) -> None:
        """Remove what was not finished."""
        self._stage.unlink(missing_ok=True)

    def _refused(self, why: str, hint: str) -> OutputError:
        return OutputError("FW-OUTPUT-DESTINATION", why, hint, str(self._path))
