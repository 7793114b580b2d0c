"""What a correlated pair of columns costs, beside the same pair without a correlation.

    python benchmarks/correlation.py [--rows 10000000] [--repeat 5]

One table of a key and two columns, made by the engine on one thread: independent, with `correlate`, and with `alike`
below a parent. All are done in turn by one process. Beside it the whole `gen run`, with Parquet files and their
hashes. Figures are seconds of processor time, the best of the repeats.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measuring import GEN, cost_of, machine, options, record

PAIRS = {
    "two normal columns": ("normal: {mean: 27, sd: 4}", "normal: {mean: 125, sd: 14}"),
    "normal and lognormal, rounded": ("normal: {mean: 27, sd: 4}, round: 1", "lognormal: {mean: 72, sd: 58}, round: 2"),
    "normal and Poisson": ("normal: {mean: 27, sd: 4}", "poisson: {mean: 6}"),
    "two choices": ("choice: {low: 3, mid: 2, high: 1}", "choice: {no: 3, yes: 2}"),
}
HEAD = "fanwise: 1\nname: pair\ntables:\n"


def root(first: str, second: str, rows: int) -> str:
    """Return the schema of one table with a pair of columns."""
    columns = f"{{id: {{sequence: {{}}}}, a: {{{first}}}, b: {{{second}}}}}"
    return f"{HEAD}  t: {{rows: {rows}, key: id, columns: {columns}}}\n"


def child(column: str, rows: int) -> str:
    """Return the schema of a parent with ten rows below each row."""
    return (
        f"{HEAD}  top: {{rows: {rows // 10}, key: id, columns: {{id: {{sequence: {{}}}}}}}}\n"
        f"  t: {{parent: top, fanout: {{fixed: 10}}, columns: {{id: {{parent: id}}, a: {{{column}}}}}}}\n"
    )


def seconds(text: str) -> float:
    """Return the processor time of making all frames."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan

    plan = compile_plan(load(text))
    begun = time.process_time()
    for _ in generate(plan, threads=1):
        pass
    return time.process_time() - begun


def whole(text: str) -> float:
    """Return the processor time of a run with files and without an audit."""
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / "pair.yaml"
        schema.write_text(text, encoding="utf-8")
        return cost_of([*GEN, "run", str(schema), "--no-audit", "--quiet", "--out", f"{folder}/out"]).processor


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    asked = parser.parse_args()
    sides = {
        name: (root(first, second, asked.rows), root(first, f"{second}, correlate: {{a: 0.5}}", asked.rows))
        for name, (first, second) in PAIRS.items()
    }
    plain = "normal: {mean: 27, sd: 4}"
    sides["rows that are alike"] = child(plain, asked.rows), child(f"{plain}, alike: {{top: 0.3}}", asked.rows)
    print(f"{asked.rows:,} rows; {machine()}")
    print(f"{'':32}{'independent':>12}{'correlated':>12}{'ratio':>8}{'whole runs':>20}{'ratio':>8}")
    ratios: dict[str, tuple[float, float]] = {}
    for name, (without, with_it) in sides.items():
        costs = [(seconds(without), seconds(with_it), whole(without), whole(with_it)) for _ in range(asked.repeat)]
        one, other, run, correlated = (min(each) for each in zip(*costs, strict=True))
        ratios[name] = other / one, correlated / run
        runs = f"{run:10.2f}{correlated:10.2f}{correlated / run:7.2f}×"
        print(f"{name:32}{one:12.2f}{other:12.2f}{other / one:7.2f}×{runs}")
    engine, whole_run = (max(each) for each in zip(*ratios.values(), strict=True))
    note = f"{asked.rows / 1e6:g}M rows; the slowest of {len(ratios)} pairs; without files {engine:.2f}"
    what = "CPU time of a run with a correlated pair of columns, relative to an independent pair"
    row = {"what": what, "measured": f"{whole_run:.2f}", "goal": "≤ 1.4", "note": note}
    record("correlation", [row], wanted=asked.record)


if __name__ == "__main__":
    main()
