"""The program and the table of its commands. Only the command that is asked for is imported and built."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from fanwise.generator.cli.arguments import take_plain_values
from fanwise.generator.cli.options import EPILOG
from fanwise.generator.cli.screen import program_version

__all__ = ["COMMANDS", "app"]

COMMANDS = {
    **dict.fromkeys(("run", "merge"), "commands"),
    "check": "checking",
    **dict.fromkeys(("plan", "preview", "diff", "doctor", "explain", "audit", "schema"), "commands"),
    "init": "inferring",
    "twin": "twins",
    "fidelity": "comparing",
    "providers": "listing",
    "docs": "page.command",
    "dbt": "dbt",
    "contract": "contracts",
    "mcp": "mcp.command",
    **dict.fromkeys(("discover", "assign", "compare", "drift", "refresh", "segments"), "discover.commands"),
}
"""The module of each command, in the order of the help. The function has the name of the command."""


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> Any:
        return take_plain_values(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if error.param is not None and error.param.name == "schema" and not error.message:  # none is given
                error.message = _ready_schemas(f"Error: Missing argument '{error.param.metavar}'. ")
            raise


def _ready_schemas(before: str) -> str:
    """Return what a schema may be, in lines that fit behind `before`."""
    from fanwise.generator.language.document.resources import ready_names

    text = f"Give a YAML file, or the name of a ready dataset: {', '.join(ready_names())}."
    return "\n".join(textwrap.wrap(before + text, 79))[len(before) :]


class _Commands(MutableMapping[str, Any]):
    """The commands by name; each is built when it is asked for."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            home = import_module(f"fanwise.generator.cli.{COMMANDS[name]}")
            alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            alone.command(name, cls=_Command)(getattr(home, name))
            self._built[name] = typer.main.get_command(alone)
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("the program keeps its commands")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Program(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands()

    def get_params(self, ctx: Any) -> Any:
        return take_plain_values(super().get_params(ctx))


app = typer.Typer(
    cls=_Program,
    help="Relational test data whose segments measurably differ, checked by an audit of the files.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fanwise {program_version()}")
        raise typer.Exit


@app.callback()
def gen(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="FANWISE_DEBUG", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Nothing is done here: the entry point reads `debug`."""
