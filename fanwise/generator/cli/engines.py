"""What the options of `gen run` say about where rows are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fanwise.generator.errors import UsageError, nearest

if TYPE_CHECKING:
    from fanwise.generator.spark.cluster import SparkOptions

ENGINES = ("local", "spark")


def spark_of(engine: str, master: str | None, shards: int | None, *, log: bool) -> SparkOptions | None:
    """Return how a run uses Spark, or None for threads of this process (UsageError for options that do not fit)."""
    if engine not in ENGINES:
        raise UsageError("FW-USAGE-NAME", f"--engine {engine}: unknown engine", nearest(engine, ENGINES))
    if engine == "spark":
        from fanwise.generator.spark.cluster import SparkOptions

        return SparkOptions(master, shards, log)
    for option, value in (("--master", master), ("--shards", shards)):
        if value is not None:
            raise UsageError(
                "FW-USAGE-CONFLICT", f"{option} {value}: only for Spark", f"add --engine spark, or remove {option}"
            )
    return None
