"""A Spark cluster of several processes on this machine, shared by the tests of a worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
GEN = "import sys; from fanwise.generator.cli import main; raise SystemExit(main(sys.argv[1:]))"
MASTER = "local-cluster[2,1,1024]"
# Short-lived programs: compiling them well takes longer than running them.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def spark_home(folder: Path) -> Path:
    """Return a home for Spark that shares the programs of the installed one; its workers write into it."""
    import pyspark

    installed = Path(pyspark.__file__).parent
    for name in ("bin", "jars", "sbin"):
        (folder / name).symlink_to(installed / name)
    settings = folder / "conf" / "spark-defaults.conf"
    settings.parent.mkdir()
    settings.write_text(
        f"spark.driver.extraJavaOptions {QUICK}\nspark.executor.extraJavaOptions {QUICK}\n"
        f"spark.task.maxFailures 2\nspark.local.dir {folder / 'local'}\nspark.sql.warehouse.dir {folder / 'warehouse'}\n",
        encoding="utf-8",
    )
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return what the environment of a program that uses Spark needs beside that of the tests."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "SPARK_HOME": str(spark_home(folder)),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def call(*arguments: str, cwd: Path, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Run `gen` in a program of its own; a variable that is None is taken out of its environment."""
    env = {
        name: value for name, value in {**os.environ, "PYTHONPATH": str(ROOT), **changed}.items() if value is not None
    }
    command = [sys.executable, "-c", GEN, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="session")
def java() -> None:
    """Skip where Spark cannot run."""
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    home = os.environ.get("JAVA_HOME")
    if not (Path(home) / "bin" / "java").exists() if home else shutil.which("java") is None:
        pytest.skip("Java 17, which Spark runs on, is not installed")


@pytest.fixture(scope="session")
def spark(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a session on two executors, each a process of its own."""
    from fanwise.generator.spark.session import spark_session

    if "PYTEST_XDIST_WORKER" in os.environ:
        # A second worker that starts a cluster, too, fails here: tests/conftest.py keeps these tests together.
        (tmp_path_factory.getbasetemp().parent / "spark-cluster").touch(exist_ok=False)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("spark")).items():
            patch.setenv(name, value)
        with spark_session(MASTER) as session:
            yield session
