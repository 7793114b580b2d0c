"""What the commands of discovery do once their options are read; faults of discovery become those of the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generator.cli.reports import written
from generator.cli.screen import Screen
from generator.errors import FanwiseError, InputError, OutputError, Problem, UsageError
from segmenter.errors import DiscoveryError
from segmenter.model_file import load_model, model_id, save_model
from segmenter.verbs import (
    Discovered,
    Place,
    Watcher,
    assign_customer,
    assign_source,
    compare_source,
    discover,
    drift_source,
    instant_of,
    profile_source,
    refresh_source,
    save_source,
)  # fmt: skip

__all__ = [
    "assign_one_customer", "assign_segments", "compare_models", "discover_segments", "guarded", "listed", "place_of",
    "refresh_model", "tell_drift", "tell_segments",
]  # fmt: skip


def guarded(screen: Screen, action: Callable[[], int]) -> int:
    """Return the exit code of `action`; what the user can mend is said in lines, never as a traceback."""
    try:
        try:
            return action()
        except DiscoveryError as error:
            if error.exit_code == DiscoveryError.exit_code:
                raise
            kind = InputError if error.exit_code == InputError.exit_code else OutputError
            raise kind([Problem(each.why, each.hint, each.place) for each in error.problems]) from error
    except FanwiseError as error:
        if error.exit_code == FanwiseError.exit_code:
            raise
        screen.failure(error)
        return error.exit_code


def place_of(source: str, mapping: Path | None, as_of: str | None, threads: int | None, memory: int | None) -> Place:
    """Return where customers are, as the options say."""
    until: dt.date | dt.datetime | None = instant_of(as_of) if as_of is not None else None
    return Place(source, mapping, until, threads, memory)


def listed(text: str | None) -> list[str] | None:
    """Return the words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()] if text is not None else None


def discover_segments(
    screen: Screen, place: Place, options: Mapping[str, Any], out: Path | None, reports: Sequence[str], *, force: bool
) -> int:
    """Find segments, tell them, and keep the model (with `out` None nothing is written but the reports)."""
    targets = _report_targets(reports)
    if out is not None:
        _refuse_existing(out, force)
    with _watching(screen) as watcher:
        found = discover(place, watcher=watcher, **options)
    if out is not None:
        save_model(found.model, out)
    _write_profiles(found, targets)
    if screen.machine:
        screen.document(_document(found, out))
        return 0
    for text in (*(f"Taken as {each}" for each in found.inferred), *found.notes):
        screen.note(text)
    screen.result(found.profile.text())
    took = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in found.seconds.items())
    sample = (
        f"{found.model.sample.size:,} customers were looked at" if not options["full"] else "everybody was looked at"
    )
    screen.note(f"{sample}; {took}")
    screen.note(f"Model in {out}; next: gen assign {out} {place.location}" if out else "Dry run: nothing was written")
    return 0


def assign_segments(
    screen: Screen, path: Path, place: Place, *, out: Path | None, to: str | None, batch_size: int, force: bool
) -> int:
    """Assign every customer, into a file, a database, or both."""
    if out is None and to is None:
        raise UsageError("nowhere to put the segments", hint="give -o FILE.parquet, --to URL, or both")
    model = load_model(path)
    if out is not None:
        _refuse_existing(out, force)
    told: dict[str, Any] = {}
    with _watching(screen) as watcher:
        if out is not None:
            done = assign_source(model, place, out, batch_size=batch_size, watcher=watcher)
            told |= {"file": str(out), **done.to_dict()}
            text, where = done.text(), [str(out)]
        if to is not None:
            saved = save_source(model, place, to, batch_size=batch_size, watcher=watcher)
            told |= {"place": saved.place, **saved.assigned.to_dict()}
            text, where = saved.assigned.text(), [*(where if out is not None else []), saved.place]
    if screen.machine:
        screen.document({"model_id": model_id(model), **told})
    else:
        screen.result(text)
        screen.note(f"Segments of every customer in {' and '.join(where)}")
    return 0


