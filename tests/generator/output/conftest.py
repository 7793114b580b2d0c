"""Frames that hold every type and every awkward value; two data sets to publish, and a disk that is watched."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from fanwise.generator.output.manifest import FileEntry, Manifest, TableEntry
from fanwise.generator.output.publishing.staging import Staging

AWKWARD_TEXTS = [
    "",
    None,
    "plain",
    'a "quoted" word',
    "two\nlines\r\n",
    "comma, semicolon; tab\t",
    "naïve 中文 😀",
    "null",
]


@pytest.fixture
def every_type() -> pl.DataFrame:
    """Eight rows of each type of the language, extremes and nulls among them."""
    count = len(AWKWARD_TEXTS)

    def fill(values: list[object]) -> list[object]:
        return (values + [None] * count)[:count]

    moments = [dt.datetime(2024, 2, 29, 23, 59, 58), dt.datetime(1969, 12, 31, 0, 0, 1, 5), dt.datetime(2024, 1, 1)]
    columns: dict[str, pl.Series] = {
        f"int{bits}": pl.Series(fill([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1]), dtype=kind)
        for bits, kind in ((8, pl.Int8), (16, pl.Int16), (32, pl.Int32), (64, pl.Int64))
    }
    columns |= {
        "float32": pl.Series(fill([0.1, -3.4e38, 1e-9, 16777217.0]), dtype=pl.Float32),
        "float64": pl.Series(fill([0.1, 1e16, 5e-324, 1.7976931348623157e308, -0.0, 123456.789]), dtype=pl.Float64),
        "money": pl.Series(fill([Decimal("1.50"), Decimal("-99999999999999.99"), Decimal("0.00")])).cast(
            pl.Decimal(16, 2)
        ),
        "text": pl.Series(AWKWARD_TEXTS, dtype=pl.String),
        "flag": pl.Series(fill([True, False]), dtype=pl.Boolean),
        "day": pl.Series(fill([dt.date(2024, 2, 29), dt.date(1969, 12, 31)]), dtype=pl.Date),
        "moment": pl.Series(fill(list(moments)), dtype=pl.Datetime("us")),
        "nothing": pl.Series(fill([]), dtype=pl.Int64),
    }
    return pl.DataFrame(columns)


@pytest.fixture(params=["values", "no rows"])
def frame(request: pytest.FixtureRequest, every_type: pl.DataFrame) -> pl.DataFrame:
    return every_type if request.param == "values" else every_type.clear()


class Operations:
    """Counts the calls that change or secure files, and tells `before` of each: its number from 0 and its name."""

    NAMES = ("rename", "replace", "mkdir", "rmdir", "unlink", "fsync", "open")

    def __init__(self, before: Callable[[int, str], None]) -> None:
        self.count = 0
        self._before = before
        self._real = {name: getattr(os, name) for name in self.NAMES} | {"io.open": io.open}

    def __enter__(self) -> Operations:
        for name, real in self._real.items():
            module, attribute = (io, "open") if name == "io.open" else (os, name)
            setattr(module, attribute, self._watched(name, real))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            module, attribute = (io, "open") if name == "io.open" else (os, name)
            setattr(module, attribute, real)

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            number, self.count = self.count, self.count + 1
            self._before(number, name)
            return real(*args, **kwargs)

        return call


@pytest.fixture
def operations() -> type[Operations]:
    return Operations


def snapshot(folder: Path) -> dict[str, str] | None:
    """Return relative path -> text of every file below `folder` (folders with no text), or None where it is not."""
    if not folder.exists():
        return None
    return {
        path.relative_to(folder).as_posix(): "" if path.is_dir() else path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
    }


def data_set(seed: int, files: dict[str, str]) -> Manifest:
    """Return the manifest of a data set that consists of `files` (path -> text); the seed tells two of them apart."""
    entries = {
        path: FileEntry(path, 1, len(text.encode()), hashlib.sha256(text.encode()).hexdigest())
        for path, text in files.items()
    }
    tables: dict[str, list[FileEntry]] = {}
    for path, entry in entries.items():
        tables.setdefault(path.split("/")[0].split(".")[0], []).append(entry)
    return Manifest(
        dataset="shop",
        schema_sha256="c" * 64,
        seed=seed,
        scale=1.0,
        rows={},
        versions={},
        format="csv",
        compression="none",
        audited=True,
        verdict="pass",
        tables={name: TableEntry(len(parts), "0" * 64, {"n": "int64"}, tuple(parts)) for name, parts in tables.items()},
    )


OLD_FILES = {"a.csv": "old a", "b/part-00000.csv": "old b0", "b/part-00001.csv": "old b1"}
NEW_FILES = {"a/part-00000.csv": "new a0", "a/part-00001.csv": "new a1", "b.csv": "new b", "c.csv": "new c"}

BESIDE_OLD: dict[str, str | None] = {"about.txt": "of the old", "gone.txt": "of the old"}


def publish(target: Path, *, new: bool, force: bool = False, beside: bool = False) -> None:
    """Publish one of two data sets, whose tables change from a file to parts and back, through Staging.

    beside: with a file beside the target that describes the data, and one that only the first has.
    """
    files = NEW_FILES if new else OLD_FILES
    with Staging(target, force=force) as staging:
        if beside:
            staging.beside = {"about.txt": "of the new", "gone.txt": None} if new else BESIDE_OLD
        for path, text in files.items():
            (staging.folder / path).parent.mkdir(exist_ok=True)
            (staging.folder / path).write_text(text, encoding="utf-8")
        staging.publish(data_set(int(new), files), {"report.json": f'"{"new" if new else "old"}"'})


@pytest.fixture
def world() -> SimpleNamespace:
    """The functions above, for tests of publishing."""
    return SimpleNamespace(publish=publish, snapshot=snapshot, data_set=data_set, old=OLD_FILES, new=NEW_FILES)
