"""A command imports what it needs: nothing of the other commands, of the audit or of readers that it does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.segmenter.generated import written
from tests.segmenter.shops import shop

CODE = """
import sys
from fanwise.generator.cli import main
code = main(sys.argv[1:])
print()
print(code, *(name for name in sys.modules if name.startswith({seen})))
"""
SEEN = ("fanwise.", "duckdb", "jsonschema", "lets_plot", "rich.", "sklearn", "scipy.", "pandas")
OF_AN_AUDIT = (
    "fanwise.validator.checks",
    "fanwise.validator.data",
    "fanwise.validator.measures",
    "fanwise.validator.report",
)
OF_A_RUN = (*OF_AN_AUDIT, "fanwise.generator.output.publishing", "fanwise.generator.run")
OF_ALL = (
    "fanwise.comparison",
    "fanwise.generator.cli.discover",
    "fanwise.generator.spark",
    "fanwise.inference",
    "fanwise.io.tables.folder",
    "fanwise.segmenter",
    "lets_plot",
    "rich.console",
)


def loaded_by(arguments: list[str]) -> list[str]:
    """Return the exit code of a command, and the modules that it has loaded."""
    environment = {**os.environ, "FANWISE_CACHE": "0"}  # an answer that was kept needs even less
    command = [sys.executable, "-c", CODE.format(seen=SEEN), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["check", "habits"], (*OF_ALL, *OF_A_RUN, "duckdb", "fanwise.generator.cli.commands")),
        (["plan", "habits"], (*OF_ALL, *OF_AN_AUDIT, "duckdb", "fanwise.generator.run.run")),
        (["--version"], (*OF_ALL, *OF_A_RUN, "duckdb", "fanwise.generator.language", "fanwise.generator.cli.commands")),
    ],
    ids=lambda value: value[0],
)
def test_a_command_does_not_import(arguments: list[str], unused: tuple[str, ...]) -> None:
    code, *loaded = loaded_by(arguments)

    assert code == "0"
    assert [name for name in loaded if any(name == each or name.startswith(f"{each}.") for each in unused)] == []


def test_discovery_does_not_import_the_audit_nor_large_libraries(tmp_path: Path) -> None:
    source = written(tmp_path / "shop", shop(1, customers=60))
    code, *loaded = loaded_by(["discover", str(source), "-o", str(tmp_path / "m.json"), "--max-k", "2", "--quiet"])

    assert code == "0"
    assert "fanwise.segmenter.clustering.fit" in loaded
    for unused in ("fanwise.validator.report", "pandas", "scipy.optimize", "scipy.stats", "sklearn"):
        assert unused not in loaded
