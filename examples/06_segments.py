"""Segments found in existing orders, kept as a model, and given to a customer who was not there before."""

import datetime as dt
import tempfile
from pathlib import Path

import polars as pl

import fanwise
from fanwise import segmenter

with tempfile.TemporaryDirectory() as folder:
    # Orders of 300 customers with three habits. Any folder of CSV or Parquet will do, or a database.
    for name, table in fanwise.dataset("habits", rows={"customer": 300}).items():
        table.write_parquet(Path(folder) / f"{name}.parquet")

    found = segmenter.discover(folder, axes=["purchase_value", "return_behavior", "purchase_cadence"], max_k=5)
    print(found.text())

    everybody = Path(folder) / "segments.csv"
    segmenter.assign_source(found.model, folder, everybody)
    print(pl.read_csv(everybody).select("customer_id", "purchase_value", "return_behavior").head(3))

ann = pl.DataFrame(
    {
        "customer_id": "ann",
        "ordered_at": [dt.datetime(2024, 12, day, 20, 15) for day in (1, 4, 9, 15)],
        "total": [210.0, 1850.5, 360.0, 140.25],
    }
)
print(segmenter.assign_one(found.model, {"order": ann}, as_of=dt.date(2024, 12, 31)).text())
