"""Hashes of the cells of a text column, from the views and bytes of the Arrow layout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from generator.content_hash.arrow import ArrowChunk
from generator.content_hash.cells import BlockHasher, Mask, Words, blocks
from generator.randomness import _mix_in_place as mix_in_place

__all__ = ["hash_texts"]

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
# (lengths, second words of the views, blobs, hashes after the first word) -> hashes, all shape (m,)
TailHasher = Callable[[Words, Words, tuple[Bytes, ...], Words], Words]

_POOL_BYTES_A_ROW = 2  # a blob this small is a pool that rows share: texts in it have more than 12 bytes each
_INLINE = np.uint64(12)  # longest text that an Arrow view holds itself
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def hash_texts(chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
    views = chunk.rows("<u8", width=2)
    pooled = _pooled(views, chunk, key)

    def hash_block(start: int, stop: int, missing: Mask | None, out: Words) -> None:
        first, second = views[start:stop, 0], views[start:stop, 1]
        rows = _long_rows(first, missing)
        np.add(first, key, out=out)
        mix_in_place(out)
        tails = out[rows]
        if len(rows) < stop - start:
            np.add(out, second, out=out)
            mix_in_place(out)
        if len(rows):
            hash_tails = _hash_tails if pooled is None else pooled
            out[rows] = hash_tails(first[rows] & _LOW, second[rows], chunk.blobs, tails)

    return hash_block


def _long_rows(first: Words, missing: Mask | None) -> Positions:
    """Return the positions of the texts that their view does not hold itself."""
    long = (first & _LOW) > _INLINE
    if missing is not None:
        long &= ~missing  # what a view holds below a null is not defined
    return np.flatnonzero(long)


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


def _pooled(views: Words, chunk: ArrowChunk, key: np.uint64) -> TailHasher | None:
    """Return what looks up the hashes of texts that many rows share, or None where the rows share no small pool.

    A pool has few bytes for each row; its texts are known by where they start, counted over all blobs.
    """
    sizes = [len(blob) for blob in chunk.blobs]
    size = sum(sizes)
    if not 0 < size <= _POOL_BYTES_A_ROW * chunk.length:
        return None
    bases = np.cumsum([0, *sizes[:-1]]).astype(np.uint64)
    firsts, seconds = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64)
    nulls = chunk.nulls()
    for start, stop in blocks(chunk.length):
        first, second = views[start:stop, 0], views[start:stop, 1]
        rows = _long_rows(first, None if nulls is None else nulls[start:stop])
        first, second = first[rows], second[rows]
        places = bases[second & _LOW] + (second >> _HALF)
        firsts[places], seconds[places] = first, second
    used = np.flatnonzero(firsts)
    hashes = firsts[used] + key
    mix_in_place(hashes)
    lengths, known = firsts & _LOW, np.zeros(size, dtype=np.uint64)
    if len(used):
        known[used] = _hash_tails(lengths[used], seconds[used], chunk.blobs, hashes)

    def look_up(wanted: Words, seconds: Words, blobs: tuple[Bytes, ...], hashes: Words) -> Words:
        places = bases[seconds & _LOW] + (seconds >> _HALF)
        found: Words = known[places]
        odd = np.flatnonzero(lengths[places] != wanted)
        if len(odd):  # texts cut from others start where those start
            found[odd] = _hash_tails(wanted[odd], seconds[odd], blobs, hashes[odd])
        return found

    return look_up


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
