"""What rows that know each other cannot be is refused: with the place, the reason, and what to write instead."""

from __future__ import annotations

import pytest

from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: impossible
window: {start: 2024-01-01, end: 2025-01-01}
curves: {never: {month: {Jan: 0}}}
tables:
  top:
    rows: 50
    key: id
    columns:
      id: {sequence: {}}
      opened: {timestamp: {between: [2023-01-01, window.start]}}
      late: {timestamp: {between: [2025-02-01, 2025-03-01]}}
      mixed: {timestamp: {between: [2024-06-01, 2025-06-01]}}
      debt: {normal: {mean: 0, sd: 1}}
  t:
    parent: top
    fanout: {FANOUT}
    key: [id, n]
    columns:
      id: {parent: id}
      n: {ordinal: {}}
      word: {fake: word}
      x: {normal: {mean: 3, sd: 1}}
"""
POISSON = "poisson: {mean: 3}"
MONTHLY = "{exponential: {mean: 30d}}"


def arrivals(start: str = "window.start", end: str = "window.end", gap: str = MONTHLY) -> str:
    return f"arrivals: {{from: {start}, until: {end}, gap: {gap}}}"


def schema(fanout: str, *columns: str) -> str:
    return SCHEMA.replace("FANOUT", fanout) + "".join(f"      {column}\n" for column in columns)


@pytest.mark.parametrize(
    ("fanout", "columns", "place", "words"),
    [
        (POISSON, ["a: {previous: {column: b, else: 0}}", "b: {expr: a + 1}"], "columns.a", "depends on itself: a > b > a"),
        (POISSON, ["a: {previous: {column: a, else: 0}}"], "columns.a", "depends on itself: a > a"),
        (POISSON, ["a: {next: {column: a, else: 0}}"], "columns.a", "depends on itself"),
        (POISSON, ["a: {running: {sum: word}}"], "columns.a.running.sum", "holds String, so it has no sum"),
        (arrivals("window.end", "window.start"), [], "fanout.arrivals.until", "ends before it begins"),
        (arrivals("window.start", "window.start"), [], "fanout.arrivals.until", "ends before it begins"),
        (arrivals("top.late"), [], "fanout", "ends before it begins, in each of the 50 rows"),
        (f"{arrivals(end='2024-01-31')}, curve: never", [], "fanout.curve", "0 in all of the interval"),
        (arrivals(gap="{exponential: {mean: 0}}"), [], "fanout.arrivals.gap.exponential.mean", "must be above 0"),
        (arrivals(gap="{gamma: {mean: -3, shape: 2}}"), [], "fanout.arrivals.gap.gamma.mean", "must be above 0"),
        (arrivals(gap="{fixed: 0}"), [], "fanout.arrivals.gap", "the mean gap is 0 seconds, and it has to be above 0"),
        (f"{arrivals(gap='{uniform: {min: 0, max: 0}}')}, max: 3", [], "fanout.arrivals.gap", "the mean gap is 0 seconds"),
        (arrivals(gap="{normal: {mean: -50, sd: 9}}"), [], "fanout.arrivals.gap", "the mean gap is -50 seconds"),
        (arrivals(gap="{exponential: {mean: 1s}}"), [], "fanout", r"row \d+ of top has more than 100,000 arrivals"),
        (f"{POISSON}, exposure: debt", [], "fanout", r"'debt' is -\d.* in row \d+ of top"),
        (f"{arrivals()}, exposure: debt", [], "fanout", r"'debt' is -\d.* in row \d+ of top"),
        (
            POISSON,
            ["a: {poisson: {mean: 3}, exposure: top.debt}"],
            "columns.a",
            r"'top.debt' is -\d.* in row \d+ below row \d+ of top",
        ),
        (
            POISSON,
            ["c: {constant: 3}", "a: {normal: {mean: 0, sd: 1}, correlate: {c: 0.3}}"],
            "columns.a.correlate.c",
            "a constant has no correlation",
        ),
        (
            POISSON,
            ["c: {integer: {min: 3, max: 3}}", "a: {normal: {mean: 0, sd: 1}, correlate: {c: 0.3}}"],
            "columns.a.correlate.c",
            "it is a constant",
        ),
        (POISSON, ["a: {normal: {mean: 0, sd: 1}, correlate: {x: 1.0}}"], "columns.a.correlate.x", "must be below 1"),
        (POISSON, ["a: {normal: {mean: 0, sd: 1}, correlate: {x: -1.0}}"], "columns.a.correlate.x", "must be above -1"),
        (
            POISSON,
            ["a: {normal: {mean: 0, sd: 1}, correlate: {x: 0.9}}", "b: {normal: {mean: 0, sd: 1}, correlate: {x: 0.9, a: 0.5}}"],
            "columns.b.correlate.x",
            "not positive definite",
        ),
        (
            POISSON,
            ["s: {states: {start: a, next: {a: {b: 1}}, dwell: {a: {fixed: 1d}, b: {fixed: 2d}}, at: top.opened}}", "e: {entered: s}"],
            "columns.s.states.dwell.b",
            "'b' is final",
        ),
    ],
)  # fmt: skip
def test_it_is_refused(fanout: str, columns: list[str], place: str, words: str) -> None:
    with pytest.raises((PlanError, SchemaError), match=words) as caught:
        list(generate(compile_plan(load(schema(fanout, *columns))), threads=1))

    (problem,) = caught.value.problems
    assert problem.path == f"tables.t.{place}"
    assert problem.mark is not None
    assert problem.hint


def test_a_pair_to_lower_is_named_with_the_number_that_is_possible() -> None:
    pair = [
        "a: {normal: {mean: 0, sd: 1}, correlate: {x: 0.9}}",
        "b: {normal: {mean: 0, sd: 1}, correlate: {x: 0.9, a: R}}",
    ]
    with pytest.raises(PlanError) as caught:
        compile_plan(load(schema(POISSON, *(column.replace("R", "0.5") for column in pair))))
    (problem,) = caught.value.problems
    assert problem.hint is not None
    possible = problem.hint.removeprefix("lower it to ")

    compile_plan(load(schema(POISSON, pair[0], pair[1].replace("x: 0.9", f"x: {possible}").replace("R", "0.5"))))


@pytest.mark.parametrize(
    ("fanout", "most"), [(arrivals("top.mixed"), 200), (f"{arrivals(gap='{fixed: 1h}')}, max: 5", 250)]
)
def test_some_rows_without_an_interval_and_rates_above_max_are_no_errors(fanout: str, most: int) -> None:
    parts = list(generate(compile_plan(load(schema(fanout))), threads=1))
    rows = sum(part["t"].height for part in parts if "t" in part)

    assert 0 < rows <= most
