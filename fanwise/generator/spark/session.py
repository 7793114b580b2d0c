"""A Spark session for one run: find Java, hide its log, report its start errors in one line."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fanwise.generator.errors import MissingExtraError, OutputError, Problem, UsageError
from fanwise.generator.spark.faults import explained
from fanwise.generator.spark.jobs import require_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["DEFAULT_MASTER", "spark_session"]

DEFAULT_MASTER = "local[*]"
_PURPOSE = "--engine spark"
_JAVA = "install Java 17 or later (a runtime without a screen is enough), or name its folder in JAVA_HOME"
_PATIENCE = 10.0  # seconds for tasks to end when a run is interrupted
_LAST = 4000  # bytes of the log that may tell why Spark did not start


@contextmanager
def spark_session(master: str | None = None, *, name: str = "fanwise", log: bool = False) -> Iterator[SparkSession]:
    """Yield the session that is active in this program, or one of our own at `master`, which is stopped at the end.

    log: let Spark write its log to standard error; otherwise nothing of it is seen, and standard output is ours in
    any case. Raises MissingExtraError without PySpark or Java, UsageError for a master that is none, or another than
    that of the active session, OutputError where Spark does not start.
    """
    require_spark(_PURPOSE)
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        there = active.conf.get("spark.master", "")
        if master is not None and master != there:
            why = f"--master {master}: a Spark session at {there} is active in this program"
            raise UsageError("FW-USAGE-CONFLICT", why, "stop it first, or remove --master")
        yield active
        return
    with ExitStack() as ending:
        yield _started(master or DEFAULT_MASTER, name, log, ending)


def _started(master: str, name: str, log: bool, ending: ExitStack) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    _require_java()
    ending.enter_context(_environment())
    written = ending.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by `ending`
    conf = SparkConf().setMaster(master).setAppName(name)
    for key, value in _settings(master).items():
        conf.set(key, value)
    try:
        gateway = _gateway(conf, written, log)
        with _signals_as_they_were():
            context = SparkContext(conf=conf, gateway=gateway)
        ending.push(_stopping(context, gateway))
        return SparkSession(context)
    except (PySparkException, Py4JError, ConnectionError, OSError) as error:
        raise _not_started(master, str(error), _end_of(written)) from error


def _settings(master: str) -> dict[str, str]:
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # A task has one core; what Polars opens beside it would only wait.
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
    }
    if master.startswith("local") and not master.startswith("local-cluster"):
        # Nobody else is to be reached, and the name of the host need not be known to any server of names.
        settings |= {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _gateway(conf: Any, written: IO[bytes], log: bool) -> Any:
    """Return the gateway to a new Java, or None where this program has one already."""
    from pyspark import SparkContext, java_gateway

    if getattr(SparkContext, "_gateway", None) is not None:
        return None
    chatter = sys.__stderr__ if log else written
    launch: Any = java_gateway.launch_gateway
    return launch(conf, {"stdout": chatter, "stderr": chatter})


def _stopping(context: Any, gateway: Any) -> Any:
    def stop(kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, Exception):
            context.stop()
            return
        # Interrupted in the middle of a call, whose answer would be taken for that of the next one; another thread
        # has a connection of its own.
        aside = threading.Thread(target=context.stop, name="fanwise-spark-stop", daemon=True)
        aside.start()
        aside.join(_PATIENCE)
        java = getattr(gateway, "proc", None)
        if java is not None:
            java.terminate()
            java.wait()

    return stop


def _require_java() -> None:
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # started by spark-submit, which has its Java
        return
    home = os.environ.get("JAVA_HOME")
    if home and not (Path(home) / "bin" / "java").exists():
        raise MissingExtraError("FW-EXTRA-MISSING", f"{_PURPOSE} needs Java, but JAVA_HOME has none: {home}", _JAVA)
    if not home and shutil.which("java") is None:
        raise MissingExtraError("FW-EXTRA-MISSING", f"{_PURPOSE} needs Java, which is not installed", _JAVA)


@contextmanager
def _environment() -> Iterator[None]:
    """Let executors run this very Python, unless the environment names theirs."""
    if "PYSPARK_PYTHON" in os.environ:
        yield
        return
    os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        yield
    finally:
        del os.environ["PYSPARK_PYTHON"]


@contextmanager
def _signals_as_they_were() -> Iterator[None]:
    """Put the handler of Ctrl-C back, which PySpark replaces by its own."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _end_of(written: IO[bytes]) -> str:
    written.seek(0, os.SEEK_END)
    written.seek(max(0, written.tell() - _LAST))
    return written.read().decode(errors="replace")


def _not_started(master: str, said: str, log: str) -> OutputError | UsageError:
    problem = explained(f"{said}\n{log}")
    if problem is not None and "aster" in problem.why and "unresponsive" not in problem.why:
        return UsageError(problem.code, problem.why, problem.hint, f"--master {master}")
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.startswith(("\t", " "))]
    why = lines[-1][:300] if lines else said.splitlines()[0][:300]
    return OutputError(
        problem or Problem("FW-SPARK-FAILED", f"Spark did not start: {why}", "for its log run `gen --debug …`", master)
    )
