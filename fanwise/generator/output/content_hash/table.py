"""The content hash of a table: hashes of cells added up to rows, rows to (count, sum, xor)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from fanwise.generator.errors import FanwiseError
from fanwise.generator.numerics.randomness import _mix_in_place as mix_in_place
from fanwise.generator.numerics.randomness import name_key
from fanwise.generator.output.content_hash.arrow import ArrowChunk, arrow_chunks
from fanwise.generator.output.content_hash.cells import (
    BLOCK,
    BlockHasher,
    Words,
    blocks,
    hash_decimals,
    hash_flags,
    hash_floats,
    hash_integers,
)
from fanwise.generator.output.content_hash.texts import TextHasher

__all__ = ["ContentHash", "content_hash", "row_hashes"]

Hasher = Callable[[ArrowChunk, np.uint64], BlockHasher]

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
        for hashes in _blocks_of_rows(frame):
            # Halves of 32 bits: their sums over a block stay below 2^64, so the sum is exact.
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
    return np.concatenate([np.empty(0, dtype=np.uint64), *(hashes.copy() for hashes in _blocks_of_rows(frame))])


def _blocks_of_rows(frame: pl.DataFrame) -> Iterator[Words]:
    """Yield the hashes of each block of rows; valid until the next is asked for.

    All columns of a block are added up before the next block, so what is added to stays in a core's cache.
    """
    columns = [cells for series in frame.iter_columns() for cells in _cells(series)]
    space, spare = np.empty((2, min(BLOCK, frame.height)), dtype=np.uint64)
    for start, stop in blocks(frame.height):
        out = space[: stop - start]
        out.fill(0)
        for column in columns:
            column.add_to(out, spare)
        mix_in_place(out)
        yield out


def _cells(series: pl.Series) -> Iterator[_Cells | _Lists]:
    """Yield what adds up the cells of a column: one of its own, or those of its parts."""
    if isinstance(series.dtype, pl.Struct):
        yield _Cells(series.is_null().alias(f"{series.name}?"))
        for part in series.struct.unnest().iter_columns():
            yield from _cells(part.alias(f"{series.name}.{part.name}"))
    elif isinstance(series.dtype, pl.List):
        yield _Lists(series)
    else:
        yield _Cells(series)


class _Lists:
    """The cells of a column of lists."""

    def __init__(self, series: pl.Series) -> None:
        key, null = (np.uint64(name_key(what, series.name, "list")) for what in ("content", "null"))
        sizes = series.list.len().fill_null(0).to_numpy().astype(np.int64)
        ends = np.cumsum(sizes)
        inner = series.drop_nulls().list.explode(keep_nulls=False, empty_as_null=False).alias(f"{series.name}[]")
        within = np.arange(len(inner)) - np.repeat(ends - sizes, sizes)
        elements = np.zeros(len(inner), dtype=np.uint64)
        for cells in _cells(inner):
            cells.add_to(elements, np.empty_like(elements))
        elements += within.astype(np.uint64)
        mix_in_place(elements)
        sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(elements, dtype=np.uint64)])
        self._hashes = sums.take(ends) - sums.take(ends - sizes) + sizes.astype(np.uint64) + key
        mix_in_place(self._hashes)
        if series.null_count():
            np.copyto(self._hashes, null, where=series.is_null().to_numpy())
        self._row = 0

    def add_to(self, out: Words, spare: Words) -> None:
        """Add the hashes of the next len(out) cells to `out`."""
        out += self._hashes[self._row : self._row + len(out)]
        self._row += len(out)


class _Cells:
    """The cells of one column, hashed in row order."""

    def __init__(self, series: pl.Series) -> None:
        self._known: Words | None = None
        if isinstance(series.dtype, pl.Enum):
            self._known = _hashes_of_pool(series.dtype.categories.alias(series.name))
            series = series.to_physical().cast(pl.UInt32).fill_null(len(self._known) - 1)
        elif isinstance(series.dtype, pl.Categorical):
            series = series.cast(pl.String)
        kind, self._hasher = _hasher(series.dtype, series.name)
        self._key, self._null = (np.uint64(name_key(what, series.name, kind)) for what in ("content", "null"))
        self._chunks = arrow_chunks(series)
        self._row, self._rows = 0, 0

    def add_to(self, out: Words, spare: Words) -> None:
        """Add the hashes of the next len(out) cells to `out`; `spare` is at least as long."""
        done = 0
        while done < len(out):
            if self._row == self._rows:
                self._open(next(self._chunks))
                continue
            count = min(len(out) - done, self._rows - self._row)
            out[done : done + count] += self._hashes(self._row, spare[:count])
            self._row += count
            done += count

    def _open(self, chunk: ArrowChunk) -> None:
        self._chunk, self._row, self._rows = chunk, 0, chunk.length
        self._missing = chunk.nulls()
        self._hash_block = self._hasher(chunk, self._key)

    def _hashes(self, start: int, cells: Words) -> Words:
        stop = start + len(cells)
        if self._known is not None:  # a distinct text is hashed once
            return np.take(self._known, self._chunk.rows("<u4")[start:stop], out=cells, mode="clip")
        missing = None if self._missing is None else self._missing[start:stop]
        self._hash_block(start, stop, missing, cells)
        if missing is not None:
            np.copyto(cells, self._null, where=missing)
        return cells


def _hashes_of_pool(pool: pl.Series) -> Words:
    """Return the hash of each text of a pool, and last that of null."""
    out = np.zeros(len(pool) + 1, dtype=np.uint64)
    cells = _Cells(pl.concat([pool, pl.Series(pool.name, [None], dtype=pl.String)]))
    cells.add_to(out, np.empty(len(out), dtype=np.uint64))
    return out


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
    if isinstance(dtype, pl.Time):
        return "time", hash_integers
    if isinstance(dtype, pl.Boolean):
        return "bool", hash_flags
    if isinstance(dtype, pl.Date):
        return "date", hash_integers
    if isinstance(dtype, pl.String):
        return "text", TextHasher()
    raise FanwiseError("FW-DEFECT", f"column '{name}': no content hash is defined for the type {dtype}")
