"""What more cores should bring: a model of a run on workers, fitted on one and two of them. It predicts only.

    python benchmarks/cores.py [--scale 200] [--schema ecommerce] [--repeat 3]

A run on n workers has five steps: this process starts and plans (serial), workers start (each by itself), workers count
the chunks, workers make and write their blocks, this process checks and publishes (serial). The processor time of each
step is measured on one and on two workers, each with one thread of Polars. It is the wall time of that step on free
cores, and does not depend on what else the machine does. What two workers need more than one in sum has two possible
causes, and two runs cannot tell them apart, so both are printed. If it is work that every worker does once (imports,
tables that are referred to, parts that two blocks share), it is a constant `own`:

    T(n) = serial + start + own + work / n

If it is contention (memory bandwidth, shared caches, the disk), it grows with the workers (Gunther's universal law):

    T(n) = serial + start + work · (1 + sigma · (n - 1)) / n

No block is shorter than one chunk. The wall time of two workers stands beside the prediction, as a check, which fails
where the machine is busy.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import machine, options, side_of

CORES = (1, 2, 4, 8, 16, 32, 64)
STEPS = ("start", "count", "make")


def run_side(schema: str, scale: float, workers: int) -> dict[str, float]:
    """Return seconds of processor time of each step of a run, of wall time of the whole, and the number of chunks."""
    begun = time.perf_counter()
    os.environ["POLARS_MAX_THREADS"] = "1"
    from fanwise.generator.engine.executor import chunks
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan
    from fanwise.generator.run import filling
    from fanwise.generator.run.options import RunOptions
    from fanwise.generator.run.run import write
    from fanwise.generator.workers import write as writing
    from fanwise.generator.workers.pool import Pool

    found: dict[str, float] = {}
    pools: list[Any] = []

    def used() -> float:
        return sum(_processor(process.popen.pid) for pool in pools for process in pool._processes)

    def watched(step: str, done: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            before = used()
            result = done(*given, **named)
            found[step] = used() - before
            return result

        return call

    def entered(pool: Any) -> Any:
        pools.append(pool)
        enter(pool)
        while any(not process.ready for process in pool._processes):  # only the first task waits for it otherwise
            pool.run([])
            for process, _ in pool._messages():
                process.ready = True
        found["start"] = used() / workers
        return pool

    enter = Pool.__enter__
    Pool.__enter__ = entered  # type: ignore[method-assign]
    writing.counted = watched("count", writing.counted)
    writing._Dispatcher.deal = watched("make", writing._Dispatcher.deal)  # type: ignore[method-assign]
    filling.processes_for = lambda *_: max(2, workers) if workers > 1 else 2  # the road of workers, for one as well
    wanted = writing.write_on_workers
    writing.write_on_workers = lambda *given, **named: wanted(*given, **{**named, "workers": workers})  # type: ignore
    plan = compile_plan(load(schema), scale=scale)
    folder = Path(tempfile.mkdtemp())
    write(plan, RunOptions(out=folder / "out", workers=2))
    shutil.rmtree(folder)
    found |= {"serial": time.process_time(), "wall": time.perf_counter() - begun, "chunks": len(list(chunks(plan)))}
    return found


def _processor(pid: int) -> float:
    """Return the seconds of processor time of a process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def predicted(one: dict[str, float], two: dict[str, float], workers: int) -> tuple[float, float]:
    """Return the seconds of a run on so many workers, each with a core of its own: by constants and by contention."""
    work, more = one["count"] + one["make"], max(0.0, two["count"] + two["make"] - one["count"] - one["make"])
    share, serial = max(1 / workers, 1 / one["chunks"]), one["serial"] + one["start"]
    return serial + more + (work - more) * share, serial + (work + more * (workers - 1)) * share


def main() -> None:
    """Measure one and two workers, and print what the model says of more."""
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        print(json.dumps(run_side(chosen.schema, chosen.scale, chosen.side)))
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users have compiled modules
    common = ["--schema", chosen.schema, "--scale", f"{chosen.scale:g}"]
    least: dict[int, dict[str, float]] = {1: {}, 2: {}}
    for _ in range(chosen.repeat):
        for workers, found in least.items():
            for step, seconds in side_of(__file__, "--side", str(workers), *common).items():
                found[step] = min(found.get(step, math.inf), seconds)
    one, two = least[1], least[2]
    print(f"{chosen.schema} --scale {chosen.scale:g}; {machine()}; the least of {chosen.repeat}")
    for workers, found in least.items():
        steps = ", ".join(f"{step} {found[step]:.2f}" for step in ("serial", *STEPS))
        print(f"{workers} workers: {steps} s of processor time; {found['wall']:.2f} s of wall time")
    print(f"{'cores':>6}{'seconds, own':>16}{'speed-up':>10}{'contention':>16}{'speed-up':>10}   (predicted)")
    alone = predicted(one, two, 1)
    for cores in CORES:
        fixed, shared = predicted(one, two, cores)
        print(f"{cores:6}{fixed:16.2f}{alone[0] / fixed:10.2f}{shared:16.2f}{alone[1] / shared:10.2f}")


if __name__ == "__main__":
    main()
