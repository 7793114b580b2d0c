"""The command-line page names every command and every option, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from fanwise.generator.cli.app import COMMANDS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_command_has_its_row() -> None:
    rows = re.findall(r"^\| `gen (\w+)", PAGE, re.MULTILINE)

    assert sorted(rows) == sorted(COMMANDS)


def test_every_option_is_named(gen) -> None:  # type: ignore[no-untyped-def]
    for command in COMMANDS:
        offered = set(re.findall(r"(--[a-z-]+)", gen(command, "--help").out)) - {"--help"}

        assert {option for option in offered if f"`{option}" not in PAGE} == set(), command


def test_the_options_of_run_are_those_of_the_table(gen) -> None:  # type: ignore[no-untyped-def]
    section = PAGE.partition("## Options of `gen run`")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE))
    offered = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", gen("run", "--help").out, re.MULTILINE))

    assert rows == offered - {"--help"}


def test_the_options_of_discovery_are_those_of_the_table(gen) -> None:  # type: ignore[no-untyped-def]
    section = PAGE.partition("## Discovery")[2].partition("\n## ")[0]
    rows = set(re.findall(r"`(--[a-z-]+)[^`]*`(?:, `(?:-o|--json)`)? \|", section)) | {"--json"}
    offered = {
        option
        for command, module in COMMANDS.items()
        if module == "discover.commands"
        for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", gen(command, "--help").out, re.MULTILINE)
    }

    assert rows == offered - {"--help"}
