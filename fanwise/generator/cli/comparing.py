"""`gen fidelity`: how near synthetic data are to real data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fanwise.generator.cli.options import Details, Json, Quiet, Threads
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import UsageError
from fanwise.io.process import reduce_startup_cost

if TYPE_CHECKING:
    from fanwise.comparison.result import Comparison

__all__ = ["By", "Model", "Reports", "fidelity", "reported"]

By = Annotated[str | None, typer.Option("--by", metavar="TABLE.COLUMN", help="The column of the segments.")]
Model = Annotated[str | None, typer.Option("--model", metavar="FILE", help="Segments by a model of `gen discover`.")]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write the report: .txt, .md, .json, .html or .xml (JUnit). 'github' annotates a job. Repeatable.",
    ),
]


def fidelity(
    real: Annotated[str, typer.Argument(metavar="REAL", help="A folder or file, a database, or a URL.")],
    synth: Annotated[str, typer.Argument(metavar="SYNTH", help="Synthetic data with the tables of REAL.")],
    by: By = None,
    model: Model = None,
    report: Reports = None,
    threads: Threads = None,
    quiet: Quiet = False,
    details: Details = False,
    json: Json = False,
) -> None:
    """Measure how near synthetic data is to real data."""
    screen = Screen(quiet=quiet, machine=json, details=details)

    def action() -> int:
        from fanwise.comparison.judging import fidelity as compare
        from fanwise.generator.cli.reports import report_targets, write_reports

        targets = report_targets(report or [])
        if targets.github and screen.machine:
            why = "--report github and --json both write to standard output"
            raise UsageError("FW-USAGE-CONFLICT", why, "use --report FILE.json")
        found = compare(real, synth, by=by, model=model, threads=threads)
        for note in found.notes:
            if " was left out: " in note:
                screen.note(note)
        reported(screen, found, github=targets.github)
        write_reports(found, targets.files)
        return found.exit_code

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def reported(screen: Screen, found: Comparison, *, github: bool = False) -> None:
    """Print a comparison."""
    from fanwise.generator.cli.reports import report_text, tell_github

    if screen.machine:
        screen.document(found.to_dict())
    elif github:
        tell_github(screen, found, report_text(screen, found))
    else:
        screen.result(report_text(screen, found))
