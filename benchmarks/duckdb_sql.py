"""The e-commerce data set by `gen run --no-audit` and by hand-written DuckDB SQL, to Parquet.

    python benchmarks/duckdb_sql.py [--scale 200] [--repeat 3] [--record]

Both sides are processes of their own that use all processors. The SQL (duckdb_sql.sql) draws the same columns from the
same distributions with random(). Goal: its wall time is at least 1.5 times ours.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from string import Template

import numpy as np
from measuring import GEN, Cost, comparison, cost_of, middle, options, record, size_of

BUCKETS = 65_536


def write_by_sql(customers: int, folder: str) -> None:
    """Write the four tables with DuckDB; what SQL has no function for is tabulated first."""
    import duckdb
    import polars as pl
    from scipy.special import pdtrik

    points = (np.arange(BUCKETS) + 0.5) / BUCKETS

    def poisson(mean: float) -> np.ndarray:
        return np.maximum(np.ceil(pdtrik(points, mean)), 0).astype(np.int64)

    bucket = np.arange(BUCKETS)
    means = {"VIP": 23 * 1.4, "Standard": 23.0, "Casual": 23 * 0.8}
    orders = [pl.DataFrame({"customer_segment": s, "bucket": bucket, "n": poisson(m)}) for s, m in means.items()]
    before, weight = intensity()
    width = (before[-1] + weight[-1]) / BUCKETS
    ends = np.append(before, before[-1] + weight[-1])
    edges = np.interp(np.arange(BUCKETS + 1) * width, ends, np.arange(len(ends))) * 3600  # seconds of the year
    ranks = np.cumsum(np.arange(1, 501) ** -1.1)
    tables = {
        "orders_each": pl.concat(orders),
        "items_each": pl.DataFrame({"bucket": bucket, "n": np.maximum(poisson(2.487), 1)}),
        "quantities": pl.DataFrame({"bucket": bucket, "quantity": np.clip(poisson(1.4), 1, 10)}),
        "popular": pl.DataFrame({"bucket": bucket, "n": np.searchsorted(ranks / ranks[-1], points) + 1}),
        "intensity": pl.DataFrame({"hour": np.arange(len(weight)), "before": before, "weight": weight}),
        "instant": pl.DataFrame({"bucket": bucket, "start": edges[:-1], "length": np.diff(edges)}),
    }
    sigma = np.sqrt(np.log1p((58 / 72) ** 2))
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register("frame", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
    given = {"customers": customers, "folder": folder, "width": width, "mu": np.log(72) - sigma**2 / 2, "sigma": sigma}
    connection.execute(Template((Path(__file__).with_suffix(".sql")).read_text(encoding="utf-8")).substitute(given))


def intensity() -> tuple[np.ndarray, np.ndarray]:
    """Return the intensity before and during each hour of 2024: the curve `retail` of the schema."""
    import polars as pl

    hours = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2025, 1, 1), "1h", closed="left", eager=True).dt
    month, weekday, hour, day = hours.month(), hours.weekday(), hours.hour(), hours.ordinal_day()
    weight = np.where(month == 11, 1.6, np.where(month == 12, 1.9, 1.0)) * np.where(weekday == 6, 1.3, 1.0)
    weight *= np.where(hour == 20, 2.0, 1.0) * 1.08 ** (np.arange(len(weight)) / 8766)
    weight *= np.where((month == 11) & (day == 334), 3.0, 1.0)  # 29 November
    return np.cumsum(weight) - weight, weight


def rows_of(folder: Path) -> int:
    """Return the rows of all Parquet files below a folder."""
    import polars as pl

    return sum(pl.scan_parquet(file).select(pl.len()).collect().item() for file in folder.rglob("*.parquet"))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--scale", type=int, default=200)
    parser.add_argument("--sql", metavar="FOLDER", help="be the other side: write into this folder")
    given = parser.parse_args()
    if given.sql:
        write_by_sql(1000 * given.scale, given.sql)
        return
    ours: list[Cost] = []
    theirs: list[Cost] = []
    sizes: dict[str, int] = {}
    counted: dict[str, int] = {}
    for _ in range(given.repeat):
        with tempfile.TemporaryDirectory() as folder:
            here, there = Path(folder) / "ours", Path(folder) / "sql"
            there.mkdir()
            scale = ("--scale", str(given.scale))
            ours.append(cost_of([*GEN, "run", "ecommerce", "--no-audit", "--quiet", "--out", str(here), *scale]))
            theirs.append(cost_of([sys.executable, __file__, *scale, "--sql", str(there)]))
            for name, place in (("gen run --no-audit", here), ("DuckDB SQL by hand", there)):
                sizes[name], counted[name] = size_of(place), rows_of(place)
    sides = {"gen run --no-audit": middle(ours), "DuckDB SQL by hand": middle(theirs)}
    rows = counted["gen run --no-audit"]
    print(comparison("ecommerce to Parquet", sides, rows=rows, sizes=sizes))
    print(f"rows of the other side: {counted['DuckDB SQL by hand']:,}")
    ratio = sides["DuckDB SQL by hand"].wall / sides["gen run --no-audit"].wall
    note = f"{rows / 1e6:.1f}M rows; ours {sides['gen run --no-audit'].wall:.1f} s"
    what = "time of hand-written DuckDB SQL for the same rows, relative to ours"
    found = {"what": what, "measured": f"{ratio:.2f}", "goal": "≥ 1.5", "note": note}
    record("duckdb_sql", [found], wanted=given.record)


if __name__ == "__main__":
    main()
