"""Looks at a schema again whenever it is saved. A change does not wait for the forecast of the version before it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from fanwise.generator.cli.studio.files import Stamp, empty, stamp
from fanwise.generator.cli.studio.looks import Look, looks

__all__ = ["Watcher"]

_PAUSE = 0.05  # seconds between two glances at the files


class Watcher:
    """Watches one schema. see: is called with each look and the last one without problems, one call at a time."""

    def __init__(self, schema: str, see: Callable[[Look, Look | None], None]) -> None:
        self.schema = schema
        self._see = see
        self._last: Look | None = None
        self._version = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._fault: BaseException | None = None

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    def run(self) -> None:
        """Look until `stop`; raises what nobody foresaw in a look."""
        before: Stamp | None = None
        last: Stamp | None = None
        while not self._stopped.is_set():
            now = stamp(Path(self.schema))
            # Many programs empty a file before they write it: one without text is looked at when it stays so.
            if now != before and (now == last or str(Path(self.schema)) not in empty(now)):
                before = now
                with self._lock:
                    self._version += 1
                threading.Thread(target=self._look, args=(self._version,), name="look", daemon=True).start()
            last = now
            self._stopped.wait(_PAUSE)
        if self._fault is not None:
            raise self._fault

    def _look(self, version: int) -> None:
        """Look once; what a newer version has overtaken is not shown."""
        try:
            for look in looks(self.schema):
                with self._lock:
                    if version != self._version or self._stopped.is_set():
                        return
                    self._last = self._last if look.problems else look
                    self._see(look, self._last)
        except Exception as fault:
            self._fault = fault
            self._stopped.set()
