"""A command imports what it needs: nothing of the other commands, of the audit or of readers that it does not use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import sys
from fanwise.generator.cli import main
code = main(sys.argv[1:])
print()
print(code, *(name for name in sys.modules if name.startswith(("fanwise.", "duckdb", "jsonschema", "lets_plot", "rich."))))
"""
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
    environment = {**os.environ, "FANWISE_CACHE": "0"}  # an answer that was kept needs even less
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    code, *loaded = done.stdout.splitlines()[-1].split()

    assert code == "0"
    assert [name for name in loaded if any(name == each or name.startswith(f"{each}.") for each in unused)] == []
