"""What the commands of discovery do once their options are read."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fanwise.generator.cli.discover.files import check_targets, report_files
from fanwise.generator.cli.discover.progress import watching
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import Inconclusive, UsageError
from fanwise.io.url import Address
from fanwise.segmenter.api import (
    Discovered,
    Place,
    assign_customer,
    assign_source,
    compare_source,
    discover,
    drift_source,
    instant_of,
    profile_source,
    refresh_source,
)  # fmt: skip
from fanwise.segmenter.model.io import load_model, model_id, save_model
from fanwise.segmenter.model.model import Model
from fanwise.segmenter.report.model import Profile
from fanwise.segmenter.report.profile import profile
from fanwise.segmenter.stores import store_of
from fanwise.text.terminal import wrapped

__all__ = [
    "assign_one_customer", "assign_segments", "compare_models", "discover_segments", "listed", "place_of",
    "refresh_model", "tell_drift", "tell_segments",
]  # fmt: skip

DRY = "Dry run: no model was written"


def place_of(
    screen: Screen, source: str, mapping: Path | None, as_of: str | None, threads: int | None, memory: int | None
) -> Place:
    """Return where customers are, as the options say; what is noted of them is shown."""
    until: dt.date | dt.datetime | None = instant_of(as_of) if as_of is not None else None
    return Place(source, mapping, until, threads, memory, lambda note: _noted(screen, note))


def listed(text: str | None) -> list[str] | None:
    """Return the words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()] if text is not None else None


def discover_segments(
    screen: Screen, place: Place, options: Mapping[str, Any], out: Path | None, reports: Sequence[str], *, force: bool
) -> int:
    """Find segments, tell them, and keep the model (with `out` None nothing is written but the reports).

    Returns 3, and keeps nothing, where the customers are too few or too alike for segments on any axis.
    """
    targets = report_files(reports)
    check_targets([out] if out is not None else [], targets, force=force)
    with watching(screen) as watcher:
        found = discover(replace(place, tell=None), watcher=watcher, **options)  # its notes come with the result
    empty = not any(axis.segments for axis in found.model.axes)
    kept = None if empty else out
    if kept is not None:
        save_model(found.model, kept)
    if screen.machine:
        screen.document({"model": str(kept) if kept is not None else None, **found.to_dict()})
    else:
        _tell_discovered(screen, found)
    _write_reports(screen, found.model, found.profile, targets)
    if empty:
        screen.note("No axis has segments: too few customers, or all alike. No model was saved")
        return Inconclusive.exit_code
    screen.note(f"Model in {out}; next: {_next(out, place, found)}" if out else DRY)
    return 0


def _next(out: Path, place: Place, found: Discovered) -> str:
    """Return the command that assigns the segments; the model has the mapping, but not its date."""
    source = str(place.location)
    words = ["gen", "assign", str(out), Address(source).repeatable if "://" in source else source]
    until = found.model.as_of.removesuffix("+00:00")
    if until != found.model.source["last"]:
        words += ["--as-of", until.removesuffix("T00:00:00")]
    return shlex.join([*words, "-o", "segments.parquet"])


def _tell_discovered(screen: Screen, found: Discovered) -> None:
    for text in (*(f"Recognised: {each}" for each in found.inferred), *found.notes):
        _noted(screen, text)
    screen.result(found.profile.overview() if screen.quiet else found.text())
    size, effective = found.model.sample.size, found.model.sample.effective
    of = found.profile.customers or 0
    looked = f"Used {'all ' if size == of else ''}{size:,}" + (
        f" of {of:,} customers (as good as {effective:,.0f} drawn at random)" if size < of else " customers"
    )
    took = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in found.seconds.items())
    _noted(screen, f"{looked}; {took}")


def assign_segments(
    screen: Screen, path: Path, place: Place, *, out: Path | None, to: str | None, batch_size: int, force: bool
) -> int:
    """Assign every customer, into a file, a database, or both."""
    if out is None and to is None:
        raise UsageError("FW-USAGE-CONFLICT", "no output was given", "give -o FILE.parquet, --to URL, or both")
    model = load_model(path)
    check_targets([out] if out is not None else [], [], force=force)
    with watching(screen) as watcher:
        done = assign_source(model, place, out, to=to, batch_size=batch_size, watcher=watcher)
    shown = store_of(to).shown if to is not None else None
    if screen.machine:
        places = {"file": str(out) if out is not None else None, "database": shown}
        screen.document({"model_id": model_id(model), **places, **done.to_dict()})
        return 3 if done.nobody else 0
    screen.result(done.line() if screen.quiet else done.text())
    screen.note(f"Segments of every customer in {' and '.join(str(each) for each in (out, shown) if each is not None)}")
    return 3 if done.nobody else 0


def assign_one_customer(
    screen: Screen, path: Path, place: Place, customer: str, *, out: Path | None, to: str | None
) -> int:
    """Tell where one customer stands."""
    if out is not None or to is not None:
        raise UsageError(
            "FW-USAGE-CONFLICT", "--customer prints to the terminal", "remove --customer to write all customers"
        )
    found = assign_customer(load_model(path), place, customer)
    if screen.machine:
        screen.document({"customer": customer, **found.to_dict()})
    else:
        screen.result(found.text())
    return 0


def compare_models(screen: Screen, path: Path, place: Place, other: Path | None) -> int:
    """Compare a sample's model with a full one; 1 where a gate does not hold."""
    model, full = load_model(path), load_model(other) if other is not None else None
    with watching(screen) as watcher:
        found = compare_source(model, place, other=full, watcher=watcher)
    _tell(screen, found)
    return 0 if found.passed else 1


def tell_drift(screen: Screen, path: Path, place: Place) -> int:
    """Report drift; exit code 1 if the model should be refreshed or fitted again."""
    model = load_model(path)
    with watching(screen) as watcher:
        found = drift_source(model, place, watcher=watcher)
    _tell(screen, found)
    return 0 if found.advice == "keep" else 1


def refresh_model(screen: Screen, path: Path, place: Place, before: Place | None, out: Path, *, force: bool) -> int:
    """Fit new centroids, keep the names, report who moved."""
    model = load_model(path)
    check_targets([out], [], force=force)
    with watching(screen) as watcher:
        found = refresh_source(model, place, before=before, watcher=watcher)
    save_model(found.model, out)
    _tell(screen, found)
    screen.note(f"Refreshed model in {out}")
    return 0


def tell_segments(screen: Screen, path: Path, place: Place | None, reports: Sequence[str]) -> int:
    """Show a model's segments, of the customers at `place` or of its sample."""
    targets = report_files(reports)
    model = load_model(path)
    check_targets([], targets)
    with watching(screen) as watcher:
        found = profile(model) if place is None else profile_source(model, place, watcher=watcher)
    if screen.quiet and not screen.machine:
        screen.result(found.overview())
    else:
        _tell(screen, found)
    _write_reports(screen, model, found, targets)
    return 0


def _noted(screen: Screen, text: str) -> None:
    screen.note("\n".join(wrapped(text, "", "  ")))


def _tell(screen: Screen, found: Any) -> None:
    if screen.machine:
        screen.document(found.to_dict())
    else:
        screen.result(found.text())


def _write_reports(screen: Screen, model: Model, found: Profile, targets: Sequence[Path]) -> None:
    if not targets:
        return
    from fanwise.generator.cli.reports import written
    from fanwise.segmenter.report import render

    for target in targets:
        written(target, render(model, found, target.suffix))
    screen.note(f"Report in {' and '.join(map(str, targets))}")
