"""How far a job of Spark has come, asked from a thread of its own while the job is waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Finished", "watched"]

Finished = Callable[[int], None]

_GLANCE = 0.5  # seconds
_GROUP = "spark.jobGroup.id"


@contextmanager
def watched(spark: SparkSession, finished: Finished | None) -> Iterator[None]:
    """Call `finished` now and then with the number of tasks that the jobs begun in this block have finished so far."""
    if finished is None:
        yield
        return
    context: Any = spark.sparkContext
    group, over = uuid4().hex, threading.Event()
    before = context.getLocalProperty(_GROUP)
    context.setLocalProperty(_GROUP, group)
    thread = threading.Thread(target=_watch, args=(context, group, finished, over), name="fanwise-spark", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    context.setLocalProperty(_GROUP, before)


def _watch(context: Any, group: str, finished: Finished, over: threading.Event) -> None:
    from py4j.protocol import Py4JError

    while not over.wait(_GLANCE):
        try:
            finished(_finished_tasks(context.statusTracker(), group))
        except (Py4JError, ConnectionError):
            return  # Spark is gone, which whoever waits for the job hears as well


def _finished_tasks(tracker: Any, group: str) -> int:
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
    stages = [tracker.getStageInfo(stage) for job in jobs if job is not None for stage in job.stageIds]
    return sum(stage.numCompletedTasks for stage in stages if stage is not None)
