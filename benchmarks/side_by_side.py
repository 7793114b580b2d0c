"""Today's build and the one of 2026-11-22 with the same work, in turn, in one go on one machine.

    python benchmarks/side_by_side.py [--scale 200] [--repeat 5] [--only run small] [--old GEN] [--record]

The older build (commit 31d8772 of this repository) is installed into an environment of its own, with the versions of
all libraries that this environment has; --old names its `gen` where it is installed already. Each side is a process of
its own. All of it takes about 15 minutes on two free processors, and 2 GB of disk. The works:

- run: `gen run ecommerce --no-audit` at --scale by both builds, by one thread and by two workers; with audit; and
  `gen audit` of its files;
- small: `gen run ecommerce` with audit and report, `gen check`, and `gen check` of another seed: processor time;
- memory: two workers at 10M and 100M rows, the proportional set size of all processes together;
- tpch: scale 1, and tpchgen-cli; databases: PostgreSQL and `psql \\copy`;
- discovery: `gen discover` of 93,565 customers by both builds; init: `gen init --from` the same source.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

from measuring import GEN, Cost, comparison, cost_of, middle, options, record

ROOT = Path(__file__).parent.parent
COMMIT = "31d8772"
DAY = "2026-11-22"
NOW = list(GEN)
Lines = list[dict[str, str]]


def installed(folder: Path) -> list[str]:
    """Return the command `gen` of the older build, installed below `folder`."""
    source, place = folder / "source", folder / "environment"
    source.mkdir()
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", COMMIT], check=True, capture_output=True)
    subprocess.run(["tar", "x", "-C", str(source)], input=archive.stdout, check=True)
    same = folder / "constraints.txt"
    found = {each.name: each.version for each in distributions() if each.name.lower() != "fanwise"}
    same.write_text("\n".join(f"{name}=={version}" for name, version in sorted(found.items())))
    venv.create(place, with_pip=True)
    python = next(iter((*place.glob("bin/python"), *place.glob("Scripts/python.exe"))))
    wanted = [f"{source}[sql,discover]", "--quiet", "--constraint", str(same)]
    subprocess.run([str(python), "-m", "pip", "install", *wanted], check=True)
    return [str(python.with_name("gen"))]


def in_turn(sides: Mapping[str, Sequence[str]], repeat: int, out: Path) -> dict[str, Cost]:
    """Return the medians of commands that write to `out`, which a command that starts with `gen audit` reads."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(repeat):
        for name, command in sides.items():
            if "audit" not in command:
                shutil.rmtree(out, ignore_errors=True)
            costs[name].append(cost_of(command))
    return {name: middle(each) for name, each in costs.items()}


def line(what: str, value: float, goal: str, note: str, form: str = ".2f") -> dict[str, str]:
    """Return a row of the README's table."""
    print(f"{what}: {value:{form}} ({goal}; {note})")
    return {"what": what, "measured": f"{value:{form}}", "goal": goal, "note": note}


