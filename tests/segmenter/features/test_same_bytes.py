"""The same customers give the same model and the same segments, byte for byte, however they come."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from fanwise.segmenter.assignment.population import assign_to
from fanwise.segmenter.clustering.fit import fit
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from fanwise.segmenter.model.io import dump_model
from fanwise.segmenter.model.labels import name_segments
from tests.segmenter.generated import frames_of, without_segments, written
from tests.segmenter.shops import shop

pytestmark = pytest.mark.system

Frames = dict[str, pl.DataFrame]
SOME = ("purchase_frequency", "purchase_value", "loyalty_trajectory", "communication_preference")
MONEY = {"order": ["total", "discount"], "order_item": ["unit_price"], "return": ["refund"]}


@pytest.fixture(scope="module")
def habits() -> Frames:
    return frames_of("habits", rows={"customer": 120})


def bytes_of(
    source: Path,
    folder: Path,
    *,
    batch_size: int = 131_072,
    threads: int | None = 2,
    axes: tuple[str, ...] | None = None,
) -> tuple[bytes, str]:
    """Return the model and the hash of the file of segments."""
    folder.mkdir()
    with open_source(source, folder=folder, threads=threads) as opened:
        table = build_features(opened, axes)
        model = name_segments(fit(table, max_k=2))
        assign_to(folder / "segments.parquet", model, table, batch_size=batch_size, threads=threads)
    return dump_model(model), hashlib.sha256((folder / "segments.parquet").read_bytes()).hexdigest()


def shuffled(frames: Frames) -> Frames:
    return {name: frame.sample(fraction=1.0, shuffle=True, seed=5) for name, frame in frames.items()}


def in_pieces(folder: Path, frames: Mapping[str, pl.DataFrame]) -> Path:
    """Write each table as a folder of three files."""
    for name, frame in frames.items():
        (folder / name).mkdir(parents=True)
        step = max(1, -(-frame.height // 3))
        for number, start in enumerate(range(0, frame.height, step)):
            frame.slice(start, step).write_parquet(folder / name / f"part-{number}.parquet")
    return folder


def with_texts(frames: Frames, *tables: str) -> Frames:
    """Return the tables with texts for the ids in some of them."""
    ids = pl.col("^.*_id$")
    return {
        name: frame.with_columns(ids.cast(pl.String)) if name in tables else frame for name, frame in frames.items()
    }


WAYS: dict[str, Callable[[Path, Frames], Path]] = {
    "in another order": lambda folder, frames: written(folder, shuffled(frames)),
    "in several files, in another order": lambda folder, frames: in_pieces(folder, shuffled(frames)),
    "with texts for ids": lambda folder, frames: written(folder, with_texts(frames, *frames)),
    "with texts for ids in one table": lambda folder, frames: written(folder, with_texts(frames, "order")),
    "as CSV": lambda folder, frames: written(folder, frames, "csv"),
}


@pytest.fixture(scope="module")
def plain(habits: Frames, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[bytes, str]]:
    """Return a folder of the source, and what all 13 axes of it give on one thread."""
    folder = tmp_path_factory.mktemp("plain")
    source = written(folder / "shop", habits)
    return source, bytes_of(source, folder / "work", threads=1)


@pytest.mark.parametrize("way", WAYS)
def test_however_the_rows_come(way: str, habits: Frames, plain: tuple[Path, tuple[bytes, str]], tmp_path: Path) -> None:
    assert bytes_of(WAYS[way](tmp_path / "shop", habits), tmp_path / "work") == plain[1]


@pytest.mark.parametrize(("threads", "batch_size"), [(1, 7), (4, 64), (None, 119)])
def test_whatever_the_threads_and_batches(
    threads: int | None, batch_size: int, plain: tuple[Path, tuple[bytes, str]], tmp_path: Path
) -> None:
    assert bytes_of(plain[0], tmp_path / "work", threads=threads, batch_size=batch_size) == plain[1]


def test_whether_or_not_it_fits_into_memory(
    plain: tuple[Path, tuple[bytes, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worked on in parts, and written through files, as of a hundred million orders."""
    monkeypatch.setattr("fanwise.segmenter.ingest.canonical.ROWS_PER_PART", 2000)
    monkeypatch.setattr("fanwise.segmenter.features.building.IN_MEMORY", 50)

    assert bytes_of(plain[0], tmp_path / "work") == plain[1]


def test_in_every_process(plain: tuple[Path, tuple[bytes, str]], tmp_path: Path) -> None:
    """Hashes of texts, and so the order of sets, differ from process to process."""
    discover = ["discover", plain[0], "-o", "m.json", "--axes", ",".join(SOME[:2]), "--max-k", "2", "--quiet"]
    assign = ["assign", "m.json", plain[0], "-o", "s.parquet", "--quiet"]
    commands = [[str(word) for word in command] for command in (discover, assign)]
    script = f"from fanwise.generator.cli import main; print([main(command) for command in {commands}])"
    found = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.endswith("\n[0, 0]\n"), done.stderr
        found.append([(folder / name).read_bytes() for name in ("m.json", "s.parquet")])

    assert found[0] == found[1]


def test_the_ids_of_orders_mean_nothing(tmp_path: Path) -> None:
    """Not even where orders of one customer have the same instant and total."""
    frames = shop(8)
    at_once = frames["order"].with_columns(ordered_at=pl.col("ordered_at").dt.truncate("1q"), total=pl.lit(10.0))
    renamed = pl.col("^order_id$").str.reverse()
    found = []
    for name, change in (("plain", pl.col("^order_id$")), ("renamed", renamed)):
        (tmp_path / name).mkdir()
        tables = {table: frame.with_columns(change) for table, frame in {**frames, "order": at_once}.items()}
        with open_source(written(tmp_path / f"shop {name}", tables), folder=tmp_path / name) as opened:
            found.append(pl.read_parquet(build_features(opened).path))

    assert at_once.select(pl.struct("customer_id", "ordered_at").is_duplicated().any()).item()
    assert found[0].equals(found[1])


def codes_of(source: Path, folder: Path) -> tuple[pl.DataFrame, dict[str, tuple[str, int, tuple[float, ...]]]]:
    """Return the number of the segment per customer and axis, and k and shares per axis."""
    folder.mkdir()
    with open_source(source, folder=folder, threads=1) as opened:
        table = build_features(opened)
        model = fit(table, max_k=3)
        assign_to(folder / "segments.parquet", model, table)
    wanted = [axis.axis for axis in model.axes if axis.segments]
    frame = pl.read_parquet(folder / "segments.parquet", columns=["customer_id", *wanted])
    axes = {a.axis: (a.structure, len(a.segments), tuple(s.share for s in a.segments)) for a in model.axes}
    return frame.with_columns(pl.col(wanted).to_physical()), axes


@pytest.mark.parametrize("source", ["habits", "no segments"])
def test_units_change_nothing(source: str, habits: Frames, tmp_path: Path) -> None:
    """Money a thousand times as large: the same segments of the same customers."""
    frames = habits if source == "habits" else frames_of(without_segments(300, 120))
    dear = {
        name: frame.with_columns(pl.col(MONEY.get(name, [])) * 1000) if name in MONEY else frame
        for name, frame in frames.items()
    }
    labels, axes = codes_of(written(tmp_path / "cheap", frames), tmp_path / "one")
    others, dear_axes = codes_of(written(tmp_path / "dear", dear), tmp_path / "two")

    assert axes == dear_axes
    assert labels.equals(others)
