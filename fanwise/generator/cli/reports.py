"""Where a report goes besides the terminal: files of several formats, annotations of a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError, Problem, UsageError
from fanwise.io.whole_files import cure_of, write_whole
from fanwise.validator.report.formats import ENDINGS
from fanwise.validator.report.judged import Judged

__all__ = ["Targets", "report_targets", "report_text", "tell_github", "write_reports", "written"]

GITHUB = "github"


@dataclass(frozen=True, slots=True)
class Targets:
    """What `--report` asked for: files, and whether the job's log gets annotations."""

    files: tuple[Path, ...]
    github: bool = False


def report_targets(asked: Sequence[str], *, machine: bool = False) -> Targets:
    """Return the targets of `--report` options; UsageError for an ending that no format has.

    machine: standard output takes one JSON document, and so no annotations.
    """
    files = tuple(Path(text) for text in asked if text != GITHUB)
    for path in files:
        if path.suffix not in ENDINGS:
            known = f"use {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, or the word {GITHUB}"
            raise UsageError("FW-USAGE-VALUE", f"--report {path}: unknown ending '{path.suffix}'", known)
    if machine and GITHUB in asked:
        why = "--report github and --json both write to standard output"
        raise UsageError("FW-USAGE-CONFLICT", why, "use --report FILE.json")
    return Targets(files, GITHUB in asked)


def write_reports(report: Judged, files: Sequence[Path]) -> None:
    """Write each file in full; all are tried before OutputError tells which could not be written."""
    problems: list[Problem] = []
    for path in files:
        try:
            written(path, report.render(path.suffix))
        except OutputError as error:
            problems += error.problems
    if problems:
        raise OutputError(problems)


def report_text(screen: Screen, report: Judged) -> str:
    """Return the report as the terminal shows it: the verdict, what matters at once, or everything."""
    from fanwise.text.renderers.terminal import left_out, render_terminal

    if screen.quiet:
        return f"{report.status}: {report.verdict.line}"
    document = report.laid_out()
    if screen.details:
        return render_terminal(document, screen.style, "whole")
    text = render_terminal(document, screen.style, "brief")
    return f"{text}\nMore: --details prints the whole report." if left_out(document, "brief") else text


def tell_github(screen: Screen, report: Judged, text: str) -> None:
    """Write annotations, then `text` so that nothing in it is taken for a command."""
    from fanwise.validator.report.github import quoted_for_github

    screen.result(report.render(GITHUB))
    screen.result(quoted_for_github(text))


def written(path: Path, text: str, *, replace: bool = True) -> None:
    """Write `text` to `path`; a file that is there is replaced only where `replace` says so (OutputError)."""
    try:
        write_whole(path, text if text.endswith("\n") else f"{text}\n", replace=replace)
    except FileExistsError as error:
        raise OutputError("FW-OUTPUT-EXISTS", "exists and is not replaced", "choose another name", str(path)) from error
    except OSError as error:
        why = f"cannot be written: {error.strerror or error}"
        raise OutputError("FW-OUTPUT-WRITE", why, cure_of(error), str(path)) from error