class Work:
    """What all works share: the older `gen`, the scale, the number of repeats, and a folder."""

    def __init__(self, old: Sequence[str], scale: float, repeat: int, folder: Path) -> None:
        self.old, self.scale, self.repeat, self.folder = list(old), scale, repeat, folder
        self.out = folder / "out"

    def run(self) -> Lines:
        """Return the rows about large runs."""
        to = ["run", "ecommerce", "--scale", f"{self.scale:g}", "--quiet", "--out", str(self.out)]
        sides = {
            f"build of {DAY}": [*self.old, *to, "--no-audit"],
            "this build": [*NOW, *to, "--no-audit"],
            "1 thread": [*NOW, *to, "--no-audit", "--threads", "1", "--workers", "1"],
            "2 workers": [*NOW, *to, "--no-audit", "--workers", "2"],
            "with audit": [*NOW, *to],
            "gen audit": [*NOW, "audit", str(self.out), "--schema", "ecommerce", "--quiet"],
        }
        found = in_turn(sides, self.repeat, self.out)
        rows = round(82_711 * self.scale)
        print(comparison(f"ecommerce --scale {self.scale:g}", found, rows=rows))
        old, now, one, two, audited, audit = found.values()
        best = min(now.wall, two.wall)
        size = f"{rows / 1e6:.1f}M rows"
        return [
            line(
                f"time of `gen run`, relative to the build of {DAY}", best / old.wall, "≤ 0.65", f"{size}; {best:.1f} s"
            ),
            line("speed-up by 2 workers over 1 thread", one.wall / two.wall, "≥ 1.85", size),
            line("time of a run with audit, relative to one without", audited.wall / best, "≤ 1.4", size),
            line("wall time of `gen audit`, relative to making the same files", audit.wall / best, "≤ 0.5", size),
        ]

    def small(self) -> Lines:
        """Return the rows about processor time where start-up decides."""
        to = ["run", "ecommerce", "--quiet", "--out", str(self.out)]
        sides = {
            f"run, {DAY}": [*self.old, *to],
            "run": [*NOW, *to],
            f"check, {DAY}": [*self.old, "check", "ecommerce"],
            "check": [*NOW, "check", "ecommerce"],
        }
        cost_of(sides["check"])  # compiles modules and fills the cache, as any earlier command has
        found = in_turn(sides, 3 * self.repeat, self.out)
        seed = time.time_ns()  # of which no forecast was kept
        anew = [[*sides["check"], "--seed", str(seed + turn)] for turn in range(3 * self.repeat)]
        found["check anew"] = middle([cost_of(command) for command in anew])
        print(comparison("ecommerce", found, rows=82_711))
        old, now, before, check, new = (cost.processor for cost in found.values())
        note = "{:.2f} s against {:.2f} s"
        what = "CPU time of `gen check`"
        return [
            line(f"CPU time of a small run with audit, relative to {DAY}", now / old, "≤ 0.5", note.format(now, old)),
            line(f"{what}, relative to {DAY}", new / before, "≤ 0.5", note.format(new, before)),
            line(
                f"{what} of a schema checked before, relative to {DAY}",
                check / before, "≤ 0.5", note.format(check, before),
            ),
        ]  # fmt: skip

    def memory(self) -> Lines:
        """Return the rows about the memory of two workers together."""
        peaks = []
        for scale in (120, 1200):
            shutil.rmtree(self.out, ignore_errors=True)
            to = ["run", "ecommerce", "--scale", str(scale), "--no-audit", "--quiet", "--workers", "2"]
            peaks.append(together([*NOW, *to, "--out", str(self.out)]))
        small, large = peaks
        what = "memory of 2 workers together for 99M rows"
        ratio = line(f"{what}, relative to 10M rows", large / small, "≤ 1.1", f"{small:,.0f} MB for 10M rows")
        return [line(f"{what}, MB", large, "≤ 900 MB", "proportional set size", ",.0f"), ratio]

    def tpch(self) -> Lines:
        """Return the row of TPC-H."""
        import tpch

        costs, _, _ = tpch.measured(1.0, self.repeat)
        ours, theirs = costs[tpch.OURS], costs[tpch.THEIRS]
        note = f"scale 1; {ours.wall:.1f} s"
        return [line("time of `gen run tpch`, relative to tpchgen-cli", ours.wall / theirs.wall, "≤ 0.75", note)]

    def databases(self) -> Lines:
        """Return the rows of PostgreSQL."""
        import databases

        found = databases.sides_of("postgresql", "ecommerce", self.scale / 10, self.repeat, self.folder / "delivered")
        ours, *others = found.items()
        note = "with keys, foreign keys and indexes"
        return [
            line(f"rows per second of PostgreSQL, relative to {name}", cost.wall / ours[1].wall, "≥ 1.0", note)
            for name, cost in others
        ]

    def discovery(self) -> Lines:
        """Return the row of discovery."""
        source, model = self.orders(), str(self.folder / "model.json")
        to = ["discover", str(source), "-o", model, "--force", "--quiet"]
        found = in_turn({f"build of {DAY}": [*self.old, *to], "this build": [*NOW, *to]}, self.repeat, self.out)
        print(comparison("customers, gen discover", found, rows=93_565))
        old, now = found.values()
        note = f"93,565 customers; {now.wall:.1f} s against {old.wall:.1f} s"
        return [line(f"time of discovery, relative to {DAY}", now.wall / old.wall, "≤ 0.5", note)]

    def init(self) -> Lines:
        """Return the row of a schema out of the tables that `init.py` reads."""
        import init

        target, kept = self.folder / "schema.yaml", self.folder / "kept"
        target.unlink(missing_ok=True)
        for table in init.TABLES:
            found = next(self.orders().glob(f"{table}.parquet"), self.orders() / table)
            (shutil.copytree if found.is_dir() else shutil.copy)(found, _made(kept) / found.name)
        cost = cost_of([*NOW, "init", "--from", str(kept), "--by", "customer.worth", "-o", str(target)])
        return [
            line("seconds of `gen init --from` that source", cost.wall, "≤ 20 s, 1 GB", f"{cost.peak:,.0f} MB", ".1f")
        ]

    def orders(self) -> Path:
        """Return the folder of customers and their orders, made once."""
        folder = self.folder / "orders"
        if not folder.exists():
            schema = str(Path(__file__).with_name("orders.yaml"))
            rows = ["--rows", "customer=93565", "--no-audit", "--quiet", "--out", str(folder)]
            cost_of([*NOW, "run", schema, *rows])
        return folder


