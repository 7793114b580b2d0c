"""Looks at a schema again whenever it is saved, and keeps the newest page with its number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from fanwise.generator.cli.studio.files import stamp
from fanwise.generator.cli.studio.looks import Look, looks

__all__ = ["Watcher"]

_PAUSE = 0.05  # seconds between two glances at the files


class Watcher:
    """Watches one schema. see: is called with each look and the last one without problems."""

    def __init__(self, schema: str, see: Callable[[Look, Look | None], None]) -> None:
        self.schema = schema
        self._see = see
        self._last: Look | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    def run(self) -> None:
        """Look until `stop`; a change during a look begins the next one after the step at hand."""
        path = Path(self.schema)
        before = None
        while not self._stopped.is_set():
            now = stamp(path)
            if now == before:
                time.sleep(_PAUSE)
                continue
            before = now
            for look in looks(self.schema):
                if not look.problems:
                    self._last = look
                self._see(look, self._last)
                if self._stopped.is_set() or stamp(path) != before:
                    break
