"""`gen audit --like` beside a plain audit by the contract that it makes, on about 1.22 million orders.

    python benchmarks/like.py [--rows 93565] [--repeat 3] [--record]

The source is that of `init.py`; it is judged by itself, which is as much work as any other data of its size. Goal: at
most 1.5 times the wall time of the plain audit. `gen fidelity` of the same two sides stands beside them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from measuring import GEN, comparison, cost_of, middle, options, record

HERE = Path(__file__).parent
TABLES = ("customer", "order", "product")
JUDGED = (0, 1, 3)  # the exit codes of a verdict
BY = ("--by", "customer.worth")


def main() -> None:
    """Run the sides in turn and print their costs."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=93_565, help="customers")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, kept, contract = (Path(folder) / name for name in ("data", "kept", "contract.yaml"))
        made = [*GEN, "run", str(HERE / "orders.yaml"), "--no-audit", "--quiet", "--out", str(data)]
        cost_of([*made, "--rows", f"customer={given.rows}"])
        kept.mkdir()
        for name in TABLES:  # a file, or a folder of parts
            found = next(path for path in (data / f"{name}.parquet", data / name) if path.exists())
            found.rename(kept / found.name)
        like = [*GEN, "audit", str(kept), "--like", str(kept), *BY, "-q"]
        cost_of([*like, "--save", str(contract)], accepted=JUDGED)
        sides = {
            "gen audit --contract": [*GEN, "audit", str(kept), "--contract", str(contract), "-q"],
            "gen audit --like": like,
            "gen fidelity": [*GEN, "fidelity", str(kept), str(kept), *BY, "-q"],
        }
        costs = {name: [] for name in sides}
        for _ in range(given.repeat):
            for name, command in sides.items():
                costs[name].append(cost_of(command, accepted=JUDGED))
    found = {name: middle(each) for name, each in costs.items()}
    print(comparison("judging by reference data", found, rows=13 * given.rows))
    ratio = found["gen audit --like"].wall / found["gen audit --contract"].wall
    note = f"`gen fidelity` of the same data: {found['gen fidelity'].wall:.1f} s"
    what = "time of `gen audit --like`, relative to an audit by the contract that it makes"
    record("like", [{"what": what, "measured": f"{ratio:.2f}", "goal": "≤ 1.5", "note": note}], wanted=given.record)


if __name__ == "__main__":
    main()
