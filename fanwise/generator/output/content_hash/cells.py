"""Hashes of the cells of one column, block by block; the definition is in `fanwise.generator.output.content_hash`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.numerics.randomness import _mix_in_place as mix_in_place
from fanwise.generator.output.content_hash.arrow import ArrowChunk

__all__ = [
    "BLOCK",
    "BlockHasher",
    "Mask",
    "Words",
    "blocks",
    "hash_decimals",
    "hash_flags",
    "hash_floats",
    "hash_integers",
]

Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
# (start, stop, rows of the block that are null or None, out): writes the hashes of rows start to stop into out.
BlockHasher = Callable[[int, int, Mask | None, Words], None]

BLOCK = 1 << 15  # rows; three arrays of uint64 stay in a core's second-level cache
_NAN = np.uint64(0x7FF8000000000000)


def blocks(length: int) -> Iterator[tuple[int, int]]:
    """Return the (start, stop) of the blocks of `length` rows."""
    return ((start, min(start + BLOCK, length)) for start in range(0, length, BLOCK))


_INTEGER = {"c": "i1", "C": "u1", "s": "<i2", "S": "<u2", "i": "<i4", "I": "<u4", "l": "<i8", "L": "<u8", "tdD": "<i4"}


def hash_integers(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    values = chunk.rows(_INTEGER.get(chunk.layout, "<i8"))
    if values.itemsize == 8:
        return _words(values.view(np.uint64), key)

    def hash_block(start: int, stop: int, _missing: Any, out: Words) -> None:
        out.view(np.int64)[:] = values[start:stop]
        np.add(out, key, out=out)
        mix_in_place(out)

    return hash_block


def _words(words: Words, key: np.uint64) -> BlockHasher:
    def hash_block(start: int, stop: int, _missing: Any, out: Words) -> None:
        np.add(words[start:stop], key, out=out)
        mix_in_place(out)

    return hash_block


def hash_flags(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    flags = chunk.flags()
    pair = np.array([0, 1], dtype=np.uint64) + key
    mix_in_place(pair)

    def hash_block(start: int, stop: int, _missing: Any, out: Words) -> None:
        np.take(pair, flags[start:stop].view(np.uint8), out=out, mode="clip")  # "raise" would buffer

    return hash_block


def hash_floats(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    values = chunk.rows("<f8" if chunk.layout == "g" else "<f4")

    def hash_block(start: int, stop: int, _missing: Any, out: Words) -> None:
        block = values[start:stop]
        out.view(np.float64)[:] = block
        strange = np.isnan(block)
        if strange.any():  # the sign and payload of NaN differ between processors
            out[strange] = _NAN
        np.add(out, key, out=out)
        mix_in_place(out)

    return hash_block


def hash_decimals(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    words = chunk.rows("<u8", width=2)

    def hash_block(start: int, stop: int, _missing: Any, out: Words) -> None:
        for word in (0, 1):
            np.add(words[start:stop, word], key if word == 0 else out, out=out)
            mix_in_place(out)

    return hash_block
