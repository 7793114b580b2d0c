"""A database file that appears whole: made in a hidden folder beside its place, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from fanwise.generator.errors import OutputError, Problem, UsageError
from fanwise.generator.output.destinations.base import refuse_taken, refused
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.output.publishing.lock import Lock
from fanwise.generator.output.publishing.swap import sync_folder
from fanwise.io.url import Address

__all__ = ["NewFile", "path_of", "refuse_missing_folder"]

_ELSEWHERE = "choose another --to."


def path_of(address: Address) -> Path:
    """Return the path of `scheme:///relative` or `scheme:////absolute`: SQLAlchemy's habit, which others share.

    Raises UsageError for a URL with parameters, or without a path.
    """
    if address.parameters:
        names = ", ".join(sorted(address.parameters))
        raise UsageError(Problem(f"{address.scheme}:// has no parameters", f"leave out {names}", "--to", address.shown))
    place = address.file
    if not place or "\0" in place:
        why, hint = "names no file", f"write {address.scheme}:///relative/path or {address.scheme}:////absolute/path"
        raise UsageError(Problem(why, hint, "--to", address.shown))
    return Path(place)


def refuse_missing_folder(folder: Path, asked: Path) -> None:
    """Raise OutputError where `folder`, which the URL calls `asked`, is not there."""
    if not folder.is_dir():
        meant = not asked.is_absolute() and (Path("/") / asked).is_dir()
        slashes = "an absolute path has four slashes, as in sqlite:////tmp/shop.db."
        raise refused(str(folder), "no such folder.", slashes if meant else "make the folder first.")


class NewFile:
    """Holds the place of a database file for one run.

    logs: endings of the files by which the database keeps what is not yet in the file itself.
    """

    def __init__(self, path: Path, logs: Sequence[str]) -> None:
        self._asked = path
        # The links above the file are followed, but not one that it is itself.
        self.target = Path(os.path.realpath(Path.cwd() / path.parent)) / path.name
        self._logs = logs
        self._lock = Lock(self.target.with_name(f".{self.target.name}.gen-lock"))
        self._staged = False
        self._stage = self.target.with_name(f".{self.target.name}.gen-{os.getpid()}")

    @property
    def path(self) -> Path:
        """The file to write; its name is that of the target, since databases take their own name from it."""
        return self._stage / self.target.name

    def prepare(self) -> None:
        """Lock the target, remove what killed runs left, refuse what no rename can replace (OutputError)."""
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
        """Raise OutputError where a file is there that is not ours, by its manifest, or may not be replaced."""
        if not self.target.exists():
            return
        found = manifest()
        if found is None:
            raise refused(
                str(self.target), "is there already and is no database of ours; it is not touched.", _ELSEWHERE
            )
        refuse_taken(str(self.target), found, force=force)

    def publish(self) -> None:
        """Make the written file, durable, the target (OutputError where the disk refuses: the target is as it was)."""
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
        """Remove what is not published, and let go of the lock."""
        if self._staged:  # what cannot be removed the next run tries to remove again
            shutil.rmtree(self._stage, ignore_errors=True)
        self._lock.release()

    def no_room(self, why: str) -> OutputError:
        """Return the error of a database that could not write the file, with the room that there is."""
        free = shutil.disk_usage(self.target.parent).free
        hint = f"{free / 1e6:,.0f} MB are free there; make room or {_ELSEWHERE} The old file, if any, is as it was."
        return refused(str(self.target), f"cannot be written: {why}", hint)

    def _refuse_strange(self) -> None:
        if self.target.is_symlink() or (self.target.exists() and not self.target.is_file()):
            raise refused(str(self.target), "is a link or no file, and is not replaced.", _ELSEWHERE)
        for log in self._logs:
            path = self.target.with_name(f"{self.target.name}{log}")
            if path.exists():
                why = "lies beside the database: another program has it open, or ended without closing it."
                raise refused(str(path), why, "open the database and close it again, then run again.")

    def _refused(self, error: OSError) -> OutputError:
        place = error.filename if isinstance(error.filename, str) else str(self.target)
        return refused(
            place, f"the disk refused: {error.strerror or error}.", f"make room or rights there, or {_ELSEWHERE}"
        )
