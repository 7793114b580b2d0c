"""What nesting costs: the same cells as structs and lists, and flat, made and written as Parquet.

    python benchmarks/nested.py [--rows 300000] [--repeat 5] [--record]

One side has a struct of four parts and a list of three elements, the other one has seven columns of the same kinds.
Both are generated on one thread, hashed and written, in turn. Processor time, the best of all runs. Goal: at most 2.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import machine, options, record

HEAD = """
fanwise: 1
name: nested
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  customer:
    rows: ROWS
    key: id
    columns:
"""
PARTS = {
    "city": "{choice: {Bonn: 3, Kiel: 2, Ulm: 1}}",
    "zip": '{pattern: "#####"}',
    "size": "{gamma: {mean: 80, shape: 2}}",
    "since": "{timestamp: {between: [window.start, window.end]}}",
}
SCORE = "{poisson: {mean: 4}}"
SIDES = {
    "flat": [*PARTS.items(), *((f"score{at}", SCORE) for at in range(3))],
    "nested": [
        ("address", f"{{struct: {{{', '.join(f'{name}: {part}' for name, part in PARTS.items())}}}}}"),
        ("scores", f"{{list: {{of: {SCORE}, length: {{fixed: 3}}}}}}"),
    ],
}


def cost(side: str, rows: int, folder: Path) -> float:
    """Return the seconds of processor time that making, hashing and writing the table takes."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.output.content_hash import content_hash
    from fanwise.generator.output.formats import sink
    from fanwise.generator.plan import compile_plan

    columns = "".join(f"      {name}: {kind}\n" for name, kind in SIDES[side])
    plan = compile_plan(load(HEAD.replace("ROWS", str(rows)) + columns))
    begun = time.process_time()
    for number, frames in enumerate(generate(plan, threads=1)):
        for frame in frames.values():
            content_hash(frame)
            sink("parquet").write(frame, folder / f"{side}-{number}.parquet")
    return time.process_time() - begun


def main() -> None:
    parser = options(__doc__)
    parser.set_defaults(repeat=5)
    parser.add_argument("--rows", type=int, default=300_000)
    given: Any = parser.parse_args()
    best = dict.fromkeys(SIDES, float("inf"))
    for _ in range(given.repeat):
        for side in SIDES:
            with tempfile.TemporaryDirectory() as folder:
                best[side] = min(best[side], cost(side, given.rows, Path(folder)))
    print(f"{given.rows:,} rows of seven cells; {machine()}")
    for side, seconds in best.items():
        print(f"{side:8}{seconds:8.3f} s")
    ratio = best["nested"] / best["flat"]
    print(f"nested: {ratio:.2f} times")
    what = "processor time of nested columns, relative to the same cells flat"
    note = f"{given.rows:,} rows of a struct of four parts and a list of three, hashed and written as Parquet"
    record("nested", [{"what": what, "measured": f"{ratio:.2f}", "goal": "≤ 2", "note": note}], wanted=given.record)


if __name__ == "__main__":
    main()
