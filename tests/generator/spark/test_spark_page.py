"""What docs/scale.md says of Spark runs."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.generator.spark.conftest import ROOT, call, environment

pytestmark = pytest.mark.system

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8").partition("\n## Spark\n")[2].partition("\n## ")[0]


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    text: str = found[0]
    return text


def test_the_block_of_python_runs(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "block.py").write_text(block("py"), encoding="utf-8")
    runpy.run_path(str(tmp_path / "block.py"), {"spark": spark})

    assert re.search(r"orders\|\s+mean", capsys.readouterr().out)


@pytest.mark.slow
def test_the_command_runs(java: None, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    program, *arguments = shlex.split(block("sh"))
    done = call(*arguments, cwd=tmp_path, **environment(tmp_path / "home"))

    assert program == "gen"
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "shop" / "manifest.json").is_file()
