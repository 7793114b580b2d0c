"""What the audit of written files costs beside making them, one after the other on one machine.

    python benchmarks/audit_cost.py [--scale 200] [--schema ecommerce] [--repeat 3]

One side is `gen run SCHEMA --no-audit`, the other `gen audit` of the files that it wrote, each as a process of its own:
start-up, plan and contract included. Both use all processors. Goals: the audit takes at most as long as the
generation, and stays below 1 GB.

Measured at --scale 200 (16.5M rows, 4.6M of them orders, 11.8M order lines; 2 processors, medians of 3): 5.8 s of
processor time beside 6.7 s, 4.4 s of wall time beside 5.3 s, 431 MB beside 801 MB.

Where the 5.8 s go: 1.0 s start-up, imports and contract; 1.2 s order lines per order by the customer's segment (a join
of 11.8M and 4.6M keys); 0.6 s uniqueness of (order_id, line_no); 0.4 s quartiles of 4.6M amounts; 0.3 s nulls and
finite numbers of order lines; the rest some thirty queries below 0.2 s. What was tried: a hash table of all keys took
2.0 s where a bitmap takes 0.6 s; a join against all orders to find orphans took 0.8 s and is not needed where keys have
no gaps; a group for each order on the way from order lines to customers took 1.9 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GEN = [sys.executable, "-c", "import sys; from generator.cli import main; sys.exit(main())"]


def measured(*arguments: str) -> dict[str, float]:
    """Run `gen` with these arguments; return seconds of wall and processor time, and its peak memory in MB."""
    out = subprocess.run([sys.executable, __file__, "--one", *arguments], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return found


def one(arguments: list[str]) -> dict[str, float]:
    """Run `gen` as the only child of this process, so that what is accounted is its own."""
    begun = time.perf_counter()
    subprocess.run([*GEN, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}


def rows_of(folder: Path) -> int:
    """Return the rows of all tables, as the manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return sum(int(table["rows"]) for table in manifest["tables"].values())


def table(rows: int, sides: dict[str, list[dict[str, float]]]) -> str:
    """Return the comparison as text; times are medians of the repeats, memory the highest of them."""
    lines = [f"{rows:,} rows; {os.cpu_count()} processors, {platform.machine()}"]
    lines.append(f"{'':22}{'processor s':>12}{'wall s':>9}{'peak MB':>9}")
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in ("cpu", "wall")}
        for name, runs in sides.items()
    }
    for name, runs in sides.items():
        peak = max(run["peak"] for run in runs)
        lines.append(f"{name:22}{middle[name]['cpu']:12.2f}{middle[name]['wall']:9.2f}{peak:9.0f}")
    made, judged = middle.values()
    lines.append(
        f"audit / generation: processor {judged['cpu'] / made['cpu']:.2f}, wall {judged['wall'] / made['wall']:.2f}"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    sides: dict[str, list[dict[str, float]]] = {"gen run --no-audit": [], "gen audit": []}
    rows = 0
    for _ in range(options.repeat):
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "out")
            scale = ["--scale", str(options.scale)]
            run = ["run", options.schema, "--no-audit", "--quiet", "--out", out, *scale]
            sides["gen run --no-audit"].append(measured(*run))
            sides["gen audit"].append(measured("audit", out, "--schema", options.schema, "--quiet"))
            rows = rows_of(Path(out))
    print(table(rows, sides))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2:])))
    else:
        main()
