"""The command-line page names every command and every option, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from generator.cli.app import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_command_has_its_row() -> None:
    rows = re.findall(r"^\| `gen (\w+)", PAGE, re.MULTILINE)
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]

    assert sorted(rows) == sorted(commands)


def test_every_option_is_named(gen) -> None:  # type: ignore[no-untyped-def]
    for command in app.registered_commands:
        assert command.callback is not None
        offered = set(re.findall(r"(--[a-z-]+)", gen(command.callback.__name__, "--help").out)) - {"--help"}

        assert {option for option in offered if f"`{option}" not in PAGE} == set(), command.callback.__name__


def test_the_options_of_run_are_those_of_the_table(gen) -> None:  # type: ignore[no-untyped-def]
    rows = set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE))
    offered = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", gen("run", "--help").out, re.MULTILINE))

    assert rows == offered - {"--help"}
