"""Many mutants in children that are watched: a child that hangs, grows or dies gives its mutant away and is replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

__all__ = ["HANG_SECONDS", "MOST_BYTES", "watched"]

HANG_SECONDS = 10.0
"""Processor seconds: a busy machine is no fault of the program."""
MOST_BYTES = 2 << 30
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


def watched(task: Callable[[int], Any], numbers: Iterator[int] | range) -> Iterator[tuple[int, Any]]:
    """Yield each number with what `task` returns of it, or with ("hang", …), ("memory", …) or ("died", …)."""
    context = get_context("spawn")
    waiting = iter(numbers)
    child, pipe = _started(context, task)
    try:
        for number in waiting:
            pipe.send(number)
            answer = _answer(child, pipe)
            if answer is None:
                raise AssertionError
            yield number, answer
            if answer[0] in ("hang", "memory", "died") and isinstance(answer, tuple):
                child, pipe = _started(context, task)
    finally:
        child.kill()
        child.join()


def _started(context: Any, task: Callable[[int], Any]) -> tuple[Any, Any]:
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(theirs, task), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def _work(pipe: Any, task: Callable[[int], Any]) -> None:
    while True:
        pipe.send(task(pipe.recv()))


def _answer(child: Any, pipe: Any) -> Any:
    begun = _seconds(child.pid)
    while not pipe.poll(0.05):
        if not child.is_alive():
            return ("died", f"exit code {child.exitcode}")
        if _seconds(child.pid) - begun > HANG_SECONDS:
            return _ended(child, "hang")
        if _bytes(child.pid) > MOST_BYTES:
            return _ended(child, "memory")
    try:
        return pipe.recv()
    except EOFError:
        child.join()
        return ("died", f"exit code {child.exitcode}")


def _ended(child: Any, why: str) -> tuple[str, str]:
    child.kill()
    child.join()
    return (why, "")


def _seconds(pid: int) -> float:
    """Return the processor time of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
