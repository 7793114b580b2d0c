"""Errors on Spark: an error of Fanwise comes back unchanged, one of Spark as one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from fanwise.generator import errors
from fanwise.generator.errors import FanwiseError, Mark, OutputError, Problem

__all__ = ["RemoteError", "translate_errors"]

_MARK = "fanwise-failure: "
_CARRIED = re.compile(rf"{_MARK}(\{{.*\}})\s*$", re.MULTILINE)
_PYTHON = "install this package and its dependencies in the executors' Python, and set PYSPARK_PYTHON to it"
_ADVICE: tuple[tuple[str, str, str], ...] = (
    (r"No module named '([\w.]+)'", "the Python of an executor has no module {0}", _PYTHON),
    (r"PYTHON_VERSION_MISMATCH\]\s*(.{0,200})", "an executor has another Python: {0}", _PYTHON),
    (r"Cannot run program \"([^\"]+)\"", "an executor has no program {0}", _PYTHON),
    (r"(Could not parse Master URL: '.*?'|Master must .*)", "{0}", "for example local[*], spark://HOST:7077 or yarn"),
    (r"(All masters are unresponsive)", "{0}", "check that this machine can reach the cluster"),
    (
        r"(ExecutorLostFailure[^\n]{0,200}|executor \d+ exited[^\n]{0,200})",
        "executors died: {0}",
        "check their logs",
    ),
    (
        r"(UnsupportedClassVersionError)",
        "this Java is too old: {0}",
        "install Java 17 or later, or name it in JAVA_HOME",
    ),
)


class RemoteError(Exception):
    """An error of Fanwise sent from an executor to the driver, which Spark passes on as text only."""

    def __init__(self, error: FanwiseError) -> None:
        content = {"kind": type(error).__name__, "problems": [asdict(problem) for problem in error.problems]}
        super().__init__(_MARK + json.dumps(content))


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn errors of Spark into errors of Fanwise: OutputError, or what an executor raised as `RemoteError`.

    A fault of the program on an executor is passed on as it came.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException, PythonException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        text = str(error)
        if carried := _CARRIED.search(text):
            raise _arrived(carried[1]) from error
        problem = explained(text)
        if problem is None and isinstance(error, PythonException):
            raise
        raise OutputError(problem or Problem("FW-SPARK-FAILED", f"Spark failed: {_first_line(text)}", _LOG)) from error


_LOG = "for the log of Spark run the command again as `gen --debug …` or with FANWISE_DEBUG=1"


def explained(text: str) -> Problem | None:
    """Return what a text of Spark means, where that is known."""
    for pattern, why, hint in _ADVICE:
        if found := re.search(pattern, text):
            return Problem("FW-SPARK-FAILED", f"Spark: {why.format(*found.groups())}", hint)
    return None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")[:300]


def _arrived(text: str) -> FanwiseError:
    content = json.loads(text)
    problems = [
        Problem(**{**each, "mark": Mark(**each["mark"]) if each["mark"] else None}) for each in content["problems"]
    ]
    error: FanwiseError = getattr(errors, content["kind"], OutputError)(problems)
    return error
