"""Results that texts, pages and files are made of: data that knows its formats by name only."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from fanwise.text.blocks import Document
from fanwise.text.terminal import Style

__all__ = ["Rendered"]


class Rendered:
    """A result with formats. MAKERS: the function that makes each, as `module:function`, imported when it is asked for.

    `text`, `document` and `dict` are among the names; those that begin with a point are endings of files.
    """

    __slots__ = ()
    MAKERS: ClassVar[Mapping[str, str]]

    def made(self, name: str, *given: object, **options: object) -> Any:
        """Return what the maker of this name makes of the result; KeyError for an unknown name."""
        module, _, function = self.MAKERS[name].partition(":")
        return getattr(import_module(module), function)(self, *given, **options)

    def text(self, *, width: int = 80, colour: bool = False, ascii_only: bool = False, verbose: bool = False) -> str:
        """Return the report for a terminal; `verbose` leaves nothing out but the drawings."""
        return str(self.made("text", Style(width, colour, ascii_only), verbose=verbose))

    def laid_out(self) -> Document:
        """Return the document that texts and pages are made of."""
        document: Document = self.made("document")
        return document

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values; those of an audit are after `report.schema.json`."""
        values: dict[str, Any] = self.made("dict")
        return values

    def to_json(self) -> str:
        """Return the report as JSON text: keys sorted, no NaN, the same bytes for the same data."""
        return self.render(".json")

    def render(self, ending: str) -> str:
        """Return the report as it is written to a file with this ending: .txt, .md, .json, .html or .xml (JUnit).

        KeyError for any other ending. Lone surrogates are written out or replaced, so that UTF-8 takes the text.
        """
        return str(self.made(ending))

    def write(self, path: str | Path) -> None:
        """Write the report in the format that the ending of the file names."""
        Path(path).write_text(self.render(Path(path).suffix), encoding="utf-8", newline="\n")
