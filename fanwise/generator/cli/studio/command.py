"""What `gen check --watch` and `gen check --serve` do. They end when they are interrupted."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fanwise.generator.cli.screen import Screen, error_line
from fanwise.generator.cli.studio.looks import Look
from fanwise.generator.cli.studio.watcher import Watcher
from fanwise.generator.errors import OutputError, UsageError

__all__ = ["watch_schema"]


def watch_schema(screen: Screen, schema: str, port: int | None, *, serve: bool, others: Mapping[str, object]) -> int:
    """Watch a schema, on the terminal or on a page (UsageError for options that do not fit)."""
    given = [option for option, value in others.items() if value]
    if given:
        why = f"{given[0]} cannot be combined with --watch or --serve"
        raise UsageError("FW-USAGE-CONFLICT", why, "write it into the schema, or leave it out")
    if port is not None and not serve:
        raise UsageError("FW-USAGE-CONFLICT", "--port needs --serve", "add --serve")
    return _serve(screen, schema, port or 0) if serve else _watch(screen, schema)


def _watch(screen: Screen, schema: str) -> int:
    """Show the problems, or the forecast, of a schema whenever it is saved."""
    path = _file(schema)
    screen.note(f"Watching {path}. Stop with Ctrl-C.")

    def see(look: Look, last: Look | None) -> None:
        if look.done:
            _tell(screen, path, look)

    Watcher(schema, see).run()
    return 0


def _serve(screen: Screen, schema: str, port: int) -> int:
    """Serve the page of a schema to this machine, under an address that nobody can guess."""
    from fanwise.io.extras import require

    uvicorn = require("uvicorn", "studio", "gen check --serve")
    require("starlette", "studio", "gen check --serve")
    from fanwise.generator.cli.studio.app import Page, app_of

    path = _file(schema)
    listening = _bound(port)
    page, token = Page(), secrets.token_urlsafe(16)

    def see(look: Look, last: Look | None) -> None:
        page.see(look, last)
        if look.done:
            _tell(screen, path, look)

    watcher = Watcher(schema, see)
    screen.result(f"http://127.0.0.1:{listening.getsockname()[1]}/{token}/")
    screen.note("Open this address in a browser on this machine. Stop with Ctrl-C.")
    settings = uvicorn.Config(app_of(page, token), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(settings)
    page.stopped = lambda: bool(server.should_exit)
    faults: list[BaseException] = []
    threading.Thread(target=_watched, args=(watcher, server, faults), name="watch", daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        watcher.stop()
    for fault in faults:
        raise fault
    return 0


def _watched(watcher: Watcher, server: Any, faults: list[BaseException]) -> None:
    """Watch until the end; what nobody foresaw ends the server, too."""
    try:
        watcher.run()
    except Exception as fault:
        faults.append(fault)
        server.should_exit = True


def _bound(port: int) -> socket.socket:
    """Return a socket that only this machine reaches; port 0 is any free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()  # so that a browser may ask before the server is ready
    except OSError as error:
        listening.close()
        why = f"--port {port}: {error.strerror or error}"
        raise OutputError("FW-OUTPUT-WRITE", why, "choose another port, or leave out --port") from error
    return listening


def _file(schema: str) -> Path:
    path = Path(schema)
    if not path.is_file():
        hint = "give the path of a file; gen init NAME writes a ready dataset to one"
        raise UsageError("FW-USAGE-FILE", f"there is no file '{schema}' to watch", hint)
    return path


def _tell(screen: Screen, path: Path, look: Look) -> None:
    """Say what a look found, and write names for the editor again."""
    from fanwise.generator.cli.editors import refreshed
    from fanwise.validator.forecasting.outlook import forecast_text

    screen.note(f"\n{datetime.now():%H:%M:%S} {path}")
    for problem in look.problems:
        screen.note(error_line(problem))
    if look.forecast is not None:
        text = look.forecast.verdict if screen.quiet else forecast_text(look.forecast, screen.style)
        screen.result(text)
    if look.plan is not None and not look.problems and (changed := refreshed(path, look.plan.dataset)) is not None:
        screen.note(f"Wrote {changed}")
