"""Discovery at the size of the system that it replaces, in two stages, of everybody, and beside a pandas loop.

    python benchmarks/discovery.py [--customers 93565] [--loop 400] [--repeat 3] [--record]

Makes benchmarks/orders.yaml (93,565 customers, 1.22M orders, 2.6M lines) as Parquet and as CSV, then measures in turn:

- `gen discover` in two stages (a sample of 5,000 is clustered, everybody is assigned), as a process of its own from
  both formats: start-up, reading, features, all 13 axes, and the profile of all customers included;
- the same with `--full`, where everybody is clustered (in the system that was, 6.3 times as long);
- the features alone in a loop of pandas over single customers (customer_loop.py), on a sample of customers, and
  extrapolated to all: an estimate of hours that nobody would wait for;
- `gen assign`, as a process of its own; and its last stage alone, from features to the written file, on the same
  customers eleven times over, for 93,565 are less than one batch.

Goals: two stages in at most 20 s and 1 GB on 2 processors; at least 300,000 customers assigned a second. Wall times
depend on who else is at work on the machine, so processor time and load are told beside them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from customer_loop import seconds_per_customer
from measuring import GEN, Cost, comparison, cost_of, middle, options, record, size_of

SCHEMA = Path(__file__).parent / "orders.yaml"
TIMES = 11
STAGE = """
import sys, time
from pathlib import Path
from fanwise.segmenter.assignment.population import assign_to
from fanwise.segmenter.model.io import load_model
model, features, target = load_model(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3])
assign_to(target, model, features)
wall, processor = time.perf_counter(), time.process_time()
done = assign_to(target, model, features)
print(done.customers, len(done.axes), time.perf_counter() - wall, time.process_time() - processor)
"""


def made(folder: Path, customers: int) -> dict[str, Path]:
    """Return the folders of the data set in both formats."""
    found = {}
    for form in ("parquet", "csv"):
        found[form] = folder / form
        run = ["run", str(SCHEMA), "--out", str(found[form]), "--format", form, "--no-audit", "--quiet"]
        cost_of([*GEN, *run, "--rows", f"customer={customers}"])
    return found


def in_turn(sides: dict[str, Callable[[], Cost]], repeat: int) -> dict[str, Cost]:
    """Return the medians of all sides, run one after the other `repeat` times."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(repeat):
        for name, run in sides.items():
            costs[name].append(run())
    return {name: middle(each) for name, each in costs.items()}


def features_of(source: Path, target: Path, times: int) -> None:
    """Write the features of all customers of a source, `times` over, with ids of their own."""
    import polars as pl

    from fanwise.segmenter.features import build_features
    from fanwise.segmenter.ingest.source import open_source

    with open_source(source, folder=target.parent) as opened:
        once = pl.read_parquet(build_features(opened).path)
    copies = [once.with_columns(customer_id=pl.format("{}-{}", "customer_id", pl.lit(copy))) for copy in range(times)]
    pl.concat(copies).write_parquet(target, row_group_size=131_072)


def stage_speed(model: Path, features: Path, target: Path) -> tuple[int, int, float, float]:
    """Return customers, axes, and seconds of wall and processor time of assignment alone, in a process of its own."""
    command = [sys.executable, "-c", STAGE, str(model), str(features), str(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(said[0]), int(said[1]), float(said[2]), float(said[3])


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=93_565)
    parser.add_argument("--loop", type=int, default=400, help="customers of the pandas loop")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data, model, segments = made(place, given.customers), place / "model.json", place / "segments.parquet"
        found = ("-o", str(model), "--force", "--quiet")

        def discover(form: str, *more: str) -> Callable[[], Cost]:
            return lambda: cost_of([*GEN, "discover", str(data[form]), *found, *more])

        sides = in_turn(
            {
                "full, Parquet": discover("parquet", "--full"),
                "two stages, CSV": discover("csv"),
                "two stages, Parquet": discover("parquet"),
                "gen assign, Parquet": lambda: cost_of(
                    [*GEN, "assign", str(model), str(data["parquet"]), "-o", str(segments), "--force", "--quiet"]
                ),
            },
            given.repeat,
        )
        each = seconds_per_customer(data["parquet"], given.loop)
        features_of(data["parquet"], place / "features.parquet", TIMES)
        speeds = [stage_speed(model, place / "features.parquet", segments) for _ in range(given.repeat)]
        sizes = {form: size_of(folder) for form, folder in data.items()}
    report(given.customers, given.record, sides, each, min(speeds, key=lambda speed: speed[2]), sizes, load)


def report(
    customers: int,
    wanted: bool,
    sides: dict[str, Cost],
    each: float,
    speed: tuple[int, int, float, float],
    sizes: dict[str, int],
    load: float,
) -> None:
    """Print what was measured, and leave the rows of the README."""
    parquet, csv, full = sides["two stages, Parquet"], sides["two stages, CSV"], sides["full, Parquet"]
    ordered = {name: sides[name] for name in ("two stages, Parquet", "two stages, CSV", "full, Parquet")}
    print(comparison("customers", ordered | {"gen assign, Parquet": sides["gen assign, Parquet"]}, rows=customers))
    print(f"{sizes['parquet'] / 1e6:,.0f} MB of Parquet, {sizes['csv'] / 1e6:,.0f} MB of CSV; load {load:.1f} before")
    longer = full.wall / parquet.wall
    print(f"full / two stages: {longer:.2f} of wall, {full.processor / parquet.processor:.2f} of processor time")
    loop = each * customers
    print(f"pandas loop: {1 / each:,.0f} customers a second, so {loop:,.0f} s for the features of all (extrapolated)")
    assigned, axes, wall, processor = speed
    print(
        f"assignment alone, {assigned:,} customers on {axes} axes: {assigned / wall:,.0f} a second; "
        f"{processor:.2f} s of processor time"
    )
    rows = [
        {
            "what": f"discovery on {axes} axes, {customers:,} customers, 1.22M orders",
            "measured": f"{parquet.wall:.1f} s",
            "goal": "≤ 20 s",
            "note": f"{parquet.processor:.1f} s of CPU time, {parquet.peak:,.0f} MB; from CSV {csv.wall:.1f} s, "
            f"{csv.peak:,.0f} MB; clustering all customers takes {longer:.1f} × as long",
        },
        {
            "what": "speed of discovery, relative to a pandas loop over customers",
            "measured": f"{loop / parquet.processor:,.0f} ×",
            "goal": "–",
            "note": f"the loop: {1 / each:,.0f} customers/s (extrapolated), and it computes features only",
        },
        {
            "what": f"customers assigned per second, {axes} axes",
            "measured": f"{assigned / wall:,.0f}",
            "goal": "≥ 300,000",
            "note": f"from features to the file; all of `gen assign` takes {sides['gen assign, Parquet'].wall:.1f} s",
        },
    ]
    record("discovery", rows, wanted=wanted)


if __name__ == "__main__":
    main()
