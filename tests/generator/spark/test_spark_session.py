"""Spark from the command line: options that do not fit, no Java, a master that is none, and a quiet terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import fanwise
from fanwise.generator.cli.engines import spark_of
from fanwise.generator.engine.executor import Shard
from fanwise.generator.errors import InputError, UsageError
from fanwise.generator.language import load
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run
from fanwise.generator.spark import tables
from fanwise.generator.spark.cluster import SparkOptions
from fanwise.generator.spark.faults import explained
from tests.generator.spark.conftest import GEN, call, environment

pytestmark = pytest.mark.system


def test_options_become_those_of_spark() -> None:
    assert spark_of("local", None, None, log=False) is None
    assert spark_of("spark", "local[2]", 7, log=True) == SparkOptions("local[2]", 7, True)


@pytest.mark.parametrize(
    ("engine", "master", "shards", "message"),
    [
        ("sparc", None, None, "--engine sparc: unknown engine. Hint: did you mean 'spark'"),
        ("local", "yarn", None, "--master yarn: only for Spark"),
        ("local", None, 3, "--shards 3: only for Spark"),
    ],
)
def test_options_that_do_not_fit(engine: str, master: str | None, shards: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        spark_of(engine, master, shards, log=False)


def test_a_data_set_has_its_own_seed() -> None:
    pytest.importorskip("pyspark")
    with pytest.raises(UsageError, match="has its own"):
        tables(None, fanwise.dataset("ecommerce"), seed=1)


@pytest.mark.parametrize("shards", [0, -1, 1.5, True])
def test_shards_are_counted(shards: int) -> None:
    pytest.importorskip("pyspark")
    with pytest.raises(UsageError, match="shards"):
        tables(None, "ecommerce", shards=shards)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("ModuleNotFoundError: No module named 'generator'\n", "the Python of an executor has no module generator"),
        ('java.io.IOException: Cannot run program "/x/python": error=2', "an executor has no program /x/python"),
        (
            "[PYTHON_VERSION_MISMATCH] worker 3.12, driver 3.11",
            "an executor has another Python: worker 3.12, driver 3.11",
        ),
        ("ERROR: All masters are unresponsive! Giving up.", "All masters are unresponsive"),
        ("ExecutorLostFailure (executor 3 exited caused by one of", "executors died"),
    ],
)
def test_what_spark_says_is_told_in_a_line(said: str, why: str) -> None:
    problem = explained(f"Py4JJavaError: An error occurred\n{said}\n\tat org.apache.spark")

    assert problem is not None
    assert why in problem.why
    assert problem.hint


def test_without_java_the_way_out_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    done = call("run", "ecommerce", "--engine", "spark", cwd=tmp_path, PATH="/nowhere", JAVA_HOME=None)

    assert done.returncode == InputError.exit_code
    assert done.stderr == (
        "gen: --engine spark needs Java, which is not installed. Hint: install Java 17 or later (a runtime without a "
        "screen is enough), or name its folder in JAVA_HOME [FW-EXTRA-MISSING]\n"
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("option", "told"), [({"shard": Shard(1, 2)}, "--shard"), ({"resume": True}, "--resume")])
def test_what_spark_does_by_itself_is_refused(tmp_path: Path, option: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        run(load("ecommerce"), RunOptions(out=tmp_path / "out", spark=SparkOptions(), **option))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_terminal_stays_quiet(java: None, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    own = environment(tmp_path / "home")
    done = call("run", "ecommerce", "--engine", "spark", "--master", "local[2]", "--json", cwd=tmp_path, **own)

    assert done.stderr == ""
    assert json.loads(done.stdout)["published"] is True


@pytest.mark.slow
def test_a_master_that_is_none_is_wrong_usage(java: None, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    own = environment(tmp_path / "home")
    done = call("run", "ecommerce", "--engine", "spark", "--master", "foo://x", cwd=tmp_path, **own)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gen: --master foo://x: Spark: Master must")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_interrupted_nothing_is_left(java: None, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    env = {**os.environ, **environment(tmp_path / "home")}
    folder = tmp_path / "out"
    command = [
        sys.executable,
        "-c",
        GEN,
        "run",
        "ecommerce",
        "--scale",
        "40",
        "--engine",
        "spark",
        "--master",
        "local[2]",
    ]
    program = subprocess.Popen(
        [*command, "--shards", "40", "--out", str(folder / "shop")], env=env, stderr=subprocess.PIPE, text=True
    )
    stage = folder / f".shop.gen-{program.pid}" / "new" / "order"
    waiting = threading.Event()
    while program.poll() is None and not (stage.is_dir() and any(stage.iterdir())):
        waiting.wait(0.05)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=60)

    assert program.returncode == 130
    assert said.splitlines()[0] == "gen: interrupted; earlier data in the output folder is intact"
    assert not folder.exists()
