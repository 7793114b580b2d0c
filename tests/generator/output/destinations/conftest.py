"""A dataset whose audit passes, the command line in this process, and disks that are small or may not be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fanwise
from fanwise.generator.output.destinations.base import Delivery
from fanwise.generator.output.manifest import read_manifest
from tests.generator.cli.conftest import gen, shop
from tests.generator.output.destinations.object_store import s3, s3_server

__all__ = ["gen", "s3", "s3_server", "shop"]

ROUTES = Path(__file__).parents[2] / "api" / "routes.yaml"


@pytest.fixture
def routes() -> fanwise.Dataset:
    """Return a data set with every kind of edge and type, nothing made yet."""
    return fanwise.dataset(ROUTES)


@pytest.fixture
def delivery(routes: fanwise.Dataset, tmp_path: Path) -> Delivery:
    """Return `routes` as a run hands it over."""
    folder = routes.write(tmp_path / "staged")
    return Delivery(routes.plan.schema, folder, read_manifest(folder), {"report.json": "{}"}, lambda _: None)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Return a function that mounts an empty disk of so many kilobytes, below a folder, and returns its own."""
    mounted: list[Path] = []

    def mount(kilobytes: int, below: Path = tmp_path) -> Path:
        if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("only root can mount a small disk")
        place = below / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=777", "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("this machine lets nobody mount a small disk")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=True)
        place.rmdir()


@pytest.fixture
def read_only() -> Callable[[Path], None]:
    """Return a function that makes a mounted folder one that nobody may write to."""

    def remount(place: Path) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], capture_output=True, check=True)

    return remount


def same_rows(found: pl.DataFrame, made: pl.DataFrame) -> None:
    """Assert that two tables hold the same rows; a database has no order of its own."""
    assert found.columns == made.columns
    order = found.columns
    texts = [frame.with_columns(pl.all().cast(pl.String)).sort(order) for frame in (found, made)]
    assert texts[0].equals(texts[1])


def everything_below(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path | str = ".") -> list[str]:
    """Return the names in a folder, hidden ones too."""
    return sorted(path.name for path in Path(folder).iterdir())


Gen = Callable[..., Any]
