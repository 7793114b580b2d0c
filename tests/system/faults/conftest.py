"""A process that lets `gen` meet faults, one of it for all tests of this folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.generator.cli.conftest import SHOP

ROOT = Path(__file__).parents[3]
Step = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step left behind. code: negative for a signal that killed; count: operations met, None where killed."""

    code: int
    err: str
    count: int | None
    tree: dict[str, str]
    beside: list[str]


@dataclass(frozen=True, slots=True)
class Driver:
    """Runs the cases of `driver.py` in `work`; `schema` is a small shop of two tables."""

    process: subprocess.Popen[str]
    schema: Path
    work: Path

    def case(self, *steps: Step, template: str = "", save: str = "") -> list[Seen]:
        """Run the steps one after another in a folder of their own, and return what each left behind."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"steps": steps, "template": template, "save": save}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the driver died"
        return [Seen(**seen) for seen in json.loads(line)]

    def argv(self, *options: str) -> list[str]:
        return ["run", str(self.schema), "--out", "target", *options]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    folder = tmp_path_factory.mktemp("faults")
    schema = folder / "shop.yaml"
    schema.write_text(SHOP, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FANWISE_")}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("driver.py")), str(folder / "work")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
    ) as process:
        yield Driver(process, schema, folder / "work")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def gen_process() -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts `gen` as a process of its own."""

    def start(
        *arguments: object, cwd: Path, before: Callable[[], None] | None = None, first: str = "pass"
    ) -> subprocess.Popen[str]:
        program = f"{first}; import sys; from fanwise.generator.cli import main; sys.exit(main())"
        return subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=before,
        )

    return start


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


def ended(process: subprocess.Popen[str] | subprocess.CompletedProcess[str]) -> tuple[int, str]:
    err = process.communicate(timeout=120)[1] if isinstance(process, subprocess.Popen) else process.stderr
    assert "Traceback" not in err
    return process.returncode, err


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
