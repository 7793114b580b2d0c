"""What the processor time of a run goes into: each part of the work done alone, and the whole run beside them.

    python benchmarks/shares.py [--schema ecommerce] [--scale 200] [--compression zstd] [--repeat 3]

Start-up is a whole `gen run` of hardly any rows. The other parts are done by one process, one after the other: making
the frames on one thread, then, chunk by chunk, writing them with Polars, their content hash, and SHA-256 with fsync of
the files. What the run takes beyond their sum is the price of doing all at once: threads that wait for one another and
caches that they share.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import GEN, cost_of, machine, options, side_of

PARTS = ("generating", "writing", "content hash", "SHA-256, fsync")


@contextmanager
def clocked(spent: dict[str, float], part: str) -> Iterator[None]:
    """Add the processor time of a block to its part."""
    begun = time.process_time()
    yield
    spent[part] += time.process_time() - begun


def alone(schema: str, scale: float, compression: str) -> dict[str, float]:
    """Return the seconds of processor time of each part, and the cells of all frames."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.output.content_hash import ContentHash
    from fanwise.generator.output.formats import sink
    from fanwise.generator.plan import compile_plan
    from fanwise.io.process import keep_freed_memory

    keep_freed_memory()
    plan, files = compile_plan(load(schema), scale=scale), sink("parquet", compression)
    for _ in generate(compile_plan(load(schema), scale=min(scale, 1)), threads=1):
        pass  # text pools and tables of distributions are there
    spent = dict.fromkeys(PARTS, 0.0)
    with clocked(spent, "generating"):
        held = list(generate(plan, threads=1))
    cells = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, frames in enumerate(held):
            for table, frame in frames.items():
                cells += frame.height * frame.width
                path = Path(folder) / f"{table}-{number}.parquet"
                with clocked(spent, "writing"):
                    files.write(frame, path)
                with clocked(spent, "content hash"):
                    ContentHash().update(frame)
                with clocked(spent, "SHA-256, fsync"), path.open("r+b") as file:
                    os.fsync(file.fileno())
                    hashlib.file_digest(file, "sha256")
                path.unlink()
    return {**spent, "cells": float(cells)}


def run_of(schema: str, scale: float, compression: str) -> float:
    """Return the processor time of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        out = ["--out", str(Path(folder) / "out"), "--compression", compression]
        return cost_of([*GEN, "run", schema, "--no-audit", "--quiet", "--scale", str(scale), *out]).processor


def told(found: list[dict[str, float]]) -> str:
    """Return the parts as a table; figures are medians."""
    middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
    cells, whole = middle.pop("cells"), middle.pop("run")
    lines = [f"{cells:,.0f} cells; {machine()}", f"{'':20}{'processor s':>12}{'share':>8}{'ns a cell':>11}"]
    rows = {**middle, "at once": whole - sum(middle.values()), "run": whole}
    for name, seconds in rows.items():
        lines.append(f"{name:20}{seconds:12.2f}{seconds / whole:8.0%}{seconds / cells * 1e9:11.1f}")
    return "\n".join(lines)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--compression", default="zstd")
    parser.add_argument("--side", action="store_true", help="measure the parts, in a process of its own")
    given: Any = parser.parse_args()
    if given.side:
        print(json.dumps(alone(given.schema, given.scale, given.compression)))
        return
    found = []
    for _ in range(given.repeat):
        common = ["--schema", given.schema, "--scale", str(given.scale), "--compression", given.compression, "--side"]
        parts = side_of(__file__, *common)
        start = run_of(given.schema, 0.001, given.compression)
        found.append({"start-up": start, **parts, "run": run_of(given.schema, given.scale, given.compression)})
    print(told(found))


if __name__ == "__main__":
    main()
