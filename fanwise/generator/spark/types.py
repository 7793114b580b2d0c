"""Columns of Polars as Spark takes them: its types, and Arrow batches in its layouts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from fanwise.generator.errors import FanwiseError, UsageError

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql.types import DataType, StructType

__all__ = ["arrow_batches", "spark_schema"]

_BATCH_ROWS = 1 << 16  # an executor's JVM holds a batch as a whole


def spark_schema(schema: pl.Schema) -> StructType:
    """Return the columns as a Spark schema: text is string, timestamps without a zone are TIMESTAMP_NTZ.

    Raises UsageError for a type that Spark does not have.
    """
    from pyspark.sql import types

    simple = {
        pl.Int8: types.ByteType, pl.Int16: types.ShortType, pl.Int32: types.IntegerType, pl.Int64: types.LongType,
        pl.Float32: types.FloatType, pl.Float64: types.DoubleType, pl.Boolean: types.BooleanType,
        pl.Date: types.DateType, pl.Datetime: types.TimestampNTZType, pl.String: types.StringType,
        pl.Enum: types.StringType, pl.Categorical: types.StringType,
    }  # fmt: skip

    def kind(name: str, dtype: pl.DataType) -> DataType:
        if isinstance(dtype, pl.List):
            return types.ArrayType(kind(name, _typed(dtype.inner)))
        if isinstance(dtype, pl.Struct):
            return types.StructType([types.StructField(f.name, kind(name, _typed(f.dtype))) for f in dtype.fields])
        if isinstance(dtype, pl.Time):
            why = f"column '{name}' is a time of day, which Spark has no type for"
            raise UsageError("FW-USAGE-VALUE", why, "write the column as text: type: text")
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
            return types.TimestampType()
        if isinstance(dtype, pl.Decimal):
            return types.DecimalType(dtype.precision or 38, dtype.scale)
        if type(dtype) not in simple:
            raise FanwiseError("FW-DEFECT", f"column '{name}': Spark has no type for {dtype}")
        return simple[type(dtype)]()

    return types.StructType([types.StructField(name, kind(name, dtype)) for name, dtype in schema.items()])


def _typed(dtype: object) -> pl.DataType:
    assert isinstance(dtype, pl.DataType)
    return dtype


def arrow_batches(frame: pl.DataFrame) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows of a frame as Arrow batches in the layouts that Spark reads (no views, no dictionaries)."""
    import pyarrow as pa

    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    target = pa.schema([pa.field(field.name, _layout(field.type)) for field in table.schema])
    return iter(table.cast(target).to_batches(max_chunksize=_BATCH_ROWS))


def _layout(arrow: pyarrow.DataType) -> pyarrow.DataType:
    import pyarrow as pa

    if pa.types.is_dictionary(arrow) or pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return pa.string()
    if pa.types.is_struct(arrow):
        return pa.struct([pa.field(field.name, _layout(field.type)) for field in arrow])
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return pa.list_(_layout(arrow.value_type))
    return arrow
