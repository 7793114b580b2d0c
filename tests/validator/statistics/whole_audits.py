"""Whole audits of right data: every check, on tables of the size at which the forecast says 0.5, 0.95 and 0.9995.

    PYTHONPATH=. python tests/validator/statistics/whole_audits.py [--runs 30] [--first SEED] [NAME ...]

prints for each schema of `healthy.py` and each size how many of so many data sets pass, fail and warn. None may fail; at
most one in twenty may warn. The share that passes is what the forecast has to say, where no gate is left out of it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import compile_plan
from fanwise.validator import Report, Status
from tests.validator.statistics.healthy import HEALTHY, dataset
from tests.validator.statistics.many import frames_of

__all__ = ["LEVELS", "Audited", "Size", "audited", "size_for"]

LEVELS = (0.5, 0.95, 0.9995)
APART = 100_000  # between the seeds of two sizes, which would else share draws
STEPS = 9  # of the search for a size: to within a hundredth
SMALLEST, LARGEST = 1 / 60, 60.0  # scales that are tried


@dataclass(frozen=True)
class Size:
    """A scale of a schema, and what the forecast says there; None where no gate can be forecast.

    unknown: gates that the forecast cannot know and leaves out, such as those of means without a finite variance.
    """

    scale: float
    chance: float | None
    unknown: int = 0

    @property
    def said(self) -> str:
        return ("unknown" if self.chance is None else f"{self.chance:.4f}") + f" without {self.unknown}" * bool(
            self.unknown
        )


@dataclass(frozen=True)
class Audited:
    """What one audit said: its exit code, and the ids of the findings that fail and warn."""

    name: str
    level: float
    seed: int
    exit_code: int
    failed: tuple[str, ...]
    warned: tuple[str, ...]


@cache
def size_for(name: str, level: float) -> Size:
    """Return the smallest scale at which the forecast promises `level`, or the largest one where none does."""

    def at(scale: float) -> Size:
        said = forecast(compile_plan(dataset(name), scale=scale))
        return Size(scale, said.probability, sum(bool(outlook.unknown) for outlook in said.outlooks))

    low, high = SMALLEST, LARGEST
    found = at(LARGEST)
    if found.chance is None:
        return at(1.0)
    if found.chance < level:
        return found
    for _ in range(STEPS):
        here = at((low * high) ** 0.5)
        if (here.chance or 0.0) >= level:
            high, found = here.scale, here
        else:
            low = here.scale
    return found


def report_of(name: str, scale: float, seed: int) -> Report:
    """Generate one data set and audit all of it."""
    plan = compile_plan(dataset(name), seed=seed, scale=scale)
    return validator.audit(frames_of(plan), compile_contract(plan), threads=1)


def audited(name: str, level: float, seeds: range) -> Iterator[Audited]:
    """Yield what the audit says of each seed, at the size of this level."""
    for seed in seeds:
        report = report_of(name, size_for(name, level).scale, seed)
        failed, warned = (
            tuple(finding.id for finding in report.with_status(status)) for status in (Status.FAIL, Status.WARN)
        )
        yield Audited(name, level, seed, report.exit_code, failed, warned)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(HEALTHY))
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    total: Counter[str] = Counter()
    for name in given.names:
        for at, level in enumerate(LEVELS):
            size = size_for(name, level)
            found = list(audited(name, level, range(given.first + at * APART, given.first + at * APART + given.runs)))
            counts = Counter(
                runs=len(found),
                passed=sum(each.exit_code == 0 for each in found),
                failed=sum(bool(each.failed) for each in found),
                warned=sum(bool(each.warned) for each in found),
            )
            total += counts
            ids = Counter(one for each in found for one in (*each.failed, *each.warned))
            print(f"{name:20} x {size.scale:7.3f}  forecast {size.said:16}  {dict(counts)}  {dict(ids)}", flush=True)
    print(dict(total))


if __name__ == "__main__":
    main()
