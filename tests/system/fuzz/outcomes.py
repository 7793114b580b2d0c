"""What becomes of a mutant of any kind: refused with a code, or taken and true. Everything else is a finding."""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from fanwise.generator.errors import FanwiseError, OutputError

__all__ = ["CODE", "FINE", "Outcome", "guarded", "told"]

FINE = frozenset({"refused", "made", "large", "judged", "read"})
CODE = re.compile(r"FW-[A-Z0-9-]+")
_NAMED = re.compile(r"\.(csv|jsonl)\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """kind: one of FINE, or what is wrong. detail: says more, and is alike for findings of one cause."""

    kind: str
    detail: str = ""


def guarded(
    judged: Callable[[], Outcome], refused: Callable[[FanwiseError], Outcome | None] = lambda error: None
) -> Outcome:
    """Return what `judged` returns; errors and warnings become outcomes.

    refused: says what an error of the product is, where it is what the kind of mutant may end in.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return judged()
        except FanwiseError as error:
            if type(error) is not FanwiseError and (found := refused(error)) is not None:
                return found
            return Outcome("exit", f"{error.exit_code}: {str(error)[:300]}")
        except RecursionError:
            return Outcome("traceback", "RecursionError")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if "fanwise" in frame.filename] or list(frames)
            where = f"{own[-1].filename.rpartition('fanwise/')[2]}:{own[-1].name}"
            return Outcome("traceback", f"{type(error).__name__} in {where}: {str(error)[:150]}")


def told(error: FanwiseError, *, marked: bool = False) -> Outcome | None:
    """Return what an error is that says what is wrong: each problem on one line, with a code and a place.

    marked: the place is a line of a file. None for an error of the machine, which no mutant is the cause of.
    """
    if isinstance(error, OutputError):
        return None
    if not error.problems:
        return Outcome("refusal", "no problem is told")
    for problem in error.problems:
        said = str(problem)
        if "\n" in said or not CODE.search(said):
            return Outcome("refusal", f"no code, or several lines: {said[:200]}")
        if (
            problem.code != "FW-MORE-PROBLEMS"
            and problem.mark is None
            and (marked or not (problem.path or _NAMED.search(said)))
        ):
            return Outcome("refusal", f"no place: {re.sub(r'[0-9.]+', '#', said)[:200]}")
    return Outcome("refused", error.problems[0].code)
