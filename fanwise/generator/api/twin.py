"""A twin of a source: a schema out of it, data out of the schema, and two reports that judge the data by the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.comparison.judging import fidelity
from fanwise.generator.api.infer import infer
from fanwise.generator.errors import OutputError
from fanwise.generator.language import load
from fanwise.generator.output.publishing.lock import Lock
from fanwise.generator.run.options import Observer, RunOptions, RunResult
from fanwise.generator.run.run import run
from fanwise.inference.likeness import contract_like
from fanwise.io.url import Address, without_passwords
from fanwise.io.whole_files import cure_of, folder_for, write_whole
from fanwise.validator.auditing import audit

if TYPE_CHECKING:
    from fanwise.comparison.result import Comparison
    from fanwise.validator.contract.model import Contract
    from fanwise.validator.report.model import Report

__all__ = ["FIDELITY", "LIKE", "SCHEMA", "Twin", "TwinOptions", "make_twin"]

SCHEMA, DATA, LIKE, FIDELITY = "schema.yaml", "data", "like.html", "fidelity.html"
REFUSED = "schema.rejected.yaml"
"""The schema of data that were rejected, beside an earlier twin that stays."""


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """out: a folder for the schema, the data and the reports. The others are those of `infer` and of a run."""

    out: Path
    by: str | None = None
    model: str | None = None
    min_count: int = 20
    scale: float = 1.0
    seed: int | None = None
    format: str = "parquet"
    force: bool = False
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """What was made and judged, up to the step that failed. like, fidelity: None where it was not reached.

    schema: where the schema is, if the data was rejected.
    """

    run: RunResult
    like: Report | None = None
    fidelity: Comparison | None = None
    schema: Path | None = None

    @property
    def exit_code(self) -> int:
        """That of the first step that failed, else 0."""
        judged = [each.exit_code for each in (self.run, self.like, self.fidelity) if each is not None]
        return next((code for code in judged if code), 0)


def make_twin(
    source: str, options: TwinOptions, observer: Observer, *, tell: Callable[[str], None] = lambda _: None
) -> Twin:
    """Infer a schema, run it, audit the data by the source, and compare the two; stop where a gate fails.

    tell: called with each step. Raises OutputError where something is in the way, and what the steps raise.
    """
    folder = options.out
    _refuse_what_is_there(folder, force=options.force)
    with _locked(folder):
        return _made(source, options, observer, tell)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make a folder and lock it, before any work; if it was not there and nothing is written, it is removed again."""
    with ExitStack() as opened:
        lock = Lock(folder / ".twin.lock")
        try:
            opened.enter_context(folder_for(folder))
            lock.acquire()
        except OSError as error:
            raise _unwritable(folder, error) from error
        opened.callback(lock.release)
        yield


def _made(source: str, options: TwinOptions, observer: Observer, tell: Callable[[str], None]) -> Twin:
    tell(f"1/4 infer a schema from {_shown(source)}")
    promised = contract_like(source, options.by, model=options.model, merged=True, threads=options.threads)
    text = infer(
        source, by=options.by, model=options.model, min_count=options.min_count, threads=options.threads, tell=tell
    )
    return _run(source, text, promised, options, observer, tell)


def _run(
    source: str,
    text: str,
    promised: Contract,
    options: TwinOptions,
    observer: Observer,
    tell: Callable[[str], None],
) -> Twin:
    """Make the twin of a schema. An earlier twin stays as it is until the new data are published."""
    folder = options.out
    tell(f"2/4 run {folder / SCHEMA}")
    made = run(
        load(text, file=str(folder / SCHEMA)),
        RunOptions(
            folder / DATA,
            options.format,
            seed=options.seed,
            scale=options.scale,
            threads=options.threads,
            force=options.force,
            # Nothing that is said of an earlier twin is ever beside the new data.
            beside={SCHEMA: text, **dict.fromkeys((LIKE, FIDELITY, REFUSED))},
        ),
        observer,
    )
    if made.exit_code:
        refused = folder / (REFUSED if (folder / SCHEMA).exists() else SCHEMA)
        _write(refused, text)
        return Twin(made, schema=refused)
    tell(f"3/4 audit {folder / DATA} like {_shown(source)}")
    like = audit(folder / DATA, promised, threads=options.threads)
    _write(folder / LIKE, like.render(".html"))
    if like.exit_code:
        return Twin(made, like)
    tell(f"4/4 compare {folder / DATA} with {_shown(source)}")
    found = fidelity(source, folder / DATA, by=options.by, model=options.model, threads=options.threads)
    _write(folder / FIDELITY, found.render(".html"))
    return Twin(made, like, found)


def _shown(source: str) -> str:
    """Return a source as it may be printed: a URL may hold a password."""
    return Address(source).shown if "://" in source else without_passwords(source)


def _refuse_what_is_there(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError("FW-OUTPUT-FOLDER", "is a file, not a folder", "choose another --out", str(folder))
    there = [name for name in (SCHEMA, DATA, LIKE, FIDELITY) if (folder / name).exists()]
    if there and not force:
        why = f"already holds a twin ({', '.join(there)})"
        raise OutputError("FW-OUTPUT-EXISTS", why, "--force replaces it, or choose another --out", str(folder))


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    why = f"cannot be written: {error.strerror or error}"
    return OutputError("FW-OUTPUT-WRITE", why, cure_of(error), str(path))
