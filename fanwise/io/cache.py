"""Results that are costly to make, kept on disk from one program to the next, by their content.

An entry is a file whose name is the hash of everything that its bytes depend on, so nothing ever has to be removed
because it is out of date: with other inputs, code or libraries it has another name. Entries are written under another
name and renamed, so two programs never see half of one, and each begins with the hash of its bytes, so a damaged one is
made again. What goes wrong with the folder costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["cache_folder", "code", "kept", "program"]

MOST_BYTES = 64 << 20
_ROOM_EVERY = 16  # entries, about
_OFF = "0"
_DIGEST = 16


def cache_folder() -> Path | None:
    """Return the folder of the entries: that of FANWISE_CACHE, or a folder of the user's.

    None for FANWISE_CACHE=0, and for a user without a home, such as one that a container makes up.
    """
    asked = os.environ.get("FANWISE_CACHE", "")
    if asked == _OFF:
        return None
    if asked:
        return Path(asked)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "fanwise" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "fanwise"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "fanwise"


def code(files: Iterable[Path], *packages: str) -> bytes | None:
    """Return what stands for code in the key of an entry: its source files, and the versions of packages.

    None where either cannot be read: then nothing may be kept.
    """
    try:
        sources = b"".join(file.read_bytes() for file in sorted(files))
        return b"\0".join([sources, *(version(package).encode() for package in packages)])
    except (OSError, PackageNotFoundError):
        return None


def program(folders: Iterable[Path]) -> bytes | None:
    """Return what stands for all of a program in the key of an entry, without reading it.

    It is Python's version, the names, sizes and times of all files below `folders`, and the names of the packages that
    are installed, which have their versions in them. None where a folder cannot be read.
    """
    try:
        files = sorted(state for folder in folders for state in _states(str(folder)))
    except OSError:
        return None
    return repr((sys.version, sys.flags.optimize, files, _installed())).encode(errors="surrogatepass")


def _states(folder: str) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir():
                state = entry.stat()
                yield entry.path, state.st_size, state.st_mtime_ns, state.st_ctime_ns
            elif entry.name != "__pycache__":
                yield from _states(entry.path)


def _installed() -> list[str]:
    """Return the folders in which packages say their names and versions, on the path of modules."""
    found = []
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            found += [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    return sorted(found)


def kept(key: Iterable[bytes | None], make: Callable[[], bytes | None]) -> bytes | None:
    """Return the bytes that are kept under `key`, else those that `make` returns, which are kept from now on.

    key: everything that the bytes depend on; with a None in it, or from `make`, nothing is kept.
    """
    folder, parts = cache_folder(), list(key)
    if folder is None or None in parts:
        return make()
    path = folder / _name([part for part in parts if part is not None])
    found = _read(path)
    if found is not None:
        return found
    made = make()
    if made is not None:
        with suppress(OSError):
            _write(path, made)
    return made


def _name(parts: list[bytes]) -> str:
    name = hashlib.blake2b(digest_size=24)
    for part in parts:
        name.update(len(part).to_bytes(8, "little"))
        name.update(part)
    return name.hexdigest()


def _read(path: Path) -> bytes | None:
    """Return the bytes of an entry; None where there is none, it is damaged, or somebody else could have written it."""
    try:
        if hasattr(os, "geteuid") and path.parent.stat().st_uid != os.geteuid():
            return None
        digest, content = (whole := path.read_bytes())[:_DIGEST], whole[_DIGEST:]
    except OSError:
        return None
    return content if digest == _digest(content) else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if int(path.name[:2], 16) % _ROOM_EVERY == 0:  # to look at thousands of small entries costs more than one of them
        _make_room(path.parent, MOST_BYTES - len(content))
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_digest(content) + content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _make_room(folder: Path, most: int) -> None:
    """Remove the oldest files while all together are larger than `most` bytes."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another program may remove it meanwhile
                state = entry.stat()
                found.append((state.st_mtime, state.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most:
            return
        Path(path).unlink(missing_ok=True)
        total -= size


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
