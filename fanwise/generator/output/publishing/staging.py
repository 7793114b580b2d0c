"""Staging: a run writes into a hidden folder beside its target, which then becomes the target completely or not at all.

`PARENT/.DIR.gen-<process>/` is the staging folder, `PARENT/.DIR.gen-lock` the lock. Both are on the target's file
system, so publishing is renaming. A new target is one rename of stage/new; the module `swap` replaces an existing one.
The next run into the same target, which alone holds the lock, completes or undoes and removes what a killed run left. A
resumed run takes over the staging folder instead, with the parts in its journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from fanwise.generator.errors import FanwiseError, UsageError
from fanwise.generator.output.manifest import (
    DOCUMENT,
    MANIFEST,
    FileEntry,
    Manifest,
    Recipe,
    differences,
    read_manifest,
)
from fanwise.generator.output.publishing import swap
from fanwise.generator.output.publishing.journal import Journaled, read_journal
from fanwise.generator.output.publishing.lock import Lock
from fanwise.generator.output.publishing.target import (
    ELSEWHERE,
    absolute,
    as_output_error,
    refuse_what_is_no_folder,
    refused,
    terminated_like_interrupted,
    to_the_end,
    unconfirmed,
)

__all__ = ["Staging"]

_JOURNAL = "journal.jsonl"
_REPORT = re.compile(r"report\.[a-z]{2,5}")
_KEPT = "the finished parts are kept: run the same command again to continue"


class Staging:
    """Reserves a target folder for one run. Use it in a `with` statement.

    On entry it raises OutputError (exit code 4) for everything that would prevent publishing, before any row is
    generated. Then write tables below `folder`, and call `publish` or `reject`. Leaving the `with` statement in any
    other way, by an error, Ctrl-C or SIGTERM, removes what was written and leaves the target unchanged.

    resume: the recipe of the run, if it continues an earlier run into this target or repairs a published data set.
    `journaled` and `old` then describe what exists, and UsageError lists the differences from this run. Such a run
    keeps its finished parts when it ends early.
    """

    def __init__(self, target: Path | str, *, force: bool = False, resume: Recipe | None = None) -> None:
        self.target = absolute(target)
        self._force, self._resume = force, resume
        beside = f".{self.target.name}.gen-"
        self._stage = self.target.parent / f"{beside}{os.getpid()}"
        self._lock = Lock(self.target.parent / f"{beside}lock")
        self._made: list[Path] = []
        self._old: Manifest | None = None
        self._keep = False
        self._whole: Manifest | None = None
        self._ended = False
        self.journaled: Journaled | None = None
        """The journal of the staging folder that was taken over, if there was one."""
        self._undo = contextlib.ExitStack()
        self.beside: swap.Beside = {}
        """Files beside the target that describe its data, and change with it."""

    @property
    def folder(self) -> Path:
        """The folder to write tables into and to audit before publishing."""
        return self._stage / swap.NEW

    @property
    def scratch(self) -> Path:
        """A folder on the target's disk for temporary files; removed when the run ends."""
        return self._stage

    @property
    def journal(self) -> Path:
        """The path of the run's journal."""
        return self._stage / _JOURNAL

    @property
    def old(self) -> Manifest | None:
        """The manifest of the target if it holds the same data set that a resumed run generates, possibly damaged."""
        same = self._old is not None and self._resume is not None and not differences(self._old.recipe(), self._resume)
        return self._old if same else None

    @property
    def rejected(self) -> Path:
        """The folder for the report of a run that was not published."""
        return self.target.with_name(f"{self.target.name}.rejected")

    def __enter__(self) -> Staging:
        with as_output_error(self.target), contextlib.ExitStack() as undo:
            undo.enter_context(terminated_like_interrupted())
            refuse_what_is_no_folder(self.target)
            undo.callback(self._remove_made_parents)
            self._make_parents()
            undo.callback(to_the_end, self._lock.release)
            self._lock.acquire()
            left = self._settle_dead_runs()
            self._old = self._refuse_what_is_not_ours()
            undo.callback(to_the_end, self._leave)
            if left is None:
                self._stage.mkdir(mode=0o700)
                self.folder.mkdir()
            else:
                left.rename(self._stage)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keep = self._resume is not None and error is not None and not self._ended
        try:
            with as_output_error(self.target):
                self._undo.close()
        except BaseException as later:
            self._tell(later)
            raise
        if error is not None:
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        if self._is_published():
            error.add_note(f"{self.target} was published before that and is complete")
        elif self._keep and self._stage.exists():
            error.add_note(_KEPT)

    def _is_published(self) -> bool:
        """Return whether the target has been published: an error can occur at any moment."""
        try:
            return self._whole is not None and (self.target / MANIFEST).read_bytes() == self._whole.text().encode()
        except OSError:
            return False

    def keep_only(self, paths: Collection[str]) -> None:
        """Remove all staged files except those at these paths."""
        for path in sorted(self.folder.rglob("*"), reverse=True):  # contents before their folder
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.folder).as_posix() not in paths:
                path.unlink()

    def publish(self, manifest: Manifest, documents: Mapping[str, str] | None = None) -> Manifest:
        """Publish the staged tables, `documents` (report.json, … -> text) and the manifest as the target.

        Returns the manifest, completed with the documents. Raises OutputError for disk errors: the target is unchanged,
        or the message says that it is published but not confirmed.
        """
        with as_output_error(self.target):
            written = tuple(self._write_document(name, text) for name, text in (documents or {}).items())
            whole = replace(manifest, documents=written)
            self._refuse_what_is_not_listed(whole)
            self._whole = whole
            swap.write_durably(self.folder / MANIFEST, whole.text())
            if self.target.is_dir() and (self._old is not None or self.target.samefile(Path.cwd())):
                # The working folder, even an empty one, is kept: the user's shell is probably in it.
                self._replace(whole)
            else:
                self._appear()
        return whole

    def reject(self, documents: Mapping[str, str]) -> Path:
        """Write `documents` (report.json, … -> text) to `rejected`, replacing older reports; return that folder.

        Raises OutputError if that folder holds anything but reports, or for disk errors. The target is unchanged.
        """
        with as_output_error(self.rejected):
            if self.rejected.is_symlink() or (self.rejected.exists() and not self.rejected.is_dir()):
                raise refused(self.rejected, "is not a folder, so the report cannot be written there.", "move it away.")
            fresh = self._stage / "rejected"
            fresh.mkdir()
            for name, text in documents.items():
                _check_document(name)
                swap.write_durably(fresh / name, text)
            if self.rejected.exists():
                strange = sorted(entry.name for entry in self.rejected.iterdir() if not _is_report(entry))
                if strange:
                    why = f"holds '{strange[0]}', which is not a report, so nothing is written there."
                    raise refused(self.rejected, why, "move it away.")
                self.rejected.rename(self._stage / "rejected.old")
            fresh.rename(self.rejected)
            swap.sync_folder(self.rejected.parent)
        self._ended = True
        return self.rejected

    def _replace(self, manifest: Manifest) -> None:
        old = [] if self._old is None else [entry.path for entry in self._old.files()]
        try:
            swap.replace(self._stage, self.target, old, [entry.path for entry in manifest.files()], self.beside)
            swap.settle(self._stage, self.target)
        except OSError as error:
            if (self.folder / MANIFEST).exists():
                raise  # not published: moved files are put back when the staging folder is discarded
            raise unconfirmed(self.target, error) from error

    def _appear(self) -> None:
        if self.target.is_dir():
            self.folder.chmod(self.target.stat().st_mode & 0o7777)
        swap.appear(self._stage, self.target, self.beside)
        try:
            swap.sync_folder(self.target.parent)
        except OSError as error:
            raise unconfirmed(self.target, error) from error
        self._made.clear()

    def _write_document(self, name: str, text: str) -> FileEntry:
        _check_document(name)
        swap.write_durably(self.folder / name, text)
        content = text.encode()
        return FileEntry(path=name, rows=0, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    def _refuse_what_is_not_listed(self, manifest: Manifest) -> None:
        staged = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}
        if wrong := staged ^ {entry.path for entry in manifest.files()}:
            raise FanwiseError("FW-DEFECT", f"{self.folder} and its manifest differ in {', '.join(sorted(wrong)[:5])}")

    def _make_parents(self) -> None:
        missing = [folder for folder in self.target.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self._made.append(folder)

    def _remove_made_parents(self) -> None:
        for folder in reversed(self._made):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _leave(self) -> None:
        if self._stage.exists() and not (self._keep and self._kept()):
            self._discard(self._stage)

    def _kept(self) -> bool:
        """Return whether there are finished parts to continue with. Other staged files are removed."""
        journaled = None if self._settle(self._stage) else read_journal(self.journal)
        if journaled is None or not journaled.parts or not self.folder.is_dir():
            return False
        with contextlib.suppress(OSError):  # the next run removes it
            self.keep_only({entry.path for entry in journaled.parts})
        return True

    def _discard(self, stage: Path) -> None:
        self._settle(stage)
        # Files that cannot be removed are harmless: the next run tries again.
        shutil.rmtree(stage, ignore_errors=True)

    def _settle(self, stage: Path) -> bool:
        try:
            return swap.settle(stage, self.target)
        except OSError as error:
            why = f"could not be put back: {error.strerror or error}. Its files are below {stage}; nothing is lost."
            raise refused(self.target, why, "the next run into the same folder restores them.") from error

    def _settle_dead_runs(self) -> Path | None:
        """Complete or undo, and remove, what earlier runs into this target left. The lock proves that they are dead.

        If the run resumes, returns the newest staging folder with finished parts, which is not removed.
        """
        name = re.compile(re.escape(f".{self.target.name}.gen-") + r"\d+")
        stages = [path for path in self.target.parent.iterdir() if name.fullmatch(path.name)]
        stages = [path for path in stages if path.is_dir() and not path.is_symlink()]
        left: Path | None = None
        for stage in sorted(stages, key=lambda path: path.stat().st_mtime, reverse=True):
            published = self._settle(stage)
            found = None if published or self._resume is None or left else read_journal(stage / _JOURNAL)
            if found is not None and found.parts and (stage / swap.NEW).is_dir():
                left, self.journaled = stage, found
            else:
                self._discard(stage)
        if self.journaled is not None:
            why = "the stopped run has other settings"
            hint = "give the same options to continue it, or omit --resume to start over."
            self._refuse_another(self.journaled.recipe, why, hint)
        return left

    def _refuse_another(self, there: Recipe, why: str, hint: str) -> None:
        """Raise UsageError with all differences between `there` and this run."""
        here = self._resume or {}
        if wrong := differences(there, here):
            told = "; ".join(f"{name} {_shown(there, name)} there, {_shown(here, name)} here" for name in wrong)
            raise UsageError("FW-USAGE-RESUME", f"{why}: {told}", hint, str(self.target))

    def _refuse_what_is_not_ours(self) -> Manifest | None:
        """Return the manifest that may be replaced, or None if the target is absent or empty."""
        if not self.target.exists():
            return None
        if self.target.stat().st_dev != self.target.parent.stat().st_dev:
            why = "is a mount point, so it cannot be replaced."
            raise refused(self.target, why, f"choose a folder below it, such as --out {self.target / 'data'}.")
        if not os.access(self.target, os.W_OK | os.X_OK):
            raise refused(self.target, "is not writable.", ELSEWHERE)
        if not any(self.target.iterdir()):
            return None
        path = self.target / MANIFEST
        if path.is_symlink() or not path.is_file():
            hint = f"--force replaces only files of an earlier run; {ELSEWHERE}" if self._force else ELSEWHERE
            raise refused(self.target, "is not empty and has no manifest from Fanwise; it is not changed.", hint)
        manifest = read_manifest(self.target)
        if self._resume is not None and not self._force:
            hint = "give the same options to repair it, or --force without --resume to replace it."
            self._refuse_another(manifest.recipe(), "holds a data set with other settings", hint)
        elif not self._force:
            why = f"already holds a data set ('{manifest.dataset}', seed {manifest.seed})."
            hint = "--force replaces the files that its manifest lists, or choose another --out."
            raise refused(self.target, why, hint, "FW-OUTPUT-EXISTS")
        return manifest


def _is_report(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and _REPORT.fullmatch(path.name) is not None


def _check_document(name: str) -> None:
    if not DOCUMENT.fullmatch(name):
        raise ValueError(f"no document is called {name!r}")


def _shown(recipe: Recipe, name: str) -> str:
    value = recipe.get(name)
    return "none" if value is None else str(value)[:12]
