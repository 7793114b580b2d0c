"""A document that is being written out in full: what may be left out or said once for several tables is put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.generator.language.problems import Complaints
from fanwise.io.problems import Place
from fanwise.io.yaml import Document

__all__ = ["Draft"]


class Draft:
    """The content of a document as it grows, and where each part that is added is written.

    The content is not checked yet: whatever has another shape than the language is passed over, and the schema pass
    reports it.
    """

    def __init__(self, document: Document, complaints: Complaints) -> None:
        self.document = document
        self.complaints = complaints
        self.content: dict[str, Any] = dict(document.content) if isinstance(document.content, dict) else {}
        self.written: dict[Place, tuple[Document, Place]] = dict(document.written)

    def tables(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each table with its name."""
        for name, table in dict(self.section("tables")).items():
            if isinstance(table, dict):
                yield name, table

    def columns(self, table: str) -> dict[str, Any]:
        """Return a copy of a table's columns."""
        found = self.section("tables")[table].get("columns")
        return dict(found) if isinstance(found, dict) else {}

    def set_columns(self, table: str, columns: Mapping[str, Any]) -> None:
        """Give a table its columns."""
        tables = self.section("tables")
        self.content["tables"] = {**tables, table: {**tables[table], "columns": dict(columns)}}

    def at(self, place: Place) -> Any:
        """Return what the document holds at a place."""
        return self.document.at(place)

    def write(self, place: Place, origin: Place) -> None:
        """Note that the part at `place` is written at `origin`."""
        self.written[place] = self.document.origin(origin)

    def finished(self) -> Document:
        """Return the document with its new content."""
        if not isinstance(self.document.content, dict):
            return self.document
        return Document(self.content, self.document.file, self.document.keys, self.document.values, self.written)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return what is declared under a key of the document, by name."""
        found = self.content.get(name)
        return found if isinstance(found, dict) else {}
