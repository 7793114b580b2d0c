"""A program of the fuzz test: audits damaged copies of a data set and prints what became of each, as JSON lines.

It is a process of its own, as DuckDB's documentation allows a crash on bad files: its end would then be seen.
"""

from __future__ import annotations

import json
import random
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from fanwise import validator

CONTRACT = {
    "contract": 1,
    "name": "fuzzed",
    "tables": {
        "customer": {"key": "customer_id", "columns": {"customer_id": "int64", "tier": "text"}},
        "order": {
            "key": "order_id",
            "parent": {"table": "customer", "columns": "customer_id"},
            "columns": {
                "order_id": "int64",
                "customer_id": "int64",
                "amount": {"type": "float64", "kind": "continuous", "decimals": 2},
                "paid": {"type": "bool", "nullable": True},
                "at": {"type": "timestamp", "nullable": True},
            },
        },
    },
    "axes": {"tier": {"table": "customer", "column": "tier", "share": {"VIP": 0.5, "Basic": 0.5}, "assign": "unknown"}},
    "effects": {
        "orders": {"kind": "fanout", "table": "order", "axis": "tier", "declared": {"VIP": 2, "Basic": 1}},
        "amount": {
            "kind": "value",
            "table": "order",
            "column": "amount",
            "axis": "tier",
            "declared": {"VIP": 2, "Basic": 1},
        },
    },
}


def frames() -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(5)
    vip = np.arange(60) % 2 == 0
    owner = np.repeat(np.arange(60), rng.poisson(np.where(vip, 8, 4)))
    amount = np.round(rng.lognormal(3, 0.5, owner.size) * np.where(vip[owner], 2, 1), 2)
    order = pl.DataFrame({"order_id": np.arange(owner.size), "customer_id": owner, "amount": amount})
    return {
        "customer": pl.DataFrame({"customer_id": np.arange(60), "tier": np.where(vip, "VIP", "Basic")}),
        "order": order.with_columns(
            paid=pl.when(pl.col("order_id") % 7 > 0).then(pl.col("order_id") % 2 == 0),
            at=pl.datetime(2024, 1, 1) + pl.duration(hours=pl.col("order_id")),
        ),
    }


def write(folder: Path, form: str) -> None:
    for name, frame in frames().items():
        path = folder / f"{name}.{form}"
        if form == "parquet":
            frame.write_parquet(path)
        elif form == "csv":
            frame.write_csv(path)
        elif form == "jsonl":
            frame.write_ndjson(path)
        elif form == "arrow":
            frame.write_ipc(path)
    if form == "duckdb":
        with duckdb.connect(str(folder / "data.duckdb")) as connection:
            for name, frame in frames().items():
                frame.write_parquet(folder / "passing.parquet")
                connection.execute(f"CREATE TABLE \"{name}\" AS FROM read_parquet('{folder / 'passing.parquet'}')")
        (folder / "passing.parquet").unlink()


def damaged(rng: random.Random, whole: bytes) -> bytes:
    """Return a copy that is cut off, lacks a piece, or has a few bytes changed, half of them next to an end."""
    data = bytearray(whole)
    draw = rng.random()
    if draw < 0.25:
        return bytes(data[: rng.randrange(len(data))])
    if draw < 0.35:
        at = rng.randrange(len(data))
        del data[at : at + rng.randrange(1, 200)]
        return bytes(data)
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        first = 0 if rng.random() < 0.5 else max(0, len(data) - 1500)
        at = rng.randrange(first, len(data))
        data[at] ^= 1 << rng.randrange(8) if rng.random() < 0.5 else rng.randrange(1, 256)
    return bytes(data)


def outcomes(folder: Path, form: str, count: int) -> Iterator[dict[str, object]]:
    write(folder, form)
    files = sorted(folder.iterdir())
    whole = {path: path.read_bytes() for path in files}
    source = folder if form != "duckdb" else files[0]
    for number in range(count):
        rng = random.Random(number)
        path = rng.choice(files)
        path.write_bytes(damaged(rng, whole[path]))
        begun = time.perf_counter()
        try:
            report = validator.audit(source, CONTRACT, threads=1)
            report.to_json()
            code: object = report.exit_code
            bare = [f.id for f in report.with_status(validator.Status.FAIL, validator.Status.ERROR) if not f.hint]
        except validator.SourceError as error:
            code, bare = "SourceError", [str(problem) for problem in error.problems if not problem.hint]
        path.write_bytes(whole[path])
        yield {"number": number, "file": path.name, "code": code, "bare": bare, "seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    warnings.simplefilter("error")
    for outcome in outcomes(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])):
        print(json.dumps(outcome), flush=True)
