"""Chunks on the executors of Apache Spark: the way past one machine, on an engine that already exists.

Rows of each root are cut into shards, and a shard is one task. The compiled plan travels with the task, so an executor
needs this package and nothing else: no schema file, no files beside it. Values depend on neither shards nor executors.
"""

from __future__ import annotations

from fanwise.generator.spark.tables import tables

__all__ = ["tables"]
