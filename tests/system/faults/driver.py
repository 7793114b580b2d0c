"""Runs `gen` in children that meet a fault at their Nth operation on files, and tells what each left behind.

Run as a script with a folder to work in; reads cases as JSON from standard input and writes their results to standard
output. A case is a list of steps, each `{"argv": […], "fault": [kind, N, detail]}` or without a fault; it starts with a
copy of `template` in its working folder where that is given. A step may have the text that its standard input holds.
The kinds of fault, met before the Nth operation:

    kill      the process dies of SIGKILL
    signal    the process gets the signal `detail`
    fail      the operation raises OSError(detail)
    keep      nothing happens; the operations are only counted

The children are forked from a process that has imported everything and started nothing, so that a case takes a fraction
of a second. Nothing in the program knows of this file: it counts what the standard library is asked to do.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scipy.special  # noqa: F401  what a run imports late is imported once for all children

from fanwise.generator.api import infer  # noqa: F401
from fanwise.generator.audit import forecast as preflight  # noqa: F401
from fanwise.generator.cli import actions, app, engines, main, progress  # noqa: F401
from fanwise.generator.run import filling
from fanwise.validator.report import document  # noqa: F401
from fanwise.validator.report import json as json_report  # noqa: F401

OPERATIONS = ("rename", "replace", "mkdir", "rmdir", "unlink", "link", "fsync", "ftruncate", "open")
PART_ROWS = 300  # small parts, so that small data have many


class Faulty:
    """Counts the operations that change or secure files below `folder`, and lets the Nth meet its fault."""

    def __init__(self, folder: Path, kind: str, number: int, detail: int) -> None:
        self.folder, self.kind, self.number, self.detail = str(folder), kind, number, detail
        self.turn = itertools.count()
        self.count = 0

    def install(self) -> None:
        for name in OPERATIONS:
            setattr(os, name, self.watched(getattr(os, name)))
        real = io.open

        def open_file(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if set(mode) & set("wax+") and isinstance(file, str | os.PathLike):
                self.meet(os.fspath(file))
            return real(file, mode, *args, **kwargs)

        io.open = open_file  # type: ignore[assignment]

    def watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.meet(self.place(args[0], kwargs.get("dir_fd")))
            return real(*args, **kwargs)

        return call

    def place(self, subject: Any, folder: int | None) -> str:
        if isinstance(subject, int):
            return str(Path(f"/proc/self/fd/{subject}").readlink())
        path = os.fspath(subject)
        return str(Path(f"/proc/self/fd/{folder}").readlink() / path) if folder is not None else str(path)

    def meet(self, path: str) -> None:
        if not path.startswith(self.folder):
            return
        number = next(self.turn)
        self.count = number + 1
        if number != self.number:
            return
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.kind == "signal":
            os.kill(os.getpid(), self.detail)
        elif self.kind == "fail":
            raise OSError(self.detail, os.strerror(self.detail), path)


def in_child(folder: Path, step: dict[str, Any], counted: Path) -> None:
    for number, name in ((1, "out"), (2, "err")):
        stream = os.open(counted.with_name(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(stream, number)
    if "stdin" in step:  # held open, as by a client that waits
        ours, theirs = os.pipe()
        os.write(theirs, step["stdin"].encode())
        os.dup2(ours, 0)
    os.chdir(folder)
    filling.PART_ROWS = PART_ROWS  # type: ignore[misc]
    faulty = Faulty(folder, *step.get("fault") or ("keep", -1, 0))
    faulty.install()
    code = main(step["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    counted.write_text(str(faulty.count))
    os._exit(code)


def begin(folder: Path, step: dict[str, Any], told: Path) -> int:
    shutil.rmtree(told, ignore_errors=True)
    told.mkdir()
    child = os.fork()
    if child == 0:
        try:
            in_child(folder, step, told / "count")
        finally:
            os._exit(70)  # what `main` let through
    return child


def tree(folder: Path) -> dict[str, str]:
    """Return relative path -> hash of every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def ended(folder: Path, child: int, told: Path) -> dict[str, Any]:
    status = os.waitpid(child, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    count = told / "count"
    shown = (told / "err").read_text(encoding="utf-8")
    return {
        "code": code,
        "err": shown,
        "count": int(count.read_text()) if count.exists() else None,
        "tree": tree(folder / "target"),
        "beside": sorted(path.name for path in folder.iterdir() if path.name.startswith(".")),
    }


def one_case(work: Path, case: dict[str, Any]) -> list[dict[str, Any]]:
    folder = work / "case"
    shutil.rmtree(folder, ignore_errors=True)
    if case.get("template"):
        shutil.copytree(work / case["template"], folder)
    else:
        folder.mkdir()
    results = []
    for step in case["steps"]:
        both = [step] if isinstance(step, dict) else step  # a list of steps runs at once
        children = [begin(folder, one, work / f"told-{number}") for number, one in enumerate(both)]
        results += [ended(folder, child, work / f"told-{number}") for number, child in enumerate(children)]
    if case.get("save"):
        shutil.copytree(folder, work / case["save"])
    return results


def drive(work: Path) -> None:
    work.mkdir(exist_ok=True)
    os.fsync = lambda descriptor: None  # type: ignore[assignment]  # a kill loses nothing that the kernel has
    for line in sys.stdin:
        sys.stdout.write(json.dumps(one_case(work, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup would have the children ignore it
    drive(Path(sys.argv[1]).resolve())
