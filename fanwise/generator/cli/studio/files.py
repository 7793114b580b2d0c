"""Which files a schema is made of, and whether one of them has changed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Stamp", "empty", "stamp"]

_ENDINGS = (".yaml", ".yml", ".csv")  # what a schema can include, look up and sample
_MOST = 500

Stamp = tuple[tuple[str, int, int], ...]


def stamp(schema: Path) -> Stamp:
    """Return name, time and size of the schema, and of the files below its folder that it may read."""
    beside = (path for ending in _ENDINGS for path in schema.parent.glob(f"*{ending}"))
    below = (path for ending in _ENDINGS for path in schema.parent.glob(f"*/*{ending}"))
    paths = [schema, *sorted({*beside, *below} - {schema})[:_MOST]]
    found = []
    for path in paths:
        try:
            seen = path.stat()
        except OSError:  # an editor may replace the file at this moment
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def empty(found: Stamp) -> frozenset[str]:
    """Return the files that have no bytes."""
    return frozenset(name for name, _, size in found if not size)
