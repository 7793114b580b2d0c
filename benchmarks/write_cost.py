"""What a run costs over only writing the same frames with Polars, in one go on one machine.

    python benchmarks/write_cost.py [--scale 200] [--schema ecommerce] [--repeat 3] [--record]

One side is `gen run SCHEMA --no-audit` as a process of its own: start-up, plan, generation, content hash, fsync and
manifest included. The other side holds the same frames in memory and writes them with Polars, same compression, one
file a table. Both sides use all processors; processor time is compared, as wall time is at the mercy of the neighbours.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import machine, options, record, side_of


def run_side(schema: str, scale: float) -> dict[str, float]:
    """Return seconds of processor and wall time, and the peak memory in MB, of a whole `gen run`."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        command = [str(Path(sys.executable).with_name("gen")), "run", schema, "--no-audit", "--quiet", "--out", out]
        begun = time.perf_counter()
        subprocess.run([*command, "--scale", str(scale)], check=True)
        wall = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in Path(out).rglob("*.parquet"))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    return {"cpu": cpu, "wall": wall, "peak": used.ru_maxrss / 1024, "bytes": size}


def write_side(schema: str, scale: float) -> dict[str, float]:
    """Return the same for writing the frames of that run, which are in memory before the clock starts."""
    import polars as pl

    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan

    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(compile_plan(load(schema), scale=scale)):
        for table, frame in frames.items():
            parts.setdefault(table, []).append(frame)
    whole = {table: pl.concat(found, rechunk=True) for table, found in parts.items()}
    folder = Path(tempfile.mkdtemp())
    wall, cpu = time.perf_counter(), time.process_time()
    for table, frame in whole.items():
        frame.write_parquet(folder / f"{table}.parquet", compression="zstd", compression_level=1)
    out = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    out["rows"] = sum(frame.height for frame in whole.values())
    out["cells"] = sum(frame.height * frame.width for frame in whole.values())
    out["bytes"] = sum(file.stat().st_size for file in folder.iterdir())
    shutil.rmtree(folder)
    return out


def middle(found: list[dict[str, float]], key: str) -> float:
    """Return the median of a figure over the repeats."""
    return statistics.median(one[key] for one in found)


def table(run: list[dict[str, float]], write: list[dict[str, float]]) -> str:
    """Return the comparison as text; each figure is the median of the repeats."""
    rows, cells = write[0]["rows"], write[0]["cells"]
    lines = [f"{rows:,.0f} rows, {cells:,.0f} cells; {machine()}"]
    lines += [f"{'':22}{'processor s':>12}{'wall s':>9}{'ns a cell':>11}{'MB written':>12}"]
    for name, found in (("gen run --no-audit", run), ("polars write_parquet", write)):
        cpu, wall, size = (middle(found, key) for key in ("cpu", "wall", "bytes"))
        lines.append(f"{name:22}{cpu:12.2f}{wall:9.2f}{cpu / cells * 1e9:11.0f}{size / 1e6:12.1f}")
    lines.append(f"ratio of processor time {middle(run, 'cpu') / middle(write, 'cpu'):.2f}")
    lines.append(f"ratio of wall time      {middle(run, 'wall') / middle(write, 'wall'):.2f}")
    lines.append(f"peak memory of the run  {max(one['peak'] for one in run):,.0f} MB")
    return "\n".join(lines)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--side", choices=["run", "write"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        sides: dict[str, Any] = {"run": run_side, "write": write_side}
        print(json.dumps(sides[given.side](given.schema, given.scale)))
        return
    run, write = [], []
    for _ in range(given.repeat):
        common = ["--schema", given.schema, "--scale", str(given.scale)]
        run.append(side_of(__file__, "--side", "run", *common))
        write.append(side_of(__file__, "--side", "write", *common))
    print(table(run, write))
    ratio, rows = middle(run, "cpu") / middle(write, "cpu"), write[0]["rows"]
    what = "CPU time of a run without audit, relative to writing the same frames with Polars"
    note = f"{rows / 1e6:.1f}M rows in {middle(run, 'wall'):.1f} s, including content hash, fsync and start-up"
    figure = {"what": what, "measured": f"{ratio:.2f}", "goal": "≤ 2.6", "note": note}
    record("write_cost", [figure], wanted=given.record)


if __name__ == "__main__":
    main()
