"""A data set as DataFrames of Spark, one per table, made on the executors when an action asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fanwise.generator.errors import UsageError
from fanwise.generator.plan import Plan
from fanwise.generator.plan.cache import Schema, planned, whole_number
from fanwise.generator.spark.jobs import Batches, counted, mapped, require_spark
from fanwise.generator.spark.shards import PlanPayload, RootShard, shards_of, table_frames
from fanwise.generator.spark.types import arrow_batches, spark_schema

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["tables"]


@runtime_checkable
class Planned(Protocol):
    """What has a plan already, such as a data set of the Python API."""

    @property
    def plan(self) -> Plan: ...


def tables(
    spark: SparkSession,
    schema: Schema | Planned,
    *,
    seed: int | None = None,
    scale: float | None = None,
    rows: Mapping[str, int] | None = None,
    shards: int | None = None,
) -> dict[str, DataFrame]:
    """Return the tables of a schema as Spark DataFrames, in the order of the schema; write them wherever Spark can.

    schema, seed, scale, rows: as `generator.dataset` takes them, or a data set that it returned. shards: partitions of
    the largest table, by default one for each million rows expected; they change no value. Rows are counted by a Spark
    job at once, unless no table has a parent; columns are made by the jobs that ask for them, each table by itself.

    Raises UsageError, SchemaError and PlanError as `generator.dataset` does, MissingExtraError without the extra
    `spark`, OutputError where Spark fails.
    """
    require_spark("tables()")
    plan = _plan(schema, seed, scale, rows)
    payload = PlanPayload(plan)
    parts = shards_of(plan, None if shards is None else whole_number(shards, "shards"))
    placed = counted(spark, payload, parts).parts
    schemas = plan.schema.written
    out = {}
    for name in schemas:
        above = [part for part in placed if name in part.first]
        source = spark.range(0, len(above), 1, len(above))
        out[name] = mapped(source, _maker(payload, above, name), spark_schema(schemas[name]))
    return out


def _plan(schema: Schema | Planned, seed: int | None, scale: float | None, rows: Mapping[str, int] | None) -> Plan:
    if not isinstance(schema, Planned):
        return planned(schema, seed=seed, scale=scale, rows=rows)
    if seed is not None or scale is not None or rows is not None:
        raise UsageError(
            "FW-USAGE-CONFLICT", "seed, scale and rows belong to a schema; this data set has its own", "remove them"
        )
    return schema.plan


def _maker(payload: PlanPayload, parts: list[RootShard], table: str) -> Batches:
    def make(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        plan, references = payload.open()
        for batch in batches:
            for place in batch.column(0).to_pylist():
                for frame in table_frames(plan, references, parts[place], table):
                    yield from arrow_batches(frame)

    return make
