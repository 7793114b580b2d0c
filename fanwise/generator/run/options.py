"""What a run is asked for, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.generator.engine.executor import WHOLE, Shard
from fanwise.generator.errors import Problem
from fanwise.generator.language.literals import Gates
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.run.observer import Observer

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.generator.spark.cluster import SparkOptions

__all__ = ["Observer", "RunOptions", "RunResult"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of `gen run`, by name.

    out: default `out/NAME`. rows: rows of single root tables. max_rows: of all tables together. threads, workers and
    chunk_rows never change values. workers: processes, by default one. gates: what can fail the audit, in
    place of the schema's `audit.gates`; with "none" data is published without forecast and audit. shard: the part of
    the rows to generate; it is published without an audit, which `gen merge` does later. resume: continue a stopped
    run, or repair a damaged data set. to: a URL, possibly with a password, to deliver the data to; a folder is then
    published only if `out` is given too. spark: run on Spark; None: on this machine. clean: leave out the declared
    defects. beside: names of files beside the folder that describe its data -> their texts, or None to remove them.
    They change in the moment in which the data is published.
    """

    out: Path | None = None
    format: str = "parquet"
    compression: str | None = None
    seed: int | None = None
    scale: float = 1.0
    rows: Mapping[str, int] = field(default_factory=dict)
    max_rows: int | None = None
    threads: int | None = None
    workers: int | None = None
    chunk_rows: int | None = None
    gates: Gates | None = None
    force: bool = False
    shard: Shard = WHOLE
    resume: bool = False
    to: str | None = field(default=None, repr=False)
    spark: SparkOptions | None = None
    clean: bool = False
    beside: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run. `manifest` is set if data was published, `rejected` if only a report was written.

    folder: the target, absolute. report: None if the forecast stopped the run or no audit was wanted. warnings:
    declarations that the files cannot show. kept: existing files that were not generated again. complete: nothing had
    to be generated. delivered: the URL of `to`, without secrets, once the data has arrived.
    """

    folder: Path
    exit_code: int
    manifest: Manifest | None = None
    rejected: Path | None = None
    forecast: validator.Forecast | None = None
    report: validator.Report | None = None
    warnings: tuple[Problem, ...] = ()
    kept: int = 0
    complete: bool = False
    delivered: str | None = None
