"""Runs mutants by number and prints what was found: `python -m tests.system.fuzz.run FIRST LAST [SEED]`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import suppress
from functools import partial

from tests.system.fuzz.farm import watched
from tests.system.fuzz.judge import FINE, Outcome, judge
from tests.system.fuzz.mutants import mutant


def of_number(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number."""
    outcome: Outcome = judge(mutant(number, seed)[1], again=number % 4 == 0)
    return outcome.kind, outcome.detail


def main(first: int, last: int, seed: int = 0) -> None:
    """Judge the mutants, and print the kinds with their numbers."""
    kinds, shown, begun = Counter[str](), Counter[tuple[str, str]](), time.perf_counter()
    examples: dict[tuple[str, str], int] = {}
    with suppress(KeyboardInterrupt):
        for number, (kind, detail) in watched(partial(of_number, seed=seed), range(first, last)):
            kinds[kind] += 1
            if kind not in FINE:
                shown[kind, detail] += 1
                if examples.setdefault((kind, detail), number) == number:
                    print(f"{kind} {number}: {detail}", flush=True)
    print(dict(kinds), f"{time.perf_counter() - begun:.0f} s")
    for (kind, detail), count in shown.most_common():
        print(f"{count} × {kind}: {detail} (mutant {examples[kind, detail]})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
