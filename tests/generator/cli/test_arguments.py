"""Plain arguments do not need the library that Typer converts by, and mean what Typer makes of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand

from fanwise.generator.cli.arguments import take_plain_values


def command(
    text: Annotated[str, typer.Argument()],
    whole: Annotated[int, typer.Option(min=1, max=1000)] = 7,
    part: Annotated[float, typer.Option()] = 1.0,
    file: Annotated[Path | None, typer.Option()] = None,
    names: Annotated[list[str] | None, typer.Option("--name")] = None,
    flag: Annotated[bool, typer.Option("--flag")] = False,
) -> None:
    """Take one parameter of each type that the commands have."""


def outcome(arguments: list[str], *, plain: bool) -> Any:
    """Return what the parameters become, with their types, or the message of the refusal."""
    alone = typer.Typer(add_completion=False)
    alone.command()(command)
    built: Any = typer.main.get_command(alone)
    assert isinstance(built, TyperCommand)
    if plain:
        take_plain_values(built.params)
    try:
        found = built.make_context("gen", list(arguments)).params
    except Exception as error:
        return type(error), str(error)
    return {name: (type(value), value) for name, value in found.items()}


@pytest.mark.parametrize(
    "arguments",
    [
        ["a"],
        [""],
        [],
        ["a", "--whole", "12"],
        ["a", "--whole", "0"],
        ["a", "--whole", "1001"],
        ["a", "--whole", "007"],
        ["a", "--whole", "1_0"],
        ["a", "--whole", "1.0"],
        ["a", "--whole", " 5"],
        ["a", "--whole", "٣"],
        ["a", "--whole", "x"],
        ["a", "--whole", "99999999999999999999"],
        ["a", "--part", "0.25"],
        ["a", "--part", "1e3"],
        ["a", "--part", "-2"],
        ["a", "--part", "nan"],
        ["a", "--part", "x"],
        ["a", "--file", "none/there"],
        ["a", "--file", "/"],
        ["a", "--file", ""],
        ["a", "--file", "-"],
        ["a", "--file", "x\0y"],
        ["a", "--name", "b", "--name", "c=1"],
        ["a", "--flag"],
        ["a", "--other"],
    ],
)
def test_an_argument_means_what_typer_makes_of_it(arguments: list[str]) -> None:
    assert repr(outcome(arguments, plain=True)) == repr(outcome(arguments, plain=False))


def test_a_common_command_line_needs_neither_pydantic_nor_other_commands() -> None:
    code = """
import sys
from fanwise.generator.cli import main
assert main(["check", "habits", "--seed", "3", "--scale", "0.5", "--rows", "customer=100"]) in (0, 1, 3)
heavy = {"pydantic", "rich.console", "fanwise.generator.cli.commands", "fanwise.generator.cli.discover"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
