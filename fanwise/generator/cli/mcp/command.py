"""`gen mcp` and its options. The command imports its action when it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import UsageError
from fanwise.io.process import reduce_startup_cost

__all__ = ["mcp"]


def mcp(
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="The only folder that is read and written. Default: here.")
    ] = Path(),
    max_rows: Annotated[
        int, typer.Option("--max-rows", metavar="N", min=1, help="The most rows of a run, all tables together.")
    ] = 5_000_000,
) -> None:
    """Serve six tools to an agent (Model Context Protocol)."""
    screen = Screen()

    def action() -> int:
        from fanwise.io.extras import require

        require("mcp.server", "mcp", "gen mcp")
        if not root.is_dir():
            raise UsageError("FW-USAGE-FILE", f"--root {root}: there is no such folder", "give a folder")
        from fanwise.generator.cli.mcp.server import server_of
        from fanwise.generator.cli.mcp.tools import Tools

        os.chdir(root)
        server_of(Tools(Path.cwd(), max_rows)).run()
        return 0

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))
