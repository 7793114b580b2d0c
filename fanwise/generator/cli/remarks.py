"""What is worth a word once data are published, because the reader may not expect it."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.generator.output.file_names import APPLIED
from fanwise.generator.output.manifest import Manifest

__all__ = ["remarks"]

_DEFECTS = "_defects"


def remarks(manifest: Manifest, delivered: str | None) -> Iterator[str]:
    """Yield remarks on published data. delivered: the URL of the destination, if there is one."""
    if manifest.defects == APPLIED:
        yield f"The declared defects were written after the audit. They may repeat or drop rows; {_DEFECTS} lists them."
    if delivered is not None and delivered.startswith("sqlite:"):
        decimals = [
            f"{name}.{column}"
            for name, table in manifest.tables.items()
            for column, type_ in table.columns.items()
            if type_.startswith("decimal(")
        ]
        if decimals:
            more = f" and {len(decimals) - 1:,} more" if len(decimals) > 1 else ""
            yield (
                f"SQLite has no decimals: {decimals[0]}{more} is stored as a whole number of the last digit, 1999 for "
                "19.99. With type: float64 in the schema, it keeps its point."
            )