def assign_one_customer(
    screen: Screen, path: Path, place: Place, customer: str, *, out: Path | None, to: str | None
) -> int:
    """Tell where one customer stands."""
    if out is not None or to is not None:
        raise UsageError("--customer tells on the terminal", hint="leave out --customer to write all customers")
    found = assign_customer(load_model(path), place, customer)
    if screen.machine:
        screen.document({"customer": customer, **found.to_dict()})
    else:
        screen.result(found.text())
    return 0


def compare_models(screen: Screen, path: Path, place: Place, other: Path | None) -> int:
    """Compare a sample's model with a full one; 1 where a gate does not hold."""
    model, full = load_model(path), load_model(other) if other is not None else None
    with _watching(screen) as watcher:
        found = compare_source(model, place, other=full, watcher=watcher)
    _tell(screen, found)
    return 0 if found.passed else 1


def tell_drift(screen: Screen, path: Path, place: Place) -> int:
    """Tell what became of a model; 1 where it is to be refreshed or made anew."""
    model = load_model(path)
    with _watching(screen) as watcher:
        found = drift_source(model, place, watcher=watcher)
    _tell(screen, found)
    return 0 if found.advice == "keep" else 1


def refresh_model(screen: Screen, path: Path, place: Place, before: Place | None, out: Path, *, force: bool) -> int:
    """Keep the names, renew the centroids, tell who moved."""
    model = load_model(path)
    _refuse_existing(out, force)
    with _watching(screen) as watcher:
        found = refresh_source(model, place, before=before, watcher=watcher)
    save_model(found.model, out)
    _tell(screen, found)
    screen.note(f"Refreshed model in {out}")
    return 0


def tell_segments(screen: Screen, path: Path, place: Place | None, reports: Sequence[str]) -> int:
    """Show a model's segments, of the customers at `place` or of its sample."""
    from segmenter.profiling import profile
    from segmenter.report import render

    targets = _report_targets(reports)
    model = load_model(path)
    with _watching(screen) as watcher:
        found = profile(model) if place is None else profile_source(model, place, watcher=watcher)
    for target in targets:
        written(target, render(model, found, target.suffix))
    _tell(screen, found)
    return 0


def _tell(screen: Screen, found: Any) -> None:
    if screen.machine:
        screen.document(found.to_dict())
    else:
        screen.result(found.text())


def _document(found: Discovered, out: Path | None) -> dict[str, Any]:
    return {
        "model": str(out) if out is not None else None,
        "model_id": model_id(found.model),
        "inferred": list(found.inferred),
        "notes": list(found.notes),
        "seconds": {stage: round(seconds, 3) for stage, seconds in found.seconds.items()},
        "profile": found.profile.to_dict(),
    }


def _write_profiles(found: Discovered, targets: Sequence[Path]) -> None:
    from segmenter.report import render

    for target in targets:
        written(target, render(found.model, found.profile, target.suffix))


def _report_targets(asked: Sequence[str]) -> list[Path]:
    from segmenter.report import ENDINGS

    for text in asked:
        if Path(text).suffix not in ENDINGS:
            raise UsageError(
                f"--report {text}: no profile ends in '{Path(text).suffix}'", hint=f"use {', '.join(ENDINGS)}"
            )
    return [Path(text) for text in asked]


def _refuse_existing(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise OutputError(Problem("is there already", "--force replaces it, or choose another file", str(path)))


@contextmanager
def _watching(screen: Screen) -> Iterator[Watcher | None]:
    """Yield what draws a bar where a person watches, else None."""
    if not screen.lively:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<9}"), BarColumn(bar_width=24), TextColumn("{task.fields[told]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task, seen = progress.add_task("read", total=None, told=""), ""

        def watcher(stage: str, done: int, total: int) -> None:
            nonlocal seen
            if stage != seen:
                progress.reset(task, description=stage, total=total or None, told="")
                seen = stage
            progress.update(task, completed=done, total=total or None, told=f"{done:,} of {total:,}" if total else "")

        yield watcher
