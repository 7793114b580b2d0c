"""Hashes of the cells of a text column, from the views and bytes of the Arrow layout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanwise.generator.numerics.randomness import _mix_in_place as mix_in_place
from fanwise.generator.output.content_hash.arrow import ArrowChunk
from fanwise.generator.output.content_hash.cells import BLOCK, BlockHasher, Mask, Words

__all__ = ["TextHasher"]

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_INLINE = np.uint64(12)  # longest text that an Arrow view holds itself
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_POOL, _SHARED = 1 << 23, 64  # bytes of blobs in all, and for each row, up to which texts may well come again


class TextHasher:
    """Hashes the chunks of a column of text, in order; called with a chunk and a key, as other hashers are.

    Chunks of one column are hashed with one key. What is known of long texts is kept while chunks have the same blobs:
    those that were gathered from one pool do.
    """

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._places: tuple[tuple[int, int], ...] = ()

    def __call__(self, chunk: ArrowChunk, key: np.uint64) -> BlockHasher:
        """Return what hashes blocks of a chunk."""
        views = chunk.rows("<u8", width=2)
        places = tuple((blob.ctypes.data, len(blob)) for blob in chunk.blobs)
        if places != self._places:
            self._known = _Known.of(chunk, key)
            self._places = places
        known = self._known

        def hash_block(start: int, stop: int, missing: Mask | None, out: Words) -> None:
            first, second = views[start:stop, 0], views[start:stop, 1]
            if missing is not None:  # what a view holds below a null is not defined
                first, second = np.where(missing, np.uint64(0), first), np.where(missing, np.uint64(0), second)
            _hash_views(first, second, chunk.blobs, key, out, known)

        return hash_block


def _hash_views(
    first: Words, second: Words, blobs: tuple[Bytes, ...], key: np.uint64, out: Words, known: _Known | None
) -> None:
    """Write the hashes of the texts that the two words of their views say into `out`, all shape (m,)."""
    rows = np.flatnonzero((first & _LOW) > _INLINE)
    if len(rows) < len(out):
        np.add(first, key, out=out)
        mix_in_place(out)
        np.add(out, second, out=out)
        mix_in_place(out)
    if not len(rows):
        return
    if len(rows) < len(out):
        first, second = first[rows], second[rows]
    long = np.empty(len(rows), dtype=np.uint64)
    if known is not None and known.useful:
        known.hash_views(first, second, long)
    else:
        _hash_long(first, second, blobs, key, long)
    out[rows] = long


def _hash_long(first: Words, second: Words, blobs: tuple[Bytes, ...], key: np.uint64, out: Words) -> None:
    """Write the hashes of texts of more than 12 bytes into `out`, all shape (m,)."""
    np.add(first, key, out=out)
    mix_in_place(out)
    _hash_tails(first & _LOW, second, blobs, out)


class _Known:
    """Hashes of long texts that were met before: where rows share a pool of texts, most need no look at their bytes.

    Texts of 13 bytes and more mostly begin that far apart, so a table with a place for each 8 bytes of the blobs has
    one for each of them. Those that share bytes may meet at a place: a text is known by its place, its length, its
    first four bytes and where in the 8 bytes it begins. It pays only where texts come again, so it counts.
    """

    _NOTHING = np.uint64(0)  # the mark of a text without bytes, which is never long
    _EIGHT = np.uint64(35)  # a second word holds the offset in its upper half; this shift leaves an eighth of it
    # The rest of the eighth, and the way from there to bits 29 to 31 of the first word.
    _WITHIN, _FREE = np.uint64(7 << 32), np.uint64(3)

    def __init__(self, blobs: tuple[Bytes, ...], key: np.uint64) -> None:
        self._blobs, self._key = blobs, key
        sizes = np.array([(len(blob) >> 3) + 1 for blob in blobs])
        self._begin = np.cumsum(sizes) - sizes
        self._marks = np.full(int(sizes.sum()), self._NOTHING)
        self._hashes = np.zeros(len(self._marks), dtype=np.uint64)
        self._newest = np.zeros(len(self._marks), dtype=np.int64)
        self._asked = self._met = 0

    @classmethod
    def of(cls, chunk: ArrowChunk, key: np.uint64) -> _Known | None:
        """Return an empty table for the blobs of a chunk, or None where they are too large for texts to come again."""
        size = sum(len(blob) for blob in chunk.blobs)
        return cls(chunk.blobs, key) if 0 < size <= min(_POOL, _SHARED * chunk.length) else None

    @property
    def useful(self) -> bool:
        """Whether texts repeat, as far as is known."""
        return self._asked < BLOCK or 4 * self._met > self._asked

    def hash_views(self, first: Words, second: Words, out: Words) -> None:
        """Write the hashes of the long texts of these views into `out`, all shape (m,)."""
        places = (second >> self._EIGHT).view(np.int64)
        if len(self._begin) > 1:
            places += self._begin.take((second & _LOW).view(np.int64))
        # The length has at most 24 bits, as the blobs have at most 2^23 bytes.
        marks = first | (second & self._WITHIN) >> self._FREE
        np.take(self._hashes, places, out=out, mode="clip")
        rows = np.flatnonzero(self._marks.take(places, mode="clip") != marks)
        self._asked += len(out)
        self._met += len(out) - len(rows)
        if len(rows):
            self._met += len(rows) - self._learn(places[rows], marks[rows], first[rows], second[rows])
            np.take(self._hashes, places, out=out, mode="clip")
            # Of several texts at one place only the latest is known.
            rows = rows[self._marks.take(places[rows]) != marks[rows]]
            if len(rows):
                rest = np.empty(len(rows), dtype=np.uint64)
                _hash_long(first[rows], second[rows], self._blobs, self._key, rest)
                out[rows] = rest

    def _learn(self, places: Positions, marks: Words, first: Words, second: Words) -> int:
        """Take up the texts at these places, each hashed once however often it comes; return how many they are."""
        numbers = np.arange(len(places))
        self._newest[places] = numbers
        rows = np.flatnonzero(self._newest.take(places) == numbers)
        places = places[rows]
        hashes = np.empty(len(rows), dtype=np.uint64)
        _hash_long(first[rows], second[rows], self._blobs, self._key, hashes)
        self._marks[places], self._hashes[places] = marks[rows], hashes
        return len(rows)


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
