"""Memory does not grow with the orders: more than fit are worked on in parts, through files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.segmenter.generated import TWO_SEGMENTS, frames_of, written

pytestmark = pytest.mark.system

MEMORY = 256
"""What DuckDB may take, in MB."""

RUN = f"""
import sys
from pathlib import Path
import fanwise.segmenter.ingest.canonical, fanwise.segmenter.features.building
fanwise.segmenter.ingest.canonical.ROWS_PER_PART = 300_000
fanwise.segmenter.features.building.IN_MEMORY = 10_000
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
with open_source(sys.argv[1], folder=Path(sys.argv[2]), threads=2, memory_mb={MEMORY}) as source:
    print(build_features(source).customers)
"""


def peak_mb(source: Path, work: Path, customers: int) -> float:
    """Return the most memory that a process making features has held."""
    work.mkdir()
    with subprocess.Popen([sys.executable, "-c", RUN, str(source), str(work)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, int(said)) == (0, customers)
    return used.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs wait4")
def test_four_times_the_orders_take_no_more_memory(tmp_path: Path) -> None:
    rows = 40_000
    frames = frames_of(TWO_SEGMENTS.format(seed=1, rows=rows))
    large = {
        name: pl.concat(
            frame.with_columns(pl.col(frame.columns[0]) + copy * frame.height, pl.col("customer_id") + copy * rows)
            if name == "order"
            else frame.with_columns(pl.col("customer_id") + copy * rows)
            for copy in range(4)
        )
        for name, frame in frames.items()
    }
    one = peak_mb(written(tmp_path / "one", frames), tmp_path / "first", rows)
    four = peak_mb(written(tmp_path / "four", large), tmp_path / "second", 4 * rows)
    print(f"{one:,.0f} MB, {four:,.0f} MB of {frames['order'].height:,} and {large['order'].height:,} orders")

    assert four <= 1.25 * one
    assert four <= 3 * MEMORY
