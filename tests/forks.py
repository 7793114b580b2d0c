"""Python programs in forks of a process that has imported Fanwise, so that importing costs once and not once a program.

`Forks.run` is `subprocess.run` for what needs a process, but not a fresh one: `-c CODE`, `-m MODULE` or a script, with
its own folder, environment and streams. Run as a script, this file is the process that forks: it reads requests as JSON
from standard input, one a line, and answers each with an exit code. It has imported everything and started nothing.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What programs import late. A name that an environment lacks is passed over.
IMPORTED = (
    "fanwise.generator.cli.actions",
    "fanwise.generator.cli.app",
    "fanwise.generator.cli.engines",
    "fanwise.generator.cli.progress",
    "fanwise.generator.audit.forecast",
    "fanwise.validator.report.document",
    "fanwise.validator.report.json",
    "duckdb",
    "polars",
    "scipy.special",
)


class Forks:
    """A process of `python` (by default that of the tests) that forks programs; used as a context manager."""

    def __init__(self, python: Path | None = None) -> None:
        self.path = {} if python else {"PYTHONPATH": str(ROOT)}
        command = [python or sys.executable, __file__]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment()
        )

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def run(self, *arguments: object, cwd: Path, first: str = "") -> subprocess.CompletedProcess[str]:
        """Run `python ARGUMENTS` in a folder. first: code that the process runs before the program."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        words = [str(argument) for argument in arguments]
        with tempfile.TemporaryDirectory() as streams:
            request = {"arguments": words, "cwd": str(cwd), "first": first, "streams": streams}
            self.process.stdin.write(json.dumps({**request, "environment": self._environment()}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            assert answer, "the process that forks died"
            texts = [Path(streams, name).read_text(encoding="utf-8") for name in ("out", "err")]
        return subprocess.CompletedProcess(words, json.loads(answer), *texts)

    def gen(self, *arguments: object, cwd: Path, first: str = "") -> subprocess.CompletedProcess[str]:
        """Run `gen ARGUMENTS` in a folder."""
        return self.run("-m", "fanwise", *arguments, cwd=cwd, first=first)

    def _environment(self) -> dict[str, str]:
        """Return this environment, without what is meant for the tests' own Python."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        return plain | self.path


def in_child(streams: Path, arguments: list[str], cwd: str, first: str, environment: dict[str, str]) -> None:
    """Become the program of a request."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(streams / name, os.O_WRONLY), number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    run_code(first, streams / "first.py")
    what, *rest = arguments
    if what == "-m":
        sys.argv = rest
        sys.path.insert(0, cwd)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif what == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        run_code(rest[0], streams / "code.py")
    else:
        sys.argv = arguments
        sys.path.insert(0, str((Path(cwd) / what).parent))
        runpy.run_path(what, run_name="__main__")


def run_code(code: str, file: Path) -> None:
    file.write_text(code, encoding="utf-8")
    runpy.run_path(str(file), run_name="__main__")


def ended(program: Callable[[], None]) -> int:
    """Run a program and what it does at its end, and return its exit code. Modules are not torn down, which is slow."""
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def serve() -> None:
    """Fork a program for each request."""
    from fanwise.io.process import reduce_startup_cost

    reduce_startup_cost()  # before numpy is imported
    for name in IMPORTED:
        with suppress(ImportError):
            import_module(name)
    gc.freeze()  # a child that collected what the imports made would copy all of it
    while line := sys.stdin.readline():
        request = json.loads(line)
        streams = Path(request.pop("streams"))
        for name in ("out", "err"):
            (streams / name).touch()
        child = os.fork()
        if child == 0:
            os._exit(ended(partial(in_child, streams, **request)))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file
    serve()
