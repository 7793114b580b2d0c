"""The README's figures are those that the scripts recorded, and every script can at least say what it does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.forks import Forks

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.name != "measuring.py")


def readme_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme", FOLDER / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_the_readme_are_what_was_recorded() -> None:
    script = readme_script()
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert script.with_tables(text, script.recorded()) == text


def test_every_result_has_its_place_in_the_table() -> None:
    script = readme_script()

    assert set(script.recorded()) <= {*script.ORDER, script.KEPT}


@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if path.name not in {"picture.py", "readme.py"}], ids=lambda path: path.stem
)
def test_a_script_says_what_it_does(script: Path, forks: Forks, tmp_path: Path) -> None:
    done = forks.run(script, "--help", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "--repeat" in done.stdout or "--record" in done.stdout
