"""The tables that segments are kept in, in SQL that DuckDB and PostgreSQL both understand.

segment_model        one row per model: what a model file holds, so that it can be loaded from here
segment_definition   one row per segment of a model: its name, its share, its centroid in raw units
customer_segment     one row per customer and axis of a model

A model is known by its id, which renaming does not change. Saving again replaces rows of the same key and touches no
other, so saving twice is saving once, and new customers join those that are there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanwise.segmenter.model.inverse_transform import raw_values
from fanwise.segmenter.model.io import dump_model, model_id
from fanwise.segmenter.model.model import AxisModel, Model

__all__ = ["TABLES", "Table", "definitions", "models", "with_model"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: columns with their types, the key first."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]

    def create(self) -> str:
        """Return the statement that makes the table where it is not there yet."""
        lines = [f"{name} {kind}" for name, kind in self.columns.items()]
        body = ",\n  ".join([*lines, f"PRIMARY KEY ({', '.join(self.key)})"])
        return f"CREATE TABLE IF NOT EXISTS {self.name} (\n  {body}\n)"

    def upsert(self, source: str) -> str:
        """Return the statement that takes rows from `source`, in the place of those with the same key."""
        names = ", ".join(self.columns)
        changed = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in self.key)
        return (
            f"INSERT INTO {self.name} ({names}) SELECT {names} FROM {source} "
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changed}"
        )


TABLES: Sequence[Table] = (
    Table(
        "segment_model",
        ("model_id",),
        {"model_id": "VARCHAR(16) NOT NULL", "as_of": "VARCHAR NOT NULL", "model": "TEXT NOT NULL"},
    ),
    Table(
        "segment_definition",
        ("model_id", "axis", "segment_id"),
        {
            "model_id": "VARCHAR(16) NOT NULL",
            "axis": "VARCHAR NOT NULL",
            "segment_id": "SMALLINT NOT NULL",
            "name": "VARCHAR NOT NULL",
            "structure": "VARCHAR NOT NULL",
            "share": "DOUBLE PRECISION NOT NULL",
            "centroid": "TEXT NOT NULL",
        },
    ),
    Table(
        "customer_segment",
        ("model_id", "customer_id", "axis"),
        {
            "model_id": "VARCHAR(16) NOT NULL",
            "customer_id": "VARCHAR NOT NULL",
            "axis": "VARCHAR NOT NULL",
            "segment_id": "SMALLINT",
            "status": "VARCHAR NOT NULL",
            "margin": "DOUBLE PRECISION",
            "strength": "VARCHAR",
        },
    ),
)


def models(model: Model) -> pl.DataFrame:
    """Return the row of the model."""
    return pl.DataFrame({"model_id": [model_id(model)], "as_of": [model.as_of], "model": [dump_model(model).decode()]})


def definitions(model: Model) -> pl.DataFrame:
    """Return a row per segment."""
    rows = [
        (axis.axis, segment.id, segment.name, axis.structure, segment.share, _centroid(axis, segment.id))
        for axis in model.axes
        for segment in axis.segments
    ]
    schema = {
        "axis": pl.String(), "segment_id": pl.Int16(), "name": pl.String(), "structure": pl.String(),
        "share": pl.Float64(), "centroid": pl.String(),
    }  # fmt: skip
    return with_model(model, pl.DataFrame(rows, schema=schema, orient="row"))


def with_model(model: Model, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the id of their model before them, all texts as text."""
    return frame.select(
        pl.lit(model_id(model)).alias("model_id"), pl.all().exclude(pl.Enum), pl.col(pl.Enum).cast(pl.String)
    )


def _centroid(axis: AxisModel, segment: int) -> str:
    """Return the centroid as JSON, in raw units."""
    place = axis.segments[segment].centroid
    raw = {
        feature.name: float(f"{raw_values(np.array([value]), feature)[0]:.12g}")
        for feature, value in zip(axis.features, place, strict=True)
    }
    return json.dumps(raw, sort_keys=True)
