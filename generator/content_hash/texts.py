"""Hashes of the cells of a text column, from the views and bytes of the Arrow layout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from generator.content_hash.arrow import ArrowChunk
from generator.content_hash.cells import BLOCK, BlockHasher, Mask, Words
from generator.randomness import _mix_in_place as mix_in_place

__all__ = ["hash_texts"]

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_INLINE = np.uint64(12)  # longest text that an Arrow view holds itself
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def hash_texts(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    """Return what hashes blocks of a chunk of text."""
    views = chunk.rows("<u8", width=2)
    seen = _Seen(chunk.blobs, key) if chunk.blobs and chunk.length > BLOCK else None

    def hash_block(start: int, stop: int, missing: Mask | None, out: Words) -> None:
        first, second = views[start:stop, 0], views[start:stop, 1]
        if missing is not None:  # what a view holds below a null is not defined
            first, second = np.where(missing, np.uint64(0), first), np.where(missing, np.uint64(0), second)
        if seen is not None and seen.useful:
            seen.hash_views(first, second, out)
        else:
            _hash_views(first, second, chunk.blobs, key, out)

    return hash_block


def _hash_views(first: Words, second: Words, blobs: tuple[Bytes, ...], key: np.uint64, out: Words) -> None:
    """Write the hashes of the texts that the two words of their views say into `out`, all shape (m,)."""
    rows = np.flatnonzero((first & _LOW) > _INLINE)
    np.add(first, key, out=out)
    mix_in_place(out)
    long = out[rows]
    if len(rows) < len(out):
        np.add(out, second, out=out)
        mix_in_place(out)
    if len(rows):
        out[rows] = _hash_tails(first[rows] & _LOW, second[rows], blobs, long)


class _Seen:
    """Hashes of views that were met before: where rows share a pool of texts, most need no look at their bytes.

    A table with one place per slot, in which the newest view stays. It pays only where texts come again, so it counts.
    """

    _SLOT_BITS = 16  # 1.5 MB; with 15, a pool of 10,000 texts evicts itself too often
    _NO_VIEW = np.uint64(0xFFFFFFFFFFFFFFFF)
    _SPREAD_1, _SPREAD_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)

    def __init__(self, blobs: tuple[Bytes, ...], key: np.uint64) -> None:
        self._blobs, self._key = blobs, key
        self._first = np.full(1 << self._SLOT_BITS, self._NO_VIEW)
        self._second = self._first.copy()
        self._hashes = np.zeros(1 << self._SLOT_BITS, dtype=np.uint64)
        self._blocks, self.useful = 0, True

    def hash_views(self, first: Words, second: Words, out: Words) -> None:
        """Write the hashes of the texts of these views into `out`, all shape (m,)."""
        slots = first * self._SPREAD_1
        slots ^= second
        slots *= self._SPREAD_2
        slots >>= np.uint64(64 - self._SLOT_BITS)
        places = slots.view(np.int64)
        np.take(self._hashes, places, out=out, mode="clip")
        unknown = self._first.take(places, mode="clip") != first
        unknown |= self._second.take(places, mode="clip") != second
        rows = np.flatnonzero(unknown)
        if len(rows):
            places, first, second = places[rows], first[rows], second[rows]
            hashes = np.empty(len(rows), dtype=np.uint64)
            _hash_views(first, second, self._blobs, self._key, hashes)
            out[rows] = hashes
            self._first[places], self._second[places], self._hashes[places] = first, second, hashes
        self._blocks += 1
        self.useful = self._blocks == 1 or 2 * len(rows) < len(out)


def _hash_tails(lengths: Words, seconds: Words, blobs: tuple[Bytes, ...], hashes: Words) -> Words:
    """Return the hashes of texts of more than 12 bytes, given the hash after their first word; all shape (m,)."""
    places, offsets = seconds & _LOW, (seconds >> _HALF).astype(np.int64)
    ends = offsets + lengths.astype(np.int64)
    offsets += 4
    if places.min() == places.max():
        _hash_words(_every_word(blobs[int(places[0])]), offsets, ends, hashes)
        return hashes
    for place in np.flatnonzero(np.bincount(places.astype(np.int64))).tolist():
        rows = np.flatnonzero(places == place)
        part = hashes[rows]
        _hash_words(_every_word(blobs[place]), offsets[rows], ends[rows], part)
        hashes[rows] = part
    return hashes


def _every_word(blob: Bytes) -> Words:
    """Return the 8 bytes that start at each byte of `blob`, as overlapping words without a copy."""
    words: Words = np.ndarray((len(blob) - 7,), dtype="<u8", buffer=blob, strides=(1,))
    return words


def _hash_words(words: Words, starts: Positions, ends: Positions, hashes: Words) -> None:
    """Mix the bytes from starts to ends into `hashes` in place, 8 bytes a step for all rows that have some left."""
    rows: Positions | None = None
    active = hashes
    while True:
        # The last word is read so that it ends where the text ends, then moved down: no byte outside is touched.
        places = np.minimum(starts, ends - 8)
        active += words[places] >> ((starts - places) << 3).astype(np.uint64)
        mix_in_place(active)
        starts = starts + 8
        left = np.flatnonzero(starts < ends)
        if len(left) < len(active):
            if rows is not None:
                hashes[rows] = active
            if not len(left):
                return
            rows = left if rows is None else rows[left]
            active, starts, ends = active[left], starts[left], ends[left]
