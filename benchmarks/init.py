"""A schema out of 93,565 customers and about 1.22 million orders with their lines: `gen init --from`.

    python benchmarks/init.py [--rows 93565] [--repeat 3] [--record]

The source is made by `gen run benchmarks/orders.yaml`, and only its tables customer, order and product are read, as
Parquet. Beside it stands reading the same rows once and counting the different values of each column in DuckDB, which
no inference can do without. Goals: at most 20 s and 1 GB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import duckdb
from measuring import GEN, comparison, cost_of, middle, options, record

HERE = Path(__file__).parent
TABLES = ("customer", "order", "product")
COUNTING = "import duckdb, sys\nfor file in sys.argv[1:]: duckdb.sql(f\"SUMMARIZE SELECT * FROM '{file}'\").fetchall()"


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=93_565, help="customers")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, kept = Path(folder) / "data", Path(folder) / "kept"
        made = [*GEN, "run", str(HERE / "orders.yaml"), "--no-audit", "--quiet", "--out", str(data)]
        cost_of([*made, "--rows", f"customer={given.rows}"])
        kept.mkdir()
        files = []
        for name in TABLES:  # a file, or a folder of parts
            found = next(path for path in (data / f"{name}.parquet", data / name) if path.exists())
            found.rename(kept / found.name)
            files.append(str(kept / found.name / "*.parquet" if (kept / found.name).is_dir() else kept / found.name))
        rows = sum(duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0] for file in files)
        inferring, counting = [], []
        for at in range(given.repeat):
            out = Path(folder) / f"schema{at}.yaml"
            inferring.append(cost_of([*GEN, "init", "--from", str(kept), "--by", "customer.worth", "-o", str(out)]))
            counting.append(cost_of([sys.executable, "-c", COUNTING, *files]))
    cost = middle(inferring)
    print(comparison("a schema out of a source", {"gen init --from": cost, "SUMMARIZE": middle(counting)}, rows=rows))
    size = f"{rows:,} rows of {len(TABLES)} tables"
    note = f"processor {cost.processor:.1f} s, peak {cost.peak:,.0f} MB"
    record(
        "init",
        [{"what": f"`gen init --from`, {size}", "measured": f"{cost.wall:.1f} s", "goal": "≤ 20 s", "note": note}],
        wanted=given.record,
    )


if __name__ == "__main__":
    main()
