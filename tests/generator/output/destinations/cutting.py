"""A proxy between a client and a server on this machine, which cuts the connection after so many bytes."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

__all__ = ["CuttingProxy"]


class CuttingProxy:
    """Forwards one connection after another; `after`: bytes until all of them are cut, from the client or the server.

    sent: the bytes that were counted.
    """

    def __init__(self, port: int, after: int, *, of_server: bool = False) -> None:
        self._server, self._left, self._of_server = port, after, of_server
        self.sent = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.cut = False

    def __enter__(self) -> CuttingProxy:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._close_all()
        for thread in self._threads:
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            self._open += [client, server]
            for source, sink, counted in ((client, server, not self._of_server), (server, client, self._of_server)):
                thread = threading.Thread(target=self._forward, args=(source, sink, counted), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        try:
            while content := source.recv(4096):
                if counted:
                    self.sent += len(content)
                    content, self._left = content[: self._left], self._left - len(content)
                sink.sendall(content)
                if self._left <= 0:
                    self.cut = True
                    self._close_all()
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _close_all(self) -> None:
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                end.close()
