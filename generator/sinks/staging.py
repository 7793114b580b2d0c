"""Publishing: a run writes into a hidden folder beside its target, which becomes the target as a whole, or not at all.

`PARENT/.DIR.gen-<process>/` is the stage, `PARENT/.DIR.gen-lock` the lock; both lie on the file system of the target,
so that publishing is renaming. A new target is one rename of stage/new; replacing a target of ours is
`generator.sinks.swap`. What a killed run left is settled and removed by the next run into the same target, which alone
holds the lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from generator.errors import FanwiseError, OutputError, Problem
from generator.manifest import MANIFEST, FileEntry, Manifest, read_manifest
from generator.sinks import swap
from generator.sinks.lock import Lock

__all__ = ["Staging"]

_REPORT = re.compile(r"report\.[a-z]{2,5}")
_ELSEWHERE = "choose another --out."


class Staging:
    """Holds a target folder for one run; use it in a `with` statement.

    On entry everything that would prevent publishing is refused (OutputError, exit code 4), before any row is made.
    Then write tables below `folder`, and end with `publish` or `reject`. Leaving the `with` statement in any other way,
    by an error, Ctrl-C or SIGTERM, removes what was written; the target is as it was.
    """

    def __init__(self, target: Path | str, *, force: bool = False) -> None:
        self.target = _absolute(target)
        self._force = force
        beside = f".{self.target.name}.gen-"
        self._stage = self.target.parent / f"{beside}{os.getpid()}"
        self._lock = Lock(self.target.parent / f"{beside}lock")
        self._made: list[Path] = []
        self._old: Manifest | None = None
        self._undo = contextlib.ExitStack()

    @property
    def folder(self) -> Path:
        """The folder to write tables into, and to audit before publishing."""
        return self._stage / swap.NEW

    @property
    def rejected(self) -> Path:
        """The folder of the report of a run that was not published."""
        return self.target.with_name(f"{self.target.name}.rejected")

    def __enter__(self) -> Staging:
        with _as_output_error(self.target), contextlib.ExitStack() as undo:
            undo.enter_context(_terminated_like_interrupted())
            _refuse_what_is_no_folder(self.target)
            undo.callback(self._remove_made_parents)
            self._make_parents()
            undo.callback(self._lock.release)
            self._lock.acquire()
            self._settle_dead_runs()
            self._old = self._refuse_what_is_not_ours()
            undo.callback(self._remove_stage)
            self._stage.mkdir(mode=0o700)
            self.folder.mkdir()
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _as_output_error(self.target):
            self._undo.close()

    def publish(self, manifest: Manifest, documents: Mapping[str, str] | None = None) -> Manifest:
        """Make the target of the staged tables, `documents` (report.json, … -> text) and the manifest.

        Returns the manifest, completed with the documents. OutputError where the disk refuses: the target is as it
        was, or the message says that it is published and only not confirmed.
        """
        with _as_output_error(self.target):
            written = tuple(self._write_document(name, text) for name, text in (documents or {}).items())
            whole = replace(manifest, documents=written)
            self._refuse_what_is_not_listed(whole)
            swap.write_durably(self.folder / MANIFEST, whole.text())
            if self.target.is_dir() and (self._old is not None or self.target.samefile(Path.cwd())):
                # The working folder, even an empty one, keeps its identity: the user's shell likely stands in it.
                self._replace(whole)
            else:
                self._appear()
        return whole

    def reject(self, documents: Mapping[str, str]) -> Path:
        """Put `documents` (report.json, … -> text) into `rejected`, in the place of older reports; return that folder.

        OutputError where that folder holds anything but reports, or the disk refuses. The target is as it was.
        """
        with _as_output_error(self.rejected):
            if self.rejected.is_symlink() or (self.rejected.exists() and not self.rejected.is_dir()):
                raise _refused(self.rejected, "is no folder, so the report cannot be put there.", "move it away.")
            fresh = self._stage / "rejected"
            fresh.mkdir()
            for name, text in documents.items():
                _check_document(name)
                swap.write_durably(fresh / name, text)
            if self.rejected.exists():
                strange = sorted(entry.name for entry in self.rejected.iterdir() if not _is_report(entry))
                if strange:
                    why = f"holds '{strange[0]}', which is no report, so the report is not put there."
                    raise _refused(self.rejected, why, "move it away.")
                self.rejected.rename(self._stage / "rejected.old")
            fresh.rename(self.rejected)
            swap.sync_folder(self.rejected.parent)
        return self.rejected

    def _replace(self, manifest: Manifest) -> None:
        old = [] if self._old is None else [entry.path for entry in self._old.files()]
        try:
            swap.replace(self._stage, self.target, old, [entry.path for entry in manifest.files()])
            swap.settle(self._stage, self.target)
        except OSError as error:
            if (self.folder / MANIFEST).exists():
                raise  # not published: what was moved is put back when the stage is discarded
            raise _unconfirmed(self.target, error) from error

    def _appear(self) -> None:
        if self.target.is_dir():
            self.folder.chmod(self.target.stat().st_mode & 0o7777)
        self.folder.rename(self.target)  # an empty folder is replaced by the same rename
        try:
            swap.sync_folder(self.target.parent)
        except OSError as error:
            raise _unconfirmed(self.target, error) from error
        self._made.clear()

    def _write_document(self, name: str, text: str) -> FileEntry:
        _check_document(name)
        swap.write_durably(self.folder / name, text)
        content = text.encode()
        return FileEntry(path=name, rows=0, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    def _refuse_what_is_not_listed(self, manifest: Manifest) -> None:
        staged = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}
        if wrong := staged ^ {entry.path for entry in manifest.files()}:
            raise FanwiseError(f"{self.folder} and its manifest differ in {', '.join(sorted(wrong)[:5])}")

    def _make_parents(self) -> None:
        missing = [folder for folder in self.target.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self._made.append(folder)

    def _remove_made_parents(self) -> None:
        for folder in reversed(self._made):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _remove_stage(self) -> None:
        if self._stage.exists():
            self._discard(self._stage)

    def _discard(self, stage: Path) -> None:
        try:
            swap.settle(stage, self.target)
        except OSError as error:
            why = f"could not be put back: {error.strerror or error}. Its files are below {stage} and nothing is lost."
            raise _refused(self.target, why, "the next run into the same folder puts them back.") from error
        # What cannot be removed is settled, and harmless: the next run tries again.
        shutil.rmtree(stage, ignore_errors=True)

    def _settle_dead_runs(self) -> None:
        """End and remove what earlier runs into this target left: whoever holds the lock knows that they are dead."""
        name = re.compile(re.escape(f".{self.target.name}.gen-") + r"\d+")
        for stage in sorted(self.target.parent.iterdir()):
            if name.fullmatch(stage.name) and stage.is_dir() and not stage.is_symlink():
                self._discard(stage)

    def _refuse_what_is_not_ours(self) -> Manifest | None:
        """Return the manifest that may be replaced, or None where the target is absent or empty."""
        if not self.target.exists():
            return None
        if self.target.stat().st_dev != self.target.parent.stat().st_dev:
            why = "is a mount point, so it cannot be replaced as a whole."
            raise _refused(self.target, why, f"choose a folder below it, such as --out {self.target / 'data'}.")
        if not os.access(self.target, os.W_OK | os.X_OK):
            raise _refused(self.target, "may not be written to.", _ELSEWHERE)
        if not any(self.target.iterdir()):
            return None
        path = self.target / MANIFEST
        if path.is_symlink() or not path.is_file():
            raise _refused(self.target, "is not empty and holds no manifest of ours; it is not touched.", _ELSEWHERE)
        manifest = read_manifest(self.target)
        if not self._force:
            why = f"holds a data set already ('{manifest.dataset}', seed {manifest.seed})."
            hint = "--force replaces the files that its manifest lists, or choose another --out."
            raise _refused(self.target, why, hint)
        return manifest


def _absolute(target: Path | str) -> Path:
    """Return `target` with the links above it followed, but not one that it is itself."""
    if "\0" in str(target):
        raise OutputError("a folder name holds the character NUL.", hint=_ELSEWHERE)
    asked = Path.cwd() / target
    # os.path.realpath: Path.resolve raises something else than OSError where links form a loop.
    place = asked if asked.name != ".." else Path(os.path.realpath(asked))
    return Path(os.path.realpath(place.parent)) / place.name


def _refuse_what_is_no_folder(target: Path) -> None:
    if not target.name:
        raise _refused(target, "is the root of the file system.", _ELSEWHERE)
    if target.is_symlink():
        raise _refused(target, "is a symbolic link; links are not followed.", "name the folder that it points to.")
    if target.exists() and not target.is_dir():
        raise _refused(target, "is a file, not a folder.", _ELSEWHERE)


def _is_report(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and _REPORT.fullmatch(path.name) is not None


def _check_document(name: str) -> None:
    if not _REPORT.fullmatch(name):
        raise ValueError(f"a document is called report.SUFFIX, not {name!r}")


def _refused(path: Path, why: str, hint: str) -> OutputError:
    return OutputError(Problem(why=why, hint=hint, path=str(path)))


def _unconfirmed(target: Path, error: OSError) -> OutputError:
    why = f"is published and whole, but the disk did not confirm the last step: {error.strerror or error}."
    return _refused(target, why, "check the disk before relying on it.")


@contextlib.contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
        why = f"the disk refused: {error.strerror or error}."
        raise _refused(place, why, "make room or rights there, or choose another --out.") from error


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Make SIGTERM unwind the stack as SystemExit(143), so that `with` statements clean up."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield  # another owner of the signal decides
        return

    def unwind(number: int, _frame: FrameType | None) -> Any:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
