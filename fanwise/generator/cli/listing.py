"""`gen providers` and its options. The command imports its action when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from fanwise.generator.cli.options import Json
from fanwise.generator.cli.screen import Screen
from fanwise.io.process import reduce_startup_cost

__all__ = ["providers"]

Locale = Annotated[str, typer.Option("--locale", metavar="L", help="Samples of this locale: de_DE.")]


def providers(locale: Locale = "en_US", json: Json = False) -> None:
    """List what fake, person and place make, with samples."""
    screen = Screen(machine=json)

    def action() -> int:
        from fanwise.generator.cli.providers import show

        return show(screen, locale)

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))
