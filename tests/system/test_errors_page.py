"""The codes of problems: the catalogue, the sources and docs/errors.md say the same, and every example is true."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from fanwise.generator.cli import main
from fanwise.io.problems import catalogue
from tests.forks import Forks

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"FW(?:-[A-Z]+)+\Z")
OF_A_SHELL = {">", ">>", "|", ";", "&&", "$", "*"}


def _errors() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_page", ROOT / "docs" / "errors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ERRORS = _errors()


def test_the_sources_use_the_codes_of_the_catalogue_and_no_others() -> None:
    used = {
        node.value
        for path in (ROOT / "fanwise").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
    }

    assert used == set(catalogue())


@pytest.mark.parametrize("code", catalogue())
def test_an_entry_is_complete(code: str) -> None:
    entry = catalogue()[code]

    assert set(entry) == {"title", "cause", "cure", "example"}
    assert entry["cause"].endswith(".")
    assert not entry["cure"].endswith(".")


EXAMPLES = {code: entry["example"] for code, entry in catalogue().items()}


@pytest.mark.parametrize("code", [code for code, text in EXAMPLES.items() if not ERRORS.is_commands(text)])
def test_an_example_has_this_problem_and_no_other(code: str) -> None:
    assert {problem.code for problem in ERRORS.problems_of(EXAMPLES[code])} == {code}


def output_of(command: str, folder: Path, forks: Forks, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command writes in a folder.

    A shell runs it where it needs one. So it does for Spark, whose messages depend on whether a session is open in the
    same process, and for pytest, which would not look for assertions in what is imported already.
    """
    program, *words = shlex.split(command)
    if not OF_A_SHELL & set(shlex.shlex(command, posix=True, punctuation_chars=True)):
        if program == "gen" and "spark" not in words:
            main(words)
            return "".join(capsys.readouterr())
        if program == "python" and words[0] != "-m":
            done = forks.run(*words, cwd=folder)
            return done.stdout + done.stderr
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.system
@pytest.mark.parametrize("code", [code for code, text in EXAMPLES.items() if ERRORS.is_commands(text)])
def test_the_commands_of_an_example_end_in_this_problem(
    code: str, forks: Forks, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if code == "FW-SPARK-FAILED" and not (importlib.util.find_spec("pyspark") and shutil.which("java")):
        pytest.skip("PySpark or Java is not installed")

    (tmp_path / "shop.yaml").write_text(ERRORS.SHOP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    commands = EXAMPLES[code].strip().removeprefix("$ ").split("\n$ ")

    assert f"[{code}]" in "".join(output_of(command, tmp_path, forks, capsys) for command in commands)


def test_the_page_is_what_the_catalogue_and_the_messages_say() -> None:
    assert ERRORS.PAGE.read_text(encoding="utf-8") == ERRORS.page(), "run `make errors`"
