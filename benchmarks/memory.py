"""How memory grows with the rows: the same schema run at three sizes in one go.

    python benchmarks/memory.py [--schema ecommerce] [--scales 120 400 1200] [--repeat 1] [--record]

Each run is `gen run SCHEMA --no-audit` as a process of its own; its peak is what the system saw resident at most. At
the default scales ecommerce has 10, 33 and 99 million rows. Goals: the peak at 99 million is at most 1.2 times the one
at 10, and at most 1 GB. A run of 10 million rows is over before it holds all that it may hold, hence the size between.
The files of one run are removed before the next: the largest one takes about 900 MB of disk.
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
    parser.add_argument("--scales", type=float, nargs=3, default=[120, 400, 1200], help="ascending")
    given = parser.parse_args()
    found: dict[float, list[Cost]] = {scale: [] for scale in given.scales}
    rows: dict[float, int] = {}
    sizes: dict[float, int] = {}
    for _ in range(given.repeat):
        for scale, costs in found.items():
            cost, rows[scale], sizes[scale] = run_at(given.schema, scale)
            costs.append(cost)
    costs_of = {scale: middle(costs) for scale, costs in found.items()}
    for scale, cost in costs_of.items():
        sides, title = {"gen run --no-audit": cost}, f"{given.schema} at scale {scale:g}"
        print(comparison(title, sides, rows=rows[scale], sizes={"gen run --no-audit": sizes[scale]}))
    lines = told(given.scales, costs_of, rows, sizes)
    for line in lines:
        print("{what}: {measured} ({note})".format_map(line))
    record("memory", lines, wanted=given.record)


def told(
    scales: list[float], costs: dict[float, Cost], rows: dict[float, int], sizes: dict[float, int]
) -> list[dict[str, str]]:
    """Return the rows of the README's table: the largest peak, and what it is over the smaller ones."""
    small, between, large = scales
    words = {scale: f"{rows[scale] / 1e6:.0f}M rows" for scale in scales}
    peak = costs[large].peak
    ratios = {scale: f"{peak / costs[scale].peak:.2f}" for scale in (small, between)}
    return [
        {
            "what": f"peak memory for {words[large]}",
            "measured": f"{peak:,.0f} MB",
            "goal": "≤ 1 GB",
            "note": f"{sizes[large] / 1e6:,.0f} MB of files in {costs[large].wall:.0f} s",
        },
        {
            "what": f"that peak, relative to the one for {words[small]}",
            "measured": ratios[small],
            "goal": "≤ 1.2",
            "note": f"{costs[small].peak:,.0f} MB; relative to {words[between]}: {ratios[between]}",
        },
    ]


if __name__ == "__main__":
    main()
