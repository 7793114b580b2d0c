"""What the benchmark scripts share: the cost of a process, medians, and the record of a result.

Each script runs both sides of its comparison in turn, in one go, and prints the ratio. With `--record` it also leaves
`benchmarks/results/NAME.json`; `benchmarks/readme.py` makes the README's table from these files.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
GEN = (sys.executable, "-c", "import sys; from fanwise.generator.cli import main; sys.exit(main())")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost: seconds of wall and of processor time (children included), peak memory in MB."""

    wall: float
    processor: float
    peak: float


def cost_of(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, accepted: Sequence[int] = (0,)
) -> Cost:
    """Return what a process and the children it waited for cost; its words are shown only where it fails.

    accepted: exit codes that are no failure.
    """
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if process.returncode not in accepted:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode(errors='replace')}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def side_of(script: str, *arguments: str) -> dict[str, float]:
    """Return the figures that a script prints as JSON in its last line, run as a process of its own."""
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the medians of times and the highest peak."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
        max(cost.peak for cost in costs),
    )


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def comparison(title: str, sides: Mapping[str, Cost], *, rows: int, sizes: Mapping[str, int] | None = None) -> str:
    """Return the sides as an aligned table, with the ratios of all to the first."""
    lines = [f"{title}: {rows:,} rows; {machine()}"]
    heads = (("wall s", 9), ("processor s", 13), ("M rows/s", 10), ("peak MB", 9), ("MB written", 12), ("wall ×", 8))
    lines.append(" " * 26 + "".join(f"{head:>{width}}" for head, width in heads))
    base = next(iter(sides.values()))
    for name, cost in sides.items():
        size = f"{sizes[name] / 1e6:12,.0f}" if sizes and name in sizes else f"{'':12}"
        speed = rows / cost.wall / 1e6
        lines.append(
            f"{name:26}{cost.wall:9.2f}{cost.processor:13.2f}{speed:10.3f}{cost.peak:9,.0f}{size}"
            f"{cost.wall / base.wall:8.2f}"
        )
    return "\n".join(lines)


def machine() -> str:
    """Return the processors and the architecture of this machine, as far as they matter to a figure."""
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"


def record(name: str, rows: Sequence[Mapping[str, str]], *, wanted: bool) -> None:
    """Leave the rows of the README's table (what, measured, goal, note) that this script has measured."""
    if not wanted:
        return
    RESULTS.mkdir(exist_ok=True)
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()
    text = json.dumps({"date": day, "machine": machine(), "rows": list(rows)}, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def options(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every script has."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each side; medians are told")
    parser.add_argument("--record", action="store_true", help="leave the result for the README")
    return parser
