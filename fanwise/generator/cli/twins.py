"""`gen twin`: from a source to synthetic data with reports that judge them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanwise.generator.cli.comparing import By, Model
from fanwise.generator.cli.options import Details, Format, Json, Quiet, Scale, Seed, Threads
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import Inconclusive
from fanwise.io.process import reduce_startup_cost

if TYPE_CHECKING:
    from fanwise.generator.api.twin import Twin

__all__ = ["twin"]


def twin(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder or file, a database, or a URL.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for schema, data and reports.")],
    by: By = None,
    model: Model = None,
    scale: Scale = 1.0,
    seed: Seed = None,
    min_count: Annotated[int, typer.Option("--min-count", metavar="N", min=1, help="No value of fewer units.")] = 20,
    file_format: Format = "parquet",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier twin in DIR.")] = False,
    threads: Threads = None,
    quiet: Quiet = False,
    details: Details = False,
    json: Json = False,
) -> None:
    """Make synthetic data like a source, and judge it."""
    screen = Screen(quiet=quiet, machine=json, details=details)

    def action() -> int:
        from fanwise.generator.api.twin import TwinOptions, make_twin
        from fanwise.generator.cli.progress import watching

        options = TwinOptions(out, by, model, min_count, scale, seed, file_format, force, threads)
        with watching(screen) as observer:
            made = make_twin(source, options, observer, tell=screen.note)
        _tell(screen, made, out)
        return made.exit_code

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def _tell(screen: Screen, made: Twin, out: Path) -> None:
    """Print the report of the last step, and where everything is."""
    from fanwise.generator.cli.reports import report_text

    last = made.fidelity or made.like or made.run.report
    if screen.machine:
        found = {"run": made.run.report, "like": made.like, "fidelity": made.fidelity}
        reports = {name: None if each is None else each.to_dict() for name, each in found.items()}
        screen.document({"exit_code": made.exit_code, "out": str(out), **reports})
        return
    if last is not None:
        screen.result(report_text(screen, last))
    if made.fidelity is not None and not made.exit_code:
        screen.note(f"A twin is in {out}: schema.yaml, data, like.html and fidelity.html")
    elif made.fidelity is not None:
        screen.failed(f"The data is in {out / 'data'}; {out / 'fidelity.html'} shows what is outside the gates")
    elif made.like is not None:
        unsure = made.exit_code == Inconclusive.exit_code
        why = "is too little to show all effects of the source" if unsure else "differs from the source"
        screen.failed(f"Stopped: the data in {out / 'data'} {why}; see {out / 'like.html'}")
    else:
        screen.failed(f"Stopped: the data is not as {made.schema} says; the report is in {made.run.rejected}")
