"""What worker processes bring: the same run by threads of one process and by workers, in turn, in one go.

    python benchmarks/workers.py [--scale 200] [--schema ecommerce] [--workers 2] [--old PYTHON] [--repeat 5] [--record]

Each side is `gen run SCHEMA --no-audit` as a process of its own. --old names a Python in whose environment another
build of Fanwise is installed, such as the one of 2026-11-22 (commit 31d8772), and adds it as a third side. Neighbours
on a shared machine take processors away, which costs the workers more than the threads, so the median of several runs
in turn is compared. Goal: a speed-up of at least 1.85 on two free processors over one worker.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import GEN, Cost, comparison, cost_of, machine, middle, options, record

OLD = "import sys; from generator.cli import main; sys.exit(main())"


def main() -> None:
    """Measure, print, and leave the result where that is wanted."""
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--old", help="the Python of an environment with an older build")
    chosen = parser.parse_args()
    command = ["run", chosen.schema, "--scale", str(chosen.scale), "--no-audit", "--quiet"]
    sides = {
        "1 thread": [*GEN, *command, "--threads", "1", "--workers", "1"],
        "threads": [*GEN, *command, "--workers", "1"],
        f"{chosen.workers} workers": [*GEN, *command, "--workers", str(chosen.workers)],
    }
    if chosen.old:
        sides["the older build"] = [chosen.old, "-P", "-c", OLD, *command]
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    rows = 0
    for _ in range(chosen.repeat):
        for name, side in sides.items():
            folder = Path(tempfile.mkdtemp())
            found[name].append(cost_of([*side, "--out", str(folder / "out")]))
            rows = rows or _rows(folder / "out")
            shutil.rmtree(folder)
    costs = {name: middle(each) for name, each in found.items()}
    print(comparison(f"{chosen.schema} --scale {chosen.scale:g}", costs, rows=rows))
    one, many = costs["1 thread"], costs[f"{chosen.workers} workers"]
    what = f"{chosen.workers} workers, `gen run {chosen.schema} --scale {chosen.scale:g} --no-audit` ({machine()})"
    lines = [{"what": f"speed-up over one thread: {what}", "measured": f"{one.wall / many.wall:.2f}", "goal": "≥ 1.85"}]
    if chosen.old:
        share = many.wall / costs["the older build"].wall
        lines.append({"what": f"wall time over the older build: {what}", "measured": f"{share:.2f}", "goal": "≤ 0.65"})
    for line in lines:
        print(f"{line['what']}: {line['measured']} ({line['goal']})")
    record("workers", [{**line, "note": f"{rows:,} rows"} for line in lines], wanted=chosen.record)


def _rows(folder: Path) -> int:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return sum(table["rows"] for table in manifest["tables"].values())


if __name__ == "__main__":
    sys.exit(main())
