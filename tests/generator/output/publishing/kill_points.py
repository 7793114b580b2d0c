"""A process that is killed before its Nth file operation while publishing, for every N; then again while recovering.

Run as a script with a folder to work in and a scenario (`absent`, `empty`, `replace`, each also with `-beside`: with
files beside the target that describe its data); prints one JSON object.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fanwise.generator.output.publishing.staging import Staging

SHARED = runpy.run_path(str(Path(__file__).parents[1] / "conftest.py"))
publish, snapshot, Operations = SHARED["publish"], SHARED["snapshot"], SHARED["Operations"]
SECOND_KILLS = (4, 7)  # for every 4th first kill, a second at every 7th operation: every pair of phases is met


def killed(action: Callable[[], Any], number: int) -> bool:
    """Run `action` in a child that dies before operation `number`, and return whether it came so far."""

    def before(count: int, _name: str) -> None:
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        with Operations(before):
            action()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def recover(target: Path) -> None:
    with Staging(target, force=True):
        pass


def prepare(folder: Path, scenario: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    target = folder / "out" / "shop"
    if scenario.endswith("-beside"):
        publish(target, new=False, beside=True)
    if scenario == "absent-beside":
        shutil.rmtree(target)
    if scenario == "empty-beside":
        for path in sorted(target.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    if scenario == "replace":
        publish(target, new=False)
    if scenario.startswith("replace"):
        (target / "notes.txt").write_text("mine", encoding="utf-8")
    if scenario == "empty":
        target.mkdir(parents=True)
    return target


def observe(target: Path, folder: Path) -> dict[str, Any]:
    left = sorted(path.name for path in folder.rglob(".*.gen-*"))
    return {"target": snapshot(target), "left": left, "beside": texts_beside(target)}


def texts_beside(target: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in target.parent.glob("*.txt")}


def one_case(folder: Path, scenario: str, first: int, second: int | None) -> tuple[dict[str, Any], bool]:
    """Return what was there after each kill and in the end, and whether the last kill was met."""
    target = prepare(folder, scenario)
    beside = scenario.endswith("-beside")
    met = killed(lambda: publish(target, new=True, force=True, beside=beside), first)
    case: dict[str, Any] = {"kills": [first, second], "killed": [observe(target, folder)]}
    if second is not None:
        met = killed(lambda: recover(target), second)
        case["killed"].append(observe(target, folder))
    recover(target)
    return {**case, "recovered": observe(target, folder)}, met


def main(folder: Path, scenario: str) -> None:
    os.fsync = lambda _descriptor: None  # a kill, unlike a power cut, loses nothing that was handed to the kernel
    target = prepare(folder, scenario)
    out: dict[str, Any] = {"old": observe(target, folder), "cases": []}
    publish(target, new=True, force=True, beside=scenario.endswith("-beside"))
    out["new"] = observe(target, folder)
    first = 0
    more = True
    while more:
        case, more = one_case(folder, scenario, first, None)
        out["cases"].append(case)
        second = first // SECOND_KILLS[0] % SECOND_KILLS[1]
        again = first % SECOND_KILLS[0] == 0
        while again:
            case, again = one_case(folder, scenario, first, second)
            out["cases"].append(case)
            second += SECOND_KILLS[1]
        first += 1
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
