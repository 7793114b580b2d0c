"""One run at a time per folder: a lock file beside it, locked by the operating system."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from fanwise.generator.errors import OutputError

__all__ = ["Lock"]


class Lock:
    """Holds `path` locked from `acquire` to `release`.

    The lock is flock(2). The kernel releases it when the process dies, so nobody has to clean up after a killed run,
    and reused process numbers do no harm. The text of the file, process number and host, is only for the error message
    of a second run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock without waiting. Raises OutputError naming its holder, and OSError for disk errors."""
        while self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_current(descriptor):
                    self._descriptor = descriptor
            except BlockingIOError as error:
                raise self._taken(os.pread(descriptor, 300, 0)) from error
            finally:
                if self._descriptor is None:
                    os.close(descriptor)
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Release the lock and remove its file. Does nothing if the lock is not held."""
        if self._descriptor is None:
            return
        # Removed while locked: a process that opened this file sees that it is no longer the one at the path. A file
        # that cannot be removed locks nothing.
        with contextlib.suppress(OSError):
            if self._is_current(self._descriptor):  # not if a signal interrupted an earlier release
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat(follow_symlinks=False))
        except FileNotFoundError:
            return False

    def _taken(self, text: bytes) -> OutputError:
        holder = text.decode("ascii", errors="replace").split()
        who = f"process {holder[0]} on {holder[1]}" if len(holder) == 2 else "another process"
        hint = "wait for that run to end, or choose another --out."
        return OutputError("FW-OUTPUT-LOCKED", f"another run is writing there ({who}).", hint, str(self._path))
