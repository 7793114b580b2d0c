"""Worker processes: started, given tasks one by one, listened to, replaced once where one dies, and ended.

They are processes of their own with pipes for messages, and share nothing but the file system. So they need neither a
fork of this process with its threads nor shared memory, and the caller's main module is not imported again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from fanwise.generator.engine.local import available_processors
from fanwise.generator.errors import OutputError
from fanwise.generator.workers.messages import Done, Failed, Progress, Setup, Task, Written, decoded, encoded

__all__ = ["Pool"]

Hear = Callable[[Progress | Written], None]

SILENCE = 600.0
"""Seconds without a message from a worker at work, after which it is taken for hung. A chunk takes about one."""
_WITHOUT = "run it with --workers 1, which needs the least memory"


@dataclass(slots=True)
class _Process:
    """One worker process. task: the place of the task that it works on. heard: when it last said something."""

    number: int
    popen: subprocess.Popen[bytes]
    inbox: Connection
    outbox: Connection
    task: int | None = None
    ready: bool = False
    heard: float = field(default_factory=time.monotonic)

    def name(self) -> str:
        return f"worker {self.number} (process {self.popen.pid})"


@dataclass(slots=True)
class _Work:
    """Tasks by their place, the places that wait for a worker, the results, and the tasks whose worker died."""

    tasks: list[Task]
    waiting: deque[int] = field(default_factory=deque)
    results: dict[int, Any] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)


class Pool:
    """`count` worker processes. Use it in a `with` statement; leaving it ends all of them, whatever they do.

    hear: called with what workers say while they work. Raises OutputError where processes cannot be started.
    """

    def __init__(self, count: int, setup: Setup, hear: Hear) -> None:
        self._count, self._hear, self._silence = count, hear, SILENCE
        self._setup = encoded(setup)
        self._processes: list[_Process] = []
        self._started = 0
        self._killed_at_start = False

    def __enter__(self) -> Pool:
        try:
            for _ in range(self._count):
                self._start()
            for process in self._processes:  # now that all of them are starting
                _send(process.inbox, self._setup)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(
        self,
        tasks: Iterable[Task],
        more: Callable[[Any], Iterable[Task]] = lambda _result: (),
        again: Callable[[Task], Task] = lambda task: task,
    ) -> list[Any]:
        """Return the results of `tasks`, in their order, and of those that follow from them.

        more: given the result of a finished task, returns the tasks that can now be done. again: given a task whose
        worker died, returns what is left of it, which a new worker does; if that one dies too, an OutputError names it.
        An error of a task is raised as it was there.
        """
        work = _Work(list(tasks))
        work.waiting.extend(range(len(work.tasks)))
        while len(work.results) < len(work.tasks):
            for result in self._step(work, again):
                found = list(more(result))
                work.waiting.extend(range(len(work.tasks), len(work.tasks) + len(found)))
                work.tasks += found
        return [work.results[place] for place in range(len(work.tasks))]

    def stream(self, tasks: Iterable[Task], ahead: int) -> Iterator[Any]:
        """Yield the results of `tasks`, in their order; at most `ahead` are being done or wait for the caller.

        A task whose worker died is done once more, as in `run`.
        """
        work, more, place = _Work([]), iter(tasks), 0
        while True:
            for task in islice(more, place + ahead - len(work.tasks)):
                work.waiting.append(len(work.tasks))
                work.tasks.append(task)
            if place == len(work.tasks):
                return
            while place not in work.results:
                self._step(work, lambda task: task)
            yield work.results.pop(place)
            place += 1

    def _step(self, work: _Work, again: Callable[[Task], Task]) -> list[Any]:
        """Give tasks to free workers, and hear what workers say; return the results that have come."""
        results = []
        self._give(work.waiting, work.tasks)
        for process, message in self._messages():
            if isinstance(message, Done):
                place, process.task = process.task, None
                if place is None:
                    process.ready = True
                    continue
                work.results[place] = message.result
                results.append(message.result)
            elif message is None:
                place = self._replace(process, work.lost)
                if place is not None:
                    work.tasks[place] = again(work.tasks[place])
                    work.waiting.appendleft(place)
            else:
                self._hear(message)
        return results

    def _give(self, waiting: deque[int], tasks: list[Task]) -> None:
        for process in self._processes:
            if waiting and process.ready and process.task is None:
                process.task, process.heard = waiting.popleft(), time.monotonic()
                _send(process.inbox, encoded(tasks[process.task]))

    def _messages(self) -> Iterator[tuple[_Process, Any]]:
        """Yield what workers say, at least one message; None from one that has died, or was silent for too long."""
        by_box = {process.outbox: process for process in self._processes}
        soonest = min((p.heard for p in self._processes if p.task is not None or not p.ready), default=time.monotonic())
        for box in wait(list(by_box), timeout=max(0.0, soonest + self._silence - time.monotonic())):
            assert isinstance(box, Connection)
            process = by_box.pop(box)
            process.heard = time.monotonic()
            try:
                message = decoded(box.recv_bytes())
            except (EOFError, OSError):
                message = None
            if isinstance(message, Failed):
                raise message.error from _Trace(f"in {process.name()}:\n{message.trace}")
            yield process, message
        for process in by_box.values():
            if (process.task is not None or not process.ready) and time.monotonic() - process.heard >= self._silence:
                process.popen.kill()
                yield process, None

    def _replace(self, process: _Process, lost: set[int]) -> int | None:
        """Start another worker in the place of one that is gone; return the task that it leaves behind."""
        process.popen.kill()
        code = process.popen.wait()
        hung = time.monotonic() - process.heard >= self._silence
        why = f"{process.name()} {f'said nothing for {self._silence:.0f} seconds' if hung else _ending(code)}"
        first = code < 0 and not self._killed_at_start  # what cannot start ends by itself, and would end again
        if process.task in lost or not (process.ready or first):
            again = ", and so did the one that took over its work" if process.ready else ""
            raise OutputError("FW-OUTPUT-WORKER", f"{why}{again}", _WITHOUT)
        self._processes.remove(process)
        self._killed_at_start |= not process.ready
        _close(process)
        if process.task is not None:
            lost.add(process.task)
        _send(self._start().inbox, self._setup)
        return process.task

    def _start(self) -> _Process:
        self._started += 1
        share = max(1, available_processors() // self._count)
        threads = {"POLARS_MAX_THREADS": os.environ.get("POLARS_MAX_THREADS", str(share))}
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        try:
            popen = subprocess.Popen(
                # -P: no module is looked for in the folder that the program happens to be started in.
                [sys.executable, "-P", "-m", "fanwise.generator.workers.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": paths, **threads},
                bufsize=0,
                process_group=0,  # Ctrl-C reaches this process alone, which then ends its workers
            )
        except OSError as error:
            why = f"a worker process cannot be started: {error.strerror or error}"
            raise OutputError("FW-OUTPUT-WORKER", why, _WITHOUT) from error
        assert popen.stdin is not None
        assert popen.stdout is not None
        inbox = Connection(os.dup(popen.stdin.fileno()), readable=False)
        outbox = Connection(os.dup(popen.stdout.fileno()), writable=False)
        popen.stdin.close()
        popen.stdout.close()
        self._processes.append(_Process(self._started, popen, inbox, outbox))
        return self._processes[-1]

    def _end(self) -> None:
        for process in self._processes:
            process.popen.kill()
        for process in self._processes:
            process.popen.wait()
            _close(process)
        self._processes.clear()


class _Trace(Exception):
    """Where an error arose in another process; shown above the error's own traceback."""


def _send(inbox: Connection, text: bytes) -> None:
    """Send a message; a worker that is gone is noticed where its answer is awaited."""
    with suppress(BrokenPipeError):
        inbox.send_bytes(text)


def _close(process: _Process) -> None:
    process.inbox.close()
    process.outbox.close()


def _ending(code: int) -> str:
    """Return how a worker ended; code: of its process, negative for a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    perhaps = ", perhaps because memory ran out" if -code == signal.SIGKILL else ""
    return f"was ended by {signal.Signals(-code).name}{perhaps}"
