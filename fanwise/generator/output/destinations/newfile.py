"""A database file that appears complete: it is written in a hidden folder beside the target, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.output.destinations.base import refuse_taken, refused
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.output.publishing.lock import Lock
from fanwise.generator.output.publishing.swap import sync_folder
from fanwise.io.url import Address

__all__ = ["NewFile", "path_of", "refuse_missing_folder"]

_ELSEWHERE = "choose another --to."


def path_of(address: Address) -> Path:
    """Return the path of `scheme:///relative` or `scheme:////absolute`, as in SQLAlchemy.

    Raises UsageError for a URL with parameters, or without a path.
    """
    if address.parameters:
        names = ", ".join(sorted(address.parameters))
        why = f"{address.scheme}:// has no parameters"
        raise UsageError("FW-USAGE-URL", why, f"leave out {names}", "--to", address.shown)
    place = address.file
    if not place or "\0" in place:
        why, hint = "has no file name", f"write {address.scheme}:///relative/path or {address.scheme}:////absolute/path"
        raise UsageError("FW-USAGE-URL", why, hint, "--to", address.shown)
    return Path(place)


def refuse_missing_folder(folder: Path, asked: Path) -> None:
    """Raise OutputError if `folder`, written `asked` in the URL, does not exist."""
    if not folder.is_dir():
        meant = not asked.is_absolute() and (Path("/") / asked).is_dir()
        slashes = "an absolute path has four slashes, as in sqlite:////tmp/shop.db."
        raise refused(str(folder), "no such folder.", slashes if meant else "create the folder first.")


class NewFile:
    """Reserves the path of a database file for one run.

    logs: endings of the files in which the database keeps changes that are not yet in the file itself.
    """

    def __init__(self, path: Path, logs: Sequence[str]) -> None:
        self._asked = path
        # Links above the file are resolved, but not if the file itself is a link.
        self.target = Path(os.path.realpath(Path.cwd() / path.parent)) / path.name
        self._logs = logs
        self._lock = Lock(self.target.with_name(f".{self.target.name}.gen-lock"))
        self._staged = False
        self._stage = self.target.with_name(f".{self.target.name}.gen-{os.getpid()}")

    @property
    def path(self) -> Path:
        """The file to write. It has the target's name, because databases take their own name from it."""
        return self._stage / self.target.name

    def prepare(self) -> None:
        """Lock the target, remove what killed runs left, and raise OutputError if it cannot be replaced by a rename."""
        folder = self.target.parent
        refuse_missing_folder(folder, self._asked.parent)
        try:
            self._lock.acquire()
            for stage in folder.iterdir():
                if re.fullmatch(re.escape(f".{self.target.name}.gen-") + r"\d+", stage.name):
                    shutil.rmtree(stage)
            self._refuse_strange()
            self._stage.mkdir(mode=0o700)
            self._staged = True
        except OSError as error:
            raise self._refused(error) from error

    def refuse_others(self, manifest: Callable[[], Manifest | None], *, force: bool) -> None:
        """Raise OutputError if a file exists that has no manifest or may not be replaced."""
        if not self.target.exists():
            return
        found = manifest()
        if found is None:
            raise refused(str(self.target), "exists and has no manifest from Fanwise; it is not changed.", _ELSEWHERE)
        refuse_taken(str(self.target), found, force=force)

    def publish(self) -> None:
        """Make the written file durable and rename it to the target, unchanged by a disk error (OutputError)."""
        try:
            with self.path.open("r+b") as file:
                os.fsync(file.fileno())
            self._refuse_strange()
            if self.target.exists():
                self.path.chmod(self.target.stat().st_mode & 0o7777)
            self.path.rename(self.target)
            sync_folder(self.target.parent)
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Remove what is not published, and release the lock."""
        if self._staged:  # the next run tries again to remove what is left
            shutil.rmtree(self._stage, ignore_errors=True)
        self._lock.release()

    def no_room(self, why: str) -> OutputError:
        """Return the error of a database that could not write the file, with the free disk space."""
        free = shutil.disk_usage(self.target.parent).free
        hint = f"{free / 1e6:,.0f} MB are free there; free disk space or {_ELSEWHERE} An existing file is unchanged."
        return refused(str(self.target), f"cannot be written: {why}", hint)

    def _refuse_strange(self) -> None:
        if self.target.is_symlink() or (self.target.exists() and not self.target.is_file()):
            raise refused(str(self.target), "is not a regular file, and is not replaced.", _ELSEWHERE)
        for log in self._logs:
            path = self.target.with_name(f"{self.target.name}{log}")
            if path.exists():
                why = "exists beside the database: another program has it open, or ended without closing it."
                raise refused(str(path), why, "open the database and close it again, then run again.")

    def _refused(self, error: OSError) -> OutputError:
        place = error.filename if isinstance(error.filename, str) else str(self.target)
        return refused(
            place, f"disk error: {error.strerror or error}.", f"free disk space, check permissions, or {_ELSEWHERE}"
        )
