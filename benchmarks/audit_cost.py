"""What the audit of written files costs beside making them, one after the other on one machine.

    python benchmarks/audit_cost.py [--scale 200] [--schema ecommerce] [--repeat 3] [--record]

One side is `gen run SCHEMA --no-audit`, the other `gen audit` of the files that it wrote, each as a process of its own:
start-up, plan and contract included. Both use all processors. Goals: the audit takes at most as long as the
generation, and stays below 1 GB.

Measured at --scale 200 (16.5M rows, 4.6M of them orders, 11.8M order lines; 2 processors, medians of 3) before scans
were shared: 5.8 s of processor time beside 6.7 s, 4.4 s of wall time beside 5.3 s, 431 MB beside 801 MB.

Where the time goes: one scan of order lines for nulls, ends, formulas and the bitmap of (order_id, line_no), half of it
to unpack the columns; quartiles of 4.6M amounts; order lines per order of a sixteenth of the customers (a join of 11.8M
and 4.6M keys); the rest some fifty queries. What was tried: a hash table of all keys took 2.0 s where a bitmap takes
0.6 s; a window over sorted order lines took 2.6 s to find gaps, which the bitmap shows; orders summed by customer once,
and kept, take 0.2 s instead of 1.2 s in eight queries; a join against all orders to find orphans took 0.8 s and is not
needed where keys have no gaps; to shift the bitmap within DuckDB took 0.12 s, and 0.01 s as whole numbers of Python; a
group for each order on the way from order lines to customers took 1.9 s. To join the part of order lines to the part of
the orders instead of all took 0.12 s instead of 0.18 s. No gain: hashes of files in a thread beside the queries, DuckDB
opened in a thread beside the imports, quartiles without their ends, orphans counted by the join of the formulas.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from measuring import GEN, Cost, comparison, cost_of, middle, options, record


def rows_of(folder: Path) -> int:
    """Return the rows of all tables, as the manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return sum(int(table["rows"]) for table in manifest["tables"].values())


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    given = parser.parse_args()
    made: list[Cost] = []
    judged: list[Cost] = []
    rows = 0
    for _ in range(given.repeat):
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "out")
            run = ["run", given.schema, "--no-audit", "--quiet", "--out", out, "--scale", str(given.scale)]
            made.append(cost_of([*GEN, *run]))
            judged.append(cost_of([*GEN, "audit", out, "--schema", given.schema, "--quiet"]))
            rows = rows_of(Path(out))
    sides = {"gen run --no-audit": middle(made), "gen audit": middle(judged)}
    print(comparison(given.schema, sides, rows=rows))
    ours, audit = sides.values()
    found = {
        "what": "time to audit the files, relative to the time to make them",
        "measured": f"{audit.wall / ours.wall:.2f}",
        "goal": "≤ 1",
        "note": f"{rows / 1e6:.1f}M rows; {audit.wall:.1f} s, {audit.peak:,.0f} MB",
    }
    record("audit_cost", [found], wanted=given.record)


if __name__ == "__main__":
    main()
