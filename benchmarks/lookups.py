"""What a condition costs a reference: `ref … match` beside the same weighted reference without it.

    python benchmarks/lookups.py [--rows 1000000] [--repeat 5] [--record]

A table of so many rows refers to another one of as many. Each measurement makes all rows of both in this process, on
one thread, and drops them. The same tables without the reference are measured too, and taken off: what is compared is
the reference alone, with the preparation of its target. Processor time, the best of all runs, taken in turn.
Goal: at most 2.
"""

from __future__ import annotations

import time
from typing import Any

from measuring import machine, options, record

SCHEMA = """
fanwise: 1
name: lookups
tables:
  product:
    rows: ROWS
    key: product_id
    columns:
      category: {choice: {book: 4, toy: 3, food: 2, game: 1}}
      popularity: {gamma: {mean: 10, shape: 2}}
  line:
    rows: ROWS
    key: line_id
    columns:
      wanted: {choice: {book: 1, toy: 1, food: 1, game: 1}}
      product_id: COLUMN
"""
SIDES = {
    "without a reference": "{sequence: {}}",
    "weight": "{ref: product, weight: popularity}",
    "weight and match": "{ref: product, weight: popularity, match: {category: wanted}}",
}


def cost(column: str, rows: int) -> float:
    """Return the seconds of processor time that making all rows takes."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan

    plan = compile_plan(load(SCHEMA.replace("ROWS", str(rows)).replace("COLUMN", column)))
    begun = time.process_time()
    for _ in generate(plan, threads=1):
        pass
    return time.process_time() - begun


def main() -> None:
    parser = options(__doc__)
    parser.set_defaults(repeat=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given: Any = parser.parse_args()
    best = dict.fromkeys(SIDES, float("inf"))
    for _ in range(given.repeat):
        for name, column in SIDES.items():
            best[name] = min(best[name], cost(column, given.rows))
    print(f"{given.rows:,} rows that refer to {given.rows:,}; {machine()}")
    for name, seconds in best.items():
        print(f"{name:22}{seconds:8.3f} s")
    none, plain, matched = best.values()
    ratio = (matched - none) / (plain - none)
    print(f"the reference alone: {ratio:.2f} times with the condition")
    what = "processor time of a weighted reference with `match`, relative to one without"
    note = f"{given.rows / 1e6:g}M rows refer to as many"
    record("lookups", [{"what": what, "measured": f"{ratio:.2f}", "goal": "≤ 2", "note": note}], wanted=given.record)


if __name__ == "__main__":
    main()
