"""`gen docs`: a page that shows a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.options import Quiet, Rows, Scale, Schema, Seed
from fanwise.generator.cli.screen import Screen

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
        from fanwise.text.renderers.html import render_html

        plan = compile_plan(load(schema), seed=seed, scale=scale, rows=table_rows(rows or []))
        page = render_html(document_of(plan, sample_of(plan), likely_rows(plan)))
        path = out if out.suffix == ".html" and not out.is_dir() else out / f"{plan.dataset.name}.html"
        with as_output_error(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        written(path, page)
        screen.result(f"Wrote {path}")
        return 0

    raise typer.Exit(screen.guarded(action))
