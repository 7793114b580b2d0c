"""A PostgreSQL server that lives as long as the tests; the fixture `postgres` is every test's, by tests/conftest.py."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest


@dataclass
class Server:
    """A running server. `password` is a canary: it must turn up nowhere."""

    port: int
    password: str = field(repr=False)
    user: str = "auditor"
    folder: Path = Path()
    driver: Any = field(default=None, repr=False)

    def url(self, database: str = "postgres", **changed: Any) -> str:
        part = {"user": self.user, "password": self.password, "host": "127.0.0.1", "port": self.port, **changed}
        return f"postgresql://{part['user']}:{part['password']}@{part['host']}:{part['port']}/{database}"

    def run(self, sql: str, database: str = "postgres") -> None:
        """Run statements, each by itself."""
        with self.driver.connect(self.url(database), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in filter(str.strip, sql.split(";")):
                cursor.execute(statement)

    def processor(self) -> float:
        """Return the seconds of processor time of the server, its processes and those that have ended (Linux)."""
        return max(self._processor() for _ in range(3))  # one that ends while it is counted is missing from that count

    def _processor(self) -> float:
        server = (self.folder / "data" / "postmaster.pid").read_text().split("\n")[0]
        ticks = 0
        for place in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # a process that has just ended
                found = place.read_text().rpartition(")")[2].split()
                if server in (place.parent.name, found[1]):
                    ticks += sum(map(int, found[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def fill(self, database: str, frames: dict[str, pl.DataFrame]) -> str:
        """Make a database of these tables; return its URL."""
        self.run(f'DROP DATABASE IF EXISTS "{database}"; CREATE DATABASE "{database}"')
        with self.driver.connect(self.url(database)) as connection, connection.cursor() as cursor:
            for name, frame in frames.items():
                cursor.adbc_ingest(name, frame, mode="create")
            connection.commit()
        return self.url(database)


def _binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    config = shutil.which("pg_config")
    places = (
        [subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()]
        if config
        else []
    )
    places += [str(place) for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return next((Path(place) for place in places if (Path(place) / "initdb").exists()), None)


def _other_user() -> list[str]:
    """Return the prefix of commands that must not run as root: initdb refuses to."""
    if os.name != "posix" or os.geteuid() != 0:
        return []
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if shutil.which("setpriv"):
            return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    pytest.skip("PostgreSQL does not run as root, and there is no other user to run it as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(settings: str = "fsync=off") -> Iterator[Server]:
    """A server of its own on a free port, stopped and removed at the end; skipped where it cannot be."""
    driver = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="needs the extra 'sql'")
    programs = _binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server programs (initdb, pg_ctl) on this machine")
    folder = Path(tempfile.mkdtemp(prefix="fanwise-pg-"))
    server = Server(_free_port(), f"canary{secrets.token_hex(8)}", driver=driver, folder=folder)
    prefix = _other_user()
    data, log = folder / "data", folder / "log"
    (folder / "password").write_text(server.password)
    if prefix:
        uid, gid = (int(part.partition("=")[2]) for part in prefix[1:3])
        for path in (folder, folder / "password"):
            os.chown(path, uid, gid)

    def run(*command: str) -> None:
        done = subprocess.run(
            [*prefix, *command], capture_output=True, text=True, cwd=folder, stdin=subprocess.DEVNULL, check=False
        )
        assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"

    try:
        run(
            str(programs / "initdb"), "-D", str(data), "-U", server.user, f"--pwfile={folder / 'password'}",
            "--auth=scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync",
        )  # fmt: skip
        options = f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c {settings}"
        # The server must not hold the pipes of this process open.
        run(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(log), "-w", "start")
        yield server
    finally:
        if (data / "postmaster.pid").exists():
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server of its own on a free port, stopped and removed after the tests."""
    with running() as server:
        yield server
