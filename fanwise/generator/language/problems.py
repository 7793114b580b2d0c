"""How the passes of the language complain: every problem of a file with its place, and no one stops at the first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fanwise.generator.errors import Mark, Problem, SchemaError
from fanwise.io.problems import Place
from fanwise.io.yaml import Document

__all__ = ["Complaints", "Fault", "Skip"]

MAX_PROBLEMS = 200


class Fault(Exception):
    """One problem on its way to the `Complaints` that collect it; `place` is its place."""

    def __init__(self, code: str, place: Place, why: str, hint: str = "", *, on_key: bool = False) -> None:
        self.code, self.place, self.why, self.hint, self.on_key = code, place, why, hint, on_key
        super().__init__(why)


class Skip(Exception):
    """A value cannot be checked because of a problem that is already reported elsewhere."""


class _Enough(Exception):
    """There are so many problems that more would help nobody."""


class _Catch:
    # A class, because the type of contextlib.contextmanager does not say that exceptions may end here.
    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Fault):
            self.complaints.add(error.code, error.place, error.why, error.hint, on_key=error.on_key)
        return isinstance(error, Fault | Skip)


class Complaints:
    """The problems of one file, in the order in which they were found."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def add(self, code: str, place: Place, why: str, hint: str = "", *, on_key: bool = False) -> None:
        """Keep a problem of the value at `place`, or of its key."""
        self.keep(self.document.problem(code, place, why, hint, on_key=on_key))

    def keep(self, problem: Problem) -> None:
        """Keep a problem, once."""
        if problem not in self.problems:
            self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Enough

    def catch(self) -> _Catch:
        """Keep a Fault of the block and go on behind it; a Skip is only left out."""
        return _Catch(self)

    @contextmanager
    def all(self) -> Iterator[None]:
        """Run the passes in this block; at its end raise everything as one SchemaError, in the order of the file."""
        enough = False
        try:
            yield
        except _Enough:
            enough = True
        if self.problems:
            ordered = sorted(self.problems, key=lambda problem: (problem.mark or Mark(), problem.path))
            if enough:
                why = f"only the first {MAX_PROBLEMS} problems found are shown"
                ordered.append(replace(ordered[-1], why=why, hint="", path="", value="", code="FW-MORE-PROBLEMS"))
            raise SchemaError(ordered)
