"""Spark jobs whose results come back to the driver: one task a shard, one JSON document a task."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fanwise.generator.errors import FanwiseError
from fanwise.generator.spark.faults import RemoteError, translate_errors
from fanwise.generator.spark.progress import Finished, watched
from fanwise.generator.spark.shards import PlanPayload, RootShard, count_rows, number
from fanwise.io.extras import require

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

__all__ = ["Batches", "Counted", "counted", "each", "mapped", "require_spark"]

T = TypeVar("T")
Document = Mapping[str, Any]
Batches = Callable[[Iterator[Any]], Iterator[Any]]  # of pyarrow.RecordBatch


@contextmanager
def _pandas_unjudged() -> Iterator[None]:
    """Keep away what PySpark says of pandas 3, where it only looks whether there is a pandas: no value passes there."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def require_spark(purpose: str) -> None:
    """Raise MissingExtraError where PySpark, or what it needs for Arrow, is not installed."""
    with _pandas_unjudged():
        # The last one is imported by PySpark itself in the middle of things, and then has its say about pandas.
        for module in ("pyarrow", "pandas", "pyspark.sql", "pyspark.testing.utils"):
            require(module, "spark", purpose)


def mapped(source: DataFrame, make: Batches, schema: StructType | str) -> DataFrame:
    """Return what `make` makes of the Arrow batches of `source`, partition by partition (Spark's `mapInArrow`)."""
    with _pandas_unjudged():
        return source.mapInArrow(make, schema)


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbered shards of a plan, and the rows of each table in each of them."""

    parts: tuple[RootShard, ...]
    rows: tuple[Mapping[str, int], ...]


def counted(
    spark: SparkSession, payload: PlanPayload, parts: Sequence[RootShard], check: Callable[[], None] | None = None
) -> Counted:
    """Count the shards' rows on the executors, those of roots without children here; return the shards numbered.

    check: called in each task first.
    """
    plan = payload.plan
    below = [part for part in parts if plan.tables[part.root].children]

    def work(part: RootShard) -> Document:
        if check is not None:
            check()
        return count_rows(*payload.open(), part)

    found = iter(each(spark, below, work) if below else ())
    rows = tuple(
        next(found)
        if plan.tables[part.root].children
        else {part.root: len(range(*part.shard.span(plan.rows[part.root])))}
        for part in parts
    )
    return Counted(number(plan, parts, rows), rows)


def each(
    spark: SparkSession, items: Sequence[T], work: Callable[[T], Document], finished: Finished | None = None
) -> list[Document]:
    """Return what `work` makes of each item on the executors, a task for each, in the order of the items.

    A task that fails is repeated as often as Spark is configured to; then the job ends. An error of ours in `work` is
    raised here as it was, another failure as an OutputError. finished: hears now and then how many items are done.
    """

    def run(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for place in batch.column(0).to_pylist():
                try:
                    document = json.dumps(work(items[place]))
                except FanwiseError as error:
                    raise RemoteError(error) from error
                yield pa.RecordBatch.from_pydict({"place": pa.array([place], pa.int64()), "document": [document]})

    with translate_errors(), watched(spark, finished):
        source = spark.range(0, len(items), 1, len(items))
        rows = mapped(source, run, "place long, document string").collect()
    found = {row.place: json.loads(row.document) for row in rows}
    return [found[place] for place in range(len(items))]
