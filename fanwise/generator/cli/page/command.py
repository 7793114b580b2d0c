"""`gen docs`: a page that shows a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.options import Quiet, Rows, Scale, Schema, Seed
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError

__all__ = ["docs"]


def docs(
    schema: Schema,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder for NAME.html, or a file FILE.html.")
    ] = Path(),
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    quiet: Quiet = False,
) -> None:
    """Write a page about a dataset: diagram, tables, values, effects."""
    screen = Screen(quiet=quiet)

    def action() -> int:
        from fanwise.generator.cli.actions import table_rows
        from fanwise.generator.cli.page.document import document_of
        from fanwise.generator.cli.page.sample import sample_of
        from fanwise.generator.cli.reports import written
        from fanwise.generator.language import load
        from fanwise.generator.output.publishing.target import as_output_error
        from fanwise.generator.plan import compile_plan
        from fanwise.generator.run.sizing import likely_rows
        from fanwise.io.whole_files import folder_for
        from fanwise.text.renderers.html import render_html

        plan = compile_plan(load(schema), seed=seed, scale=scale, rows=table_rows(rows or []))
        page = render_html(document_of(plan, sample_of(plan), likely_rows(plan)))
        path = out if out.suffix == ".html" and not out.is_dir() else out / f"{plan.dataset.name}.html"
        _refuse_foreign(path)
        with as_output_error(path.parent), folder_for(path.parent):
            written(path, page)
        screen.result(f"Wrote {path}")
        return 0

    raise typer.Exit(screen.guarded(action))


def _refuse_foreign(path: Path) -> None:
    """Raise OutputError for a file that is not a page of Fanwise."""
    if not path.is_file():
        return
    try:
        own = b"Made by Fanwise" in path.read_bytes()
    except OSError:
        own = False
    if not own:
        why, hint = "was not written by Fanwise, and is not replaced", "move it, or choose another --out"
        raise OutputError("FW-OUTPUT-EXISTS", why, hint, str(path))
