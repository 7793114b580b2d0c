"""What it costs that rows know their siblings: order, previous, running and arrivals, each against plain columns.

    python benchmarks/siblings.py [--rows 10000000] [--repeat 3] [--record]

Goals, in processor time: `order`, `running` and `previous` at most 1.25 times the same columns without them; `arrivals`
at most 1.5 times a Poisson fanout with uniform times of as many rows. A script by hand makes the same rows in Polars.
The peer plotsim is installed into an environment of its own (`--no-peer` leaves it out). It makes two of the examples
that it comes with, and the faster one counts, in rows per second.

Every side is a process of its own, on one thread, in turn; rows are made and dropped. A neighbour on the machine slows
all sides, so the figure is the best of the runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from measuring import machine, options, record, side_of

EACH = 20  # rows below one parent, on average

ACCOUNTS = """
fanwise: 1
name: siblings
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  account:
    rows: 1000
    key: id
    columns:
      id: {sequence: {}}
      opened_at: {timestamp: {between: [2023-01-01, window.start]}}
      opening: {normal: {mean: 900, sd: 400}, type: "decimal(12,2)"}
"""
POISSON = "fanout: {poisson: {mean: 20}}"
PLAIN = {
    "at": "{timestamp: {between: [account.opened_at, window.end]}}",
    "balance": "{rowsum: [amount, account.opening], type: 'decimal(14,2)'}",
    "before": "{expr: amount, type: 'decimal(14,2)'}",
}
KNOWING = {
    "at": "{timestamp: {between: [account.opened_at, window.end], order: ascending}}",
    "balance": "{running: {sum: amount, start: account.opening}, type: 'decimal(14,2)'}",
    "before": "{previous: {column: balance, else: account.opening}, type: 'decimal(14,2)'}",
}


def posting(columns: Mapping[str, str]) -> str:
    """Return a schema of accounts and their postings, with these columns beside an amount."""
    more = "".join(f"      {name}: {column}\n" for name, column in columns.items())
    amount = '{normal: {mean: -5, sd: 200}, type: "decimal(12,2)"}'
    table = (
        f"  posting:\n    parent: account\n    {POISSON}\n    key: [id, n]\n    columns:\n      id: {{parent: id}}\n"
    )
    return f"{ACCOUNTS}{table}      n: {{ordinal: {{}}}}\n      amount: {amount}\n{more}"


def visits(fanout: str, column: str) -> str:
    """Return a schema of accounts and their visits."""
    columns = f"{{id: {{parent: id}}, n: {{ordinal: {{}}}}, at: {column}}}"
    return f"{ACCOUNTS}  visit:\n    parent: account\n    {fanout}\n    key: [id, n]\n    columns: {columns}\n"


# A year of 366 days has 20 arrivals with gaps of 18.3 days.
ARRIVALS = "fanout: {arrivals: {from: window.start, until: window.end, gap: {exponential: {mean: 18.3d}}}}"
SCHEMAS = {
    "plain columns": posting(PLAIN),
    "order": posting({**PLAIN, "at": KNOWING["at"]}),
    "running": posting({**PLAIN, "balance": KNOWING["balance"]}),
    "previous": posting({**PLAIN, "before": KNOWING["before"].replace("balance", "amount")}),
    "order, running and previous": posting(KNOWING),
    "Poisson fanout, uniform times": visits(POISSON, "{timestamp: {between: [window.start, window.end]}}"),
    "arrivals": visits(ARRIVALS, "{arrival: {}}"),
}
PAIRS = {
    "order": ("plain columns", 1.25),
    "running": ("plain columns", 1.25),
    "previous": ("plain columns", 1.25),
    "order, running and previous": ("plain columns", 1.25),
    "arrivals": ("Poisson fanout, uniform times", 1.5),
}


def by_fanwise(text: str, rows: int) -> Callable[[], int]:
    """Return what makes the rows of a schema and drops them, and returns how many there were below."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan
    from fanwise.io.process import keep_freed_memory

    keep_freed_memory()  # as `gen run` does
    plan = compile_plan(load(text), rows={"account": max(rows // EACH, 1)})
    below = next(name for name in plan.tables if name != "account")
    for _ in generate(compile_plan(load(text)), threads=1):
        pass
    return lambda: sum(part[below].height for part in generate(plan, threads=1) if below in part)


def by_hand(rows: int) -> int:
    """Make postings in time order with their balances in Polars, as one would write it, and return how many."""
    rng = np.random.default_rng(1)
    start, end = (np.datetime64(day, "us").astype(np.int64) for day in ("2024-01-01", "2025-01-01"))
    count = rows // EACH
    accounts = pl.DataFrame(
        {
            "id": np.arange(count),
            "opened": rng.integers(start - 365 * 86_400_000_000, start, count),
            "n": rng.poisson(EACH, count),
        }
    ).with_columns(opening=pl.Series(rng.normal(900, 400, count)).round(2).cast(pl.Decimal(14, 2)))
    found = accounts.select(pl.col("id", "opened", "opening").repeat_by("n").explode().drop_nulls())
    size = found.height
    found = found.with_columns(
        at=(pl.col("opened") + pl.Series(rng.random(size)) * (int(end) - pl.col("opened"))).cast(pl.Datetime("us")),
        amount=pl.Series(rng.normal(-5, 200, size)).round(2).cast(pl.Decimal(14, 2)),
    ).sort("id", "at")
    found = found.with_columns(
        n=pl.int_range(pl.len()).over("id") + 1,
        balance=pl.col("opening") + pl.col("amount").cum_sum().over("id"),
    )
    return found.with_columns(before=pl.col("balance").shift(1).over("id").fill_null(pl.col("opening"))).height


PEER = "plotsim==0.7.0"
PEER_SIDE = """
import json, time, warnings
warnings.simplefilter("ignore")
from plotsim import generate_tables, load_template
found = []
for name in ("saas", "retail"):
    config = load_template(name)
    begun = time.process_time()
    rows = sum(map(len, generate_tables(config).values()))
    found.append({"rows": rows, "processor": time.process_time() - begun})
print(json.dumps(min(found, key=lambda each: each["processor"] / each["rows"])))
"""


def installed(folder: Path) -> Path:
    """Return the Python of a new environment that has the peer."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", PEER], check=True)
    return folder / "bin" / "python"


def by_peer(python: Path) -> dict[str, float]:
    """Return the rows that the peer makes, and its seconds of processor time."""
    done = subprocess.run([python, "-c", PEER_SIDE], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def side(name: str, rows: int) -> dict[str, float]:
    """Return the rows that one side makes, and its seconds of processor time."""
    if name == "by hand in Polars":
        by_hand(EACH * 10)
        work: Callable[[], int] = partial(by_hand, rows)
    else:
        work = by_fanwise(SCHEMAS[name], rows)
    begun = time.process_time()
    made = work()
    return {"rows": made, "processor": time.process_time() - begun}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="child rows of each side")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--no-peer", action="store_true", help="do not install and measure plotsim")
    given: Any = parser.parse_args()
    if given.side:
        print(json.dumps(side(given.side, given.rows)))
        return
    names = [*SCHEMAS, "by hand in Polars", *([] if given.no_peer else ["plotsim"])]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        python = Path() if given.no_peer else installed(Path(folder) / "peer")
        for _ in range(given.repeat):
            for name in names:
                own = ("--rows", str(given.rows), "--side", name)
                found[name].append(by_peer(python) if name == "plotsim" else side_of(__file__, *own))
    best = {name: min(each["processor"] / each["rows"] for each in runs) for name, runs in found.items()}
    print(f"{machine()}; {given.rows:,} rows, best of {given.repeat}, processor time of one thread")
    for name in names:
        against, goal = PAIRS.get(name, ("", 0.0))
        more = f"  {best[name] / best[against]:.2f} × {against} (goal {goal})" if against else ""
        print(f"{name:32}{1e-6 / best[name]:8.2f} M rows/s{more}")
    record("siblings", list(rows_of(best, given.rows)), wanted=given.record)


def rows_of(best: Mapping[str, float], size: int) -> Iterator[dict[str, str]]:
    """Yield the rows of the README's table; `best`: the seconds of processor time of a row, by side."""
    names = {"order, running and previous": "`order`, `running` and `previous`", "arrivals": "a fanout `arrivals`"}
    for name, what in names.items():
        against, goal = PAIRS[name]
        ratio, note = f"{best[name] / best[against]:.2f}", f"{size / 1e6:g}M rows, CPU time of one thread"
        other = against.replace("Poisson fanout,", "a Poisson fanout with")
        yield {"what": f"{what}, relative to {other}", "measured": ratio, "goal": f"≤ {goal}", "note": note}
    for name, side in (("by hand in Polars", "a hand-written Polars script"), ("plotsim", "plotsim")):
        if name in best:
            ours = best["order, running and previous"]
            what = f"postings in time order with balances: rows per second of CPU time, relative to {side}"
            note = f"{1 / best[name]:,.0f} rows/s; ours {1 / ours:,.0f} rows/s"
            note += "; the peer makes an example of its own" if name == "plotsim" else ""
            ratio = f"{best[name] / ours:,.0f}" if best[name] > 9 * ours else f"{best[name] / ours:.2f}"
            yield {"what": what, "measured": ratio, "goal": "", "note": note}


if __name__ == "__main__":
    main()
