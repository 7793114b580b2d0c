"""Runs mutants by number and prints what was found: `python -m tests.system.fuzz.run [KIND] FIRST LAST [SEED]`.

KIND: schemas (the default), contracts, mappings, models or files.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module

from tests.system.fuzz.farm import watched
from tests.system.fuzz.outcomes import FINE

__all__ = ["KINDS", "found_in", "outcome_of"]

KINDS = ("schemas", "contracts", "mappings", "models", "files")


def outcome_of(number: int, kind: str, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number."""
    judged: Callable[[int, int], tuple[str, str]] = import_module(f"tests.system.fuzz.{kind}").outcome_of
    return judged(number, seed)


def found_in(kind: str, numbers: range, seed: int) -> Counter[str]:
    """Judge mutants; fail with all that is wrong with any."""
    kinds, wrong = Counter[str](), []
    for number, (found, detail) in watched(partial(outcome_of, kind=kind, seed=seed), numbers):
        kinds[found] += 1
        if found not in FINE:
            wrong.append(f"mutant {number} of {kind}, seed {seed}: {found}: {detail}")
    assert not wrong, "\n".join(wrong)
    return kinds


def main(kind: str, first: int, last: int, seed: int = 0) -> None:
    """Judge the mutants, and print the kinds with their numbers."""
    kinds, shown, begun = Counter[str](), Counter[tuple[str, str]](), time.perf_counter()
    examples: dict[tuple[str, str], int] = {}
    with suppress(KeyboardInterrupt):
        for number, (found, detail) in watched(partial(outcome_of, kind=kind, seed=seed), range(first, last)):
            kinds[found] += 1
            if found not in FINE:
                shown[found, detail] += 1
                if examples.setdefault((found, detail), number) == number:
                    print(f"{found} {number}: {detail}", flush=True)
            if number % 1000 == 999:
                print(f"{number + 1}: {dict(kinds)}", flush=True)
    print(kind, dict(kinds), f"{time.perf_counter() - begun:.0f} s")
    for (found, detail), count in shown.most_common():
        print(f"{count} × {found}: {detail} (mutant {examples[found, detail]})")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given.pop(0) if given[0] in KINDS else "schemas", *map(int, given))