def _require(works: Collection[str]) -> None:
    """End with what is missing, before anything is measured."""
    import tpch

    if "tpch" in works and not tpch.PEER.exists():
        raise SystemExit(f"tpchgen-cli is not installed in {tpch.PEER.parent}: pip install tpchgen-cli")


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def together(command: Sequence[str]) -> float:
    """Return the highest proportional set size of a process and all below it, in MB, read five times a second."""
    process, peak = subprocess.Popen(command, stdout=subprocess.DEVNULL), 0.0
    while process.poll() is None:
        peak = max(peak, sum(_memory(pid) for pid in _tree(process.pid)) / 1e6)
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return peak


def _tree(root: int) -> list[int]:
    """Return a process and all below it (Linux)."""
    found = [root]
    for pid in found:
        with suppress(OSError):
            tasks = Path(f"/proc/{pid}/task").iterdir()
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return found


def _memory(pid: int) -> float:
    """Return the proportional set size of a process in bytes; 0 once it has ended."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * sum(float(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0.0


WORKS: dict[str, Callable[[Work], Lines]] = {
    "run": Work.run, "small": Work.small, "memory": Work.memory, "tpch": Work.tpch, "databases": Work.databases,
    "discovery": Work.discovery, "init": Work.init,
}  # fmt: skip


def main() -> None:
    """Install the older build, measure, print, and leave the result where that is wanted."""
    parser = options(__doc__)
    parser.set_defaults(repeat=5)
    parser.add_argument("--scale", type=float, default=200)
    parser.add_argument("--only", nargs="+", choices=list(WORKS), help="leave out the other works")
    parser.add_argument("--old", help="the `gen` of the older build, where it is installed already")
    chosen = parser.parse_args()
    if chosen.record and chosen.only:
        parser.error("--record needs all works: remove --only")
    _require(chosen.only or WORKS)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users have compiled modules
    lines: Lines = []
    with tempfile.TemporaryDirectory() as folder:
        old = [chosen.old] if chosen.old else installed(Path(folder))
        work = Work(old, chosen.scale, chosen.repeat, Path(folder))
        for name in chosen.only or WORKS:
            lines += WORKS[name](work)
    record("side_by_side", lines, wanted=chosen.record)


if __name__ == "__main__":
    main()
