"""The schemas of the corpus: those of this folder, and every complete one in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["documented", "schemas"]

ROOT = Path(__file__).resolve().parents[2]
_STARTS = re.compile(r"^(?=fanwise: 1\b)", re.MULTILINE)
_ENDS = re.compile(r'^(?:```|YAML|END|EOF|""")', re.MULTILINE)


def documented(*paths: Path) -> Iterator[tuple[str, str]]:
    """Yield the schemas that stand in these files as (file and number, text): `docs.siblings 4`."""
    for path in paths:
        for number, text in enumerate(_STARTS.split(path.read_text(encoding="utf-8"))[1:], start=1):
            yield f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)} {number}", _ENDS.split(text, maxsplit=1)[0]


def schemas() -> Iterator[tuple[str, str]]:
    """Yield every schema of the corpus as (name, text)."""
    for path in sorted((Path(__file__).parent / "schemas").glob("*.yaml")):
        yield path.stem, path.read_text(encoding="utf-8")
    yield from documented(ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
