"""The program of a worker process: `python -m fanwise.generator.workers.process`, tasks on its standard input."""

from __future__ import annotations

import os
import queue
import threading
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fanwise.generator.workers.tasks import Worker

__all__ = ["main"]


def main() -> None:
    """Take what every task needs, then do the tasks that come in, until the input ends. Each gets one answer."""
    from fanwise.io.process import keep_freed_memory, reduce_startup_cost

    inbox, outbox = Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a library prints must not get between the messages
    reduce_startup_cost()
    keep_freed_memory()
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(inbox, tasks), daemon=True).start()
    _work(tasks, outbox)


def _listen(inbox: Connection, tasks: queue.SimpleQueue[bytes]) -> None:
    """Pass tasks on. Where the caller has gone, even one that was killed, the worker goes too, whatever it does."""
    while True:
        try:
            tasks.put(inbox.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)


def _work(tasks: queue.SimpleQueue[bytes], outbox: Connection) -> None:
    from fanwise.generator.workers.messages import Done, Failed, decoded, encoded

    def say(message: Any) -> None:
        outbox.send_bytes(encoded(message))

    worker: Worker | None = None
    while True:
        text = tasks.get()
        try:
            if worker is not None:
                say(Done(worker.do(decoded(text))))
                continue
            from fanwise.generator.workers.tasks import Worker

            worker = Worker(decoded(text), say)
            say(Done(None))
        except BaseException as error:
            say(Failed(_portable(error), traceback.format_exc()))


def _portable(error: BaseException) -> BaseException:
    """Return an error as it arrives on the other side; one that cannot travel, as a RuntimeError with its words."""
    from fanwise.generator.workers.messages import decoded, encoded

    try:
        decoded(encoded(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main()
