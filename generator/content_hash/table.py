"""The content hash of a table: hashes of cells added up to rows, rows to (count, sum, xor)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from generator.content_hash.arrow import ArrowChunk, arrow_chunks
from generator.content_hash.cells import (
    BLOCK,
    BlockHasher,
    Words,
    blocks,
    hash_decimals,
    hash_flags,
    hash_floats,
    hash_integers,
)
from generator.content_hash.texts import hash_texts
from generator.errors import FanwiseError
from generator.randomness import _mix_in_place as mix_in_place
from generator.randomness import name_key

__all__ = ["ContentHash", "content_hash", "row_hashes"]

Hasher = Callable[[ArrowChunk, np.uint64], BlockHasher]

_SLICE = 1 << 20  # rows; bounds the 8 bytes a row that are kept while columns are added
_MASK64 = (1 << 64) - 1
_MASK128 = (1 << 128) - 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class ContentHash:
    """Accumulates the content hash of one table; parts may come in any order and be merged."""

    __slots__ = ("rows", "sum", "xor")

    def __init__(self, rows: int = 0, total: int = 0, xor: int = 0) -> None:
        self.rows, self.sum, self.xor = rows, total, xor

    def update(self, frame: pl.DataFrame) -> ContentHash:
        """Add the rows of `frame` and return self (FanwiseError for a type that has no content hash)."""
        for start in range(0, frame.height, _SLICE):
            hashes = row_hashes(frame.slice(start, _SLICE))
            # Halves of 32 bits: their sums over a slice stay below 2^64, so the sum is exact.
            low, high = int((hashes & _LOW).sum()), int((hashes >> _HALF).sum())
            self.rows += len(hashes)
            self.sum = (self.sum + low + (high << 32)) & _MASK128
            self.xor ^= int(np.bitwise_xor.reduce(hashes))
        return self

    def merge(self, other: ContentHash) -> ContentHash:
        """Add the rows that `other` has seen and return self."""
        self.rows += other.rows
        self.sum = (self.sum + other.sum) & _MASK128
        self.xor ^= other.xor
        return self

    @classmethod
    def from_hexdigest(cls, text: str) -> ContentHash:
        """Return what `hexdigest` gave `text` for."""
        return cls(int(text[:16], 16), int(text[16:48], 16), int(text[48:], 16))

    def hexdigest(self) -> str:
        """Return the 64 hexadecimal digits of count, sum and xor."""
        return f"{self.rows & _MASK64:016x}{self.sum:032x}{self.xor:016x}"


def content_hash(frame: pl.DataFrame) -> str:
    """Return the content hash of a whole table, 64 hexadecimal digits."""
    return ContentHash().update(frame).hexdigest()


def row_hashes(frame: pl.DataFrame) -> Words:
    """Return one 64-bit hash per row, shape (height,), dtype uint64."""
    out = np.zeros(frame.height, dtype=np.uint64)
    spare = np.empty(min(BLOCK, frame.height), dtype=np.uint64)
    for series in frame.iter_columns():
        _add_column(series, out, spare)
    mix_in_place(out)
    return out


def _add_column(series: pl.Series, out: Words, spare: Words) -> None:
    """Add the hashes of the cells of `series` to `out`, both of the same length."""
    if isinstance(series.dtype, pl.Enum):
        _add_coded(series.to_physical(), series.dtype.categories.alias(series.name), out)
        return
    if isinstance(series.dtype, pl.Categorical):
        series = series.cast(pl.String)
    kind, hasher = _hasher(series.dtype, series.name)
    key, null = np.uint64(name_key("content", series.name, kind)), np.uint64(name_key("null", series.name, kind))
    row = 0
    for chunk in arrow_chunks(series):
        nulls = chunk.nulls()
        hash_block = hasher(chunk, key)
        for start, stop in blocks(chunk.length):
            cells = spare[: stop - start]
            missing = None if nulls is None else nulls[start:stop]
            hash_block(start, stop, missing, cells)
            if missing is not None:
                np.copyto(cells, null, where=missing)
            out[row + start : row + stop] += cells
        row += chunk.length


def _add_coded(codes: pl.Series, pool: pl.Series, out: Words) -> None:
    """Add the cells of text that is stored as codes into `pool`: each distinct text is hashed once."""
    cells = np.zeros(len(pool) + 1, dtype=np.uint64)
    spare = np.empty(min(BLOCK, len(cells)), dtype=np.uint64)
    _add_column(pl.concat([pool, pl.Series(pool.name, [None], dtype=pl.String)]), cells, spare)
    out += cells[codes.cast(pl.UInt32).fill_null(len(pool)).to_numpy()]


def _hasher(dtype: pl.DataType, name: str) -> tuple[str, Hasher]:
    """Return the kind of a type and what hashes its chunks."""
    if dtype.is_integer() and dtype not in (pl.Int128, pl.UInt128):
        return "int", hash_integers
    if dtype in (pl.Float32, pl.Float64):
        return "float", hash_floats
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.scale})", hash_decimals
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "us":
        return "timestamp", hash_integers
    if isinstance(dtype, pl.Boolean):
        return "bool", hash_flags
    if isinstance(dtype, pl.Date):
        return "date", hash_integers
    if isinstance(dtype, pl.String):
        return "text", hash_texts
    raise FanwiseError(f"column '{name}': no content hash is defined for the type {dtype}")
