"""Memory of discovery on ten million customers and 130 million orders.

    python benchmarks/discovery_memory.py [--customers 10000000] [--folder DIR] [--record]

Makes customers and orders of benchmarks/orders.yaml (no lines, returns or tickets; 1.7 GB of Parquet) in a folder that
must have 15 GB to spare, and runs `gen discover` on them once, with the memory that it takes by default. Orders are
worked on in parts through files, so memory grows by what is kept per customer only: hashes, codes, one feature.
Goal: at most 2 GB.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from measuring import GEN, Cost, cost_of, options, record

SCHEMA = Path(__file__).parent / "orders.yaml"
ORDERS_PER_CUSTOMER = 13


def measured(folder: Path, customers: int) -> Cost:
    """Return what discovery costs on so many customers, made in a folder."""
    schema, data = folder / "many.yaml", folder / "data"
    text = SCHEMA.read_text(encoding="utf-8")
    schema.write_text(text[: text.index("\n  order_item:")] + "\n", encoding="utf-8")
    rows = f"customer={customers}"
    cost_of([*GEN, "run", str(schema), "--out", str(data), "--rows", rows, "--no-audit", "--quiet"])
    return cost_of([*GEN, "discover", str(data), "-o", str(folder / "model.json"), "--quiet"], {"TMPDIR": str(folder)})


def report(cost: Cost, customers: int, *, wanted: bool) -> None:
    """Print what was measured, and leave the row of the README."""
    orders = customers * ORDERS_PER_CUSTOMER
    size = f"{customers / 1e6:,.0f}M customers, {orders / 1e6:,.0f}M orders"
    print(f"{size}: {cost.peak:,.0f} MB, {cost.wall:,.0f} s, {cost.processor:,.0f} s of CPU time")
    row = {
        "what": f"peak memory of discovery on {size}",
        "measured": f"{cost.peak:,.0f} MB",
        "goal": "≤ 2 GB",
        "note": f"from Parquet; {cost.processor:,.0f} s of CPU time",
    }
    record("discovery_memory", [row], wanted=wanted)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where there is room; default: that of temporary files")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        report(measured(Path(folder), given.customers), given.customers, wanted=given.record)


if __name__ == "__main__":
    main()
