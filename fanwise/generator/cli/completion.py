"""What a shell may complete: ready datasets and YAML files, and the words of options that have few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

__all__ = ["formats", "schemas", "words"]

_ENDINGS = (".yaml", ".yml")
_MOST = 200  # files that are offered


def words(*known: str) -> Callable[[str], list[str]]:
    """Return a completion of the words that an option takes."""

    def begun(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete)]

    return begun


def schemas(incomplete: str) -> list[str]:
    """Return the ready datasets, and the YAML files here and one folder below, whose names begin so."""
    from fanwise.generator.language.document.resources import ready_names

    ready = [name for name in ready_names() if name.startswith(incomplete)]
    return [*islice(_files(incomplete), _MOST), *ready]


def formats(incomplete: str) -> list[str]:
    """Return the file formats, those of plug-ins too, whose names begin so."""
    from fanwise.generator.output.formats import formats as known

    return [name for name in known() if name.startswith(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    written, _, begun = incomplete.rpartition("/")
    folder = Path(f"{written}/") if incomplete.startswith("/") or written else Path()
    shown = incomplete[: len(incomplete) - len(begun)]
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return
    for path in inside:
        if path.name.startswith(begun) and (begun or not path.name.startswith(".")):
            yield from (f"{shown}{each}" for each in _schemas_of(path))


def _schemas_of(path: Path) -> Iterator[str]:
    """Yield a YAML file itself, and those in a folder, seen from the folder above."""
    if path.suffix in _ENDINGS:
        yield path.name
    elif path.is_dir():
        try:
            yield from (f"{path.name}/{each.name}" for each in sorted(path.iterdir()) if each.suffix in _ENDINGS)
        except OSError:
            return
