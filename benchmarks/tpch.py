"""All eight tables of TPC-H by `gen run tpch --no-audit` and by tpchgen-cli (Rust), to Parquet with snappy.

    python benchmarks/tpch.py [--scale 1] [--repeat 3] [--record]

Both sides are whole processes that use all processors, in turn; ours hashes and fsyncs its files as in any run. Tables,
types, numbers of rows and lengths of texts are the standard's on both sides, but not the texts: its comments
are pieces of 300 MB of grammar, nearly all different, ours come from a pool of 16,384 a column. Equal texts are cheaper
to write and compress better: compare the bytes. Goal: our wall time is at most that of tpchgen-cli.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import GEN, Cost, comparison, cost_of, middle, options, record, size_of

OURS, THEIRS = "gen run tpch --no-audit", "tpchgen-cli parquet"
PEER = Path(sys.executable).with_name("tpchgen-cli")


def rows_by_table(folder: Path) -> dict[str, int]:
    """Return the rows of each table below a folder: a file TABLE.parquet, or a folder TABLE of parts."""
    import polars as pl

    found: dict[str, int] = {}
    for file in sorted(folder.rglob("*.parquet")):
        table = file.stem if file.parent == folder else file.parent.name
        found[table] = found.get(table, 0) + pl.scan_parquet(file).select(pl.len()).collect().item()
    return found


def measured(scale: float, repeat: int) -> tuple[dict[str, Cost], dict[str, int], dict[str, dict[str, int]]]:
    """Return costs (medians), bytes and rows of both sides."""
    costs: dict[str, list[Cost]] = {OURS: [], THEIRS: []}
    sizes: dict[str, int] = {}
    rows: dict[str, dict[str, int]] = {}
    for _ in range(repeat):
        for name in costs:
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                common = ["--compression", "snappy", "--scale", str(scale), "--out", str(out)]
                command = [*GEN, "run", "tpch", "--no-audit", "--quiet", *common]
                if name == THEIRS:
                    common = ["--compression", "SNAPPY", "--scale-factor", str(scale), "--output-dir", str(out)]
                    command = [str(PEER), "parquet", *common]
                costs[name].append(cost_of(command))
                sizes[name], rows[name] = size_of(out), rows_by_table(out)
    return {name: middle(found) for name, found in costs.items()}, sizes, rows


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="the scale factor of TPC-H")
    given = parser.parse_args()
    if not PEER.exists():
        raise SystemExit("tpchgen-cli is not installed: pip install tpchgen-cli")
    costs, sizes, rows = measured(given.scale, given.repeat)
    for table, count in rows[OURS].items():
        print(f"{table:10}{count:12,}{rows[THEIRS][table]:12,}")
    total = sum(rows[OURS].values())
    print(comparison(f"TPC-H at scale {given.scale:g}", costs, rows=total, sizes=sizes))
    ratio = costs[OURS].wall / costs[THEIRS].wall
    megabytes = f"{sizes[OURS] / 1e6:,.0f} MB against {sizes[THEIRS] / 1e6:,.0f} MB, because our texts repeat"
    note = f"scale {given.scale:g}, {total / 1e6:.2f}M rows; ours {costs[OURS].wall:.1f} s; {megabytes}"
    what = "time to write TPC-H's eight tables as Parquet, relative to tpchgen-cli (Rust)"
    record("tpch", [{"what": what, "measured": f"{ratio:.2f}", "goal": "≤ 1.0", "note": note}], wanted=given.record)


if __name__ == "__main__":
    main()
