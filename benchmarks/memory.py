"""How memory grows with the rows: the same schema run at two sizes, ten times apart, in one go.

    python benchmarks/memory.py [--schema ecommerce] [--small 120] [--large 1200] [--repeat 1] [--record]

Each run is `gen run SCHEMA --no-audit` as a process of its own; its peak is what the system saw resident at most. At
the default scales ecommerce has 10 and 99 million rows. Goals: the larger peak is at most 1.2 times the smaller one,
and at most 1 GB. The files of one run are removed before the next: the larger one takes about 900 MB of disk.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from measuring import GEN, Cost, comparison, cost_of, middle, options, record, size_of


def run_at(schema: str, scale: float) -> tuple[Cost, int, int]:
    """Return what a run cost, its rows, and the bytes of its files."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        cost = cost_of([*GEN, "run", schema, "--no-audit", "--quiet", "--scale", str(scale), "--out", str(out)])
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        return cost, sum(table["rows"] for table in manifest["tables"].values()), size_of(out)


def main() -> None:
    parser = options(__doc__)
    parser.set_defaults(repeat=1)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--small", type=float, default=120, help="scale of the smaller run")
    parser.add_argument("--large", type=float, default=1200, help="scale of the larger run")
    given = parser.parse_args()
    found: dict[float, list[Cost]] = {given.small: [], given.large: []}
    rows: dict[float, int] = {}
    sizes: dict[float, int] = {}
    for _ in range(given.repeat):
        for scale, costs in found.items():
            cost, rows[scale], sizes[scale] = run_at(given.schema, scale)
            costs.append(cost)
    small, large = (middle(found[scale]) for scale in (given.small, given.large))
    for scale, cost in ((given.small, small), (given.large, large)):
        sides, title = {"gen run --no-audit": cost}, f"{given.schema} at scale {scale:g}"
        print(comparison(title, sides, rows=rows[scale], sizes={"gen run --no-audit": sizes[scale]}))
    ratio = large.peak / small.peak
    print(f"ratio of peaks {ratio:.2f}")
    few, many = (f"{rows[scale] / 1e6:.0f}M rows" for scale in (given.small, given.large))
    peak = {"what": f"peak memory at {many}", "measured": f"{large.peak:,.0f} MB", "goal": "≤ 1 GB"}
    growth = {"what": f"that peak over the one at {few}", "measured": f"{ratio:.2f}", "goal": "≤ 1.2"}
    notes = (f"{sizes[given.large] / 1e6:,.0f} MB of files in {large.wall:.0f} s", f"{small.peak:,.0f} MB")
    lines = [{**figure, "note": note} for figure, note in zip((peak, growth), notes, strict=True)]
    record("memory", lines, wanted=given.record)


if __name__ == "__main__":
    main()
