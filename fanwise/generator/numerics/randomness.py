"""Randomness addressed by row: keys from names, a vectorised mixer, permutations and scrambles.

A draw is ``mix64(row key + column key + lane · GOLDEN)``: nothing is advanced, so row 9,000,000 alone gives the number
that it gives in a full run. All functions are pure, and use integer operations only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.numerics.blocks import BLOCK, SMALL_BLOCK, blocks, small_blocks

__all__ = [
    "GOLDEN",
    "bits",
    "child_keys",
    "leading_bits",
    "mix64",
    "name_key",
    "permute",
    "root_keys",
    "scramble32",
    "uniform",
    "uniform_lanes",
]

Bits = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.integer[Any]]

GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_FEISTEL_ROUNDS = 8

_S12, _S27, _S30, _S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
_ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0
_FLIPPED = np.uint64(0x3FFFFFFFFFFFFFFF)  # those and all bits of the fraction
_C1, _C2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def name_key(*parts: str | int) -> int:
    """Return the 64-bit key of a sequence of names and integers; no two different sequences share an encoding."""
    digest = hashlib.blake2b(digest_size=8, person=b"fanwise")
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else str(part).encode()
        digest.update(f"{'s' if isinstance(part, str) else 'i'}{len(encoded)}:".encode() + encoded)
    return int.from_bytes(digest.digest(), "little")


def mix64(values: Bits) -> Bits:
    """Return the splitmix64 finaliser (Stafford's variant 13) of each value, shape and dtype (uint64) kept."""
    out = np.array(values, dtype=np.uint64, copy=True)
    _mix_in_place(out)
    return out


def _mix_in_place(values: Bits) -> None:
    flat = values.reshape(-1)
    spare = np.empty(min(BLOCK, flat.size), dtype=np.uint64)
    for rows in blocks(flat.size):
        _mix_block(flat[rows], spare)


def _mix_block(block: Bits, spare: Bits) -> None:
    shifted = spare[: block.size]
    np.right_shift(block, _S30, out=shifted)
    np.bitwise_xor(block, shifted, out=block)
    np.multiply(block, _C1, out=block)
    np.right_shift(block, _S27, out=shifted)
    np.bitwise_xor(block, shifted, out=block)
    np.multiply(block, _C2, out=block)
    np.right_shift(block, _S31, out=shifted)
    np.bitwise_xor(block, shifted, out=block)


def bits(keys: Bits, column_key: int, lane: int = 0) -> Bits:
    """Return 64 random bits per row: the draw of `lane` for the column with `column_key`."""
    out = np.empty(len(keys), dtype=np.uint64)
    for _ in _mixed_blocks(keys, column_key + lane * GOLDEN, out):
        pass
    return out


def _mixed_blocks(keys: Bits, add: int, out: Bits) -> Iterator[slice]:
    """Write the mix of keys + add to `out`, and yield the rows of each block while it is in the cache."""
    addend, spare = np.uint64(add & _MASK), np.empty(min(BLOCK, len(out)), dtype=np.uint64)
    for rows in blocks(len(out)):
        block = out[rows]
        np.add(keys[rows], addend, out=block)
        _mix_block(block, spare)
        yield rows


def uniform(keys: Bits, column_key: int, lane: int = 0) -> npt.NDArray[np.float64]:
    """Return one uniform per row, strictly inside (0, 1): the midpoints of 2^52 equal cells."""
    out = np.empty(len(keys), dtype=np.float64)
    for rows in _mixed_blocks(keys, column_key + lane * GOLDEN, out.view(np.uint64)):
        _to_uniform(out[rows])
    return out


def leading_bits(keys: Bits, column_key: int, count: int) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
    """Yield blocks of rows, each with the first `count` bits of what `uniform` returns for lane 0: ⌊2^count · u⌋.

    The numbers are those of one block only, and may be written over.
    """
    addend, shift = np.uint64(column_key & _MASK), np.uint64(64 - count)
    drawn = np.empty((2, min(SMALL_BLOCK, len(keys))), dtype=np.uint64)
    for rows in small_blocks(len(keys)):
        block = drawn[0, : rows.stop - rows.start]
        np.add(keys[rows], addend, out=block)
        _mix_block(block, drawn[1])
        np.right_shift(block, shift, out=block)
        yield rows, block.view(np.int64)


def uniform_lanes(keys: Bits, column_key: int, lanes: range, *, flipped: bool = False) -> npt.NDArray[np.float64]:
    """Return the uniforms u of several lanes, shape (lanes, n); `flipped`: 1 − u, which is exact."""
    addends = np.array([(column_key + lane * GOLDEN) & _MASK for lane in lanes], dtype=np.uint64)
    out = np.empty((len(lanes), len(keys)), dtype=np.float64)
    np.add(keys, addends[:, None], out=out.view(np.uint64))
    drawn = out.reshape(-1)
    spare = np.empty(min(BLOCK, drawn.size), dtype=np.uint64)
    for rows in blocks(drawn.size):
        _mix_block(drawn[rows].view(np.uint64), spare)
        _to_uniform(drawn[rows], _FLIPPED if flipped else _ONE)
    return out


def _to_uniform(drawn: npt.NDArray[np.float64], exponent: np.uint64 = _ONE) -> None:
    """Turn random bits, kept as floats, into uniforms in place, or with `_FLIPPED` into 1 less these."""
    # 52 bits below the exponent of 1 are 1 + k / 2^52; less 1 − 2^-53 that is (k + ½) / 2^52, without rounding. The
    # other way round k becomes 2^52 − 1 − k.
    block = drawn.view(np.uint64)
    np.right_shift(block, _S12, out=block)
    np.bitwise_xor(block, exponent, out=block)
    np.subtract(drawn, 1.0 - 2.0**-53, out=drawn)


def root_keys(table: str, numbers: Integers) -> Bits:
    """Return the row keys of a root table's rows, given their row numbers counted from 0."""
    return bits(numbers.astype(np.uint64) * np.uint64(GOLDEN), name_key("root", table))


def child_keys(table: str, parents: Bits, ordinals: Integers) -> Bits:
    """Return the row keys of children from their parents' keys (one per child) and ordinals counted from 0."""
    out = np.empty(len(parents), dtype=np.uint64)
    np.multiply(ordinals.astype(np.int64, copy=False).view(np.uint64), np.uint64(GOLDEN), out=out)
    out += parents
    for _ in _mixed_blocks(out, name_key("child", table) + GOLDEN, out):  # + GOLDEN: ordinals are counted from 1 here
        pass
    return out


def permute(index: Integers, size: int, key: int) -> npt.NDArray[np.int64]:
    """Return a keyed permutation of [0, size) at `index` (each in [0, size)), size at most 2^62.

    A balanced Feistel network over the next even power of two, walked along its cycle until it is back in range
    (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
    """
    half = max(1, (max(size - 1, 1).bit_length() + 1) // 2)
    out = _feistel(index.astype(np.uint64), half, key)
    outside = np.flatnonzero(out >= size)
    while outside.size:
        out[outside] = _feistel(out[outside], half, key)
        outside = outside[out[outside] >= size]
    return out.astype(np.int64)


def _feistel(values: Bits, half: int, key: int) -> Bits:
    mask, shift = np.uint64((1 << half) - 1), np.uint64(half)
    left, right = values >> shift, values & mask
    for step in range(_FEISTEL_ROUNDS):
        left, right = right, left ^ (bits(right * np.uint64(GOLDEN), key, step + 1) >> np.uint64(64 - half))
    return (left << shift) | right


def scramble32(values: npt.NDArray[np.uint32], key: int) -> npt.NDArray[np.uint32]:
    """Return the nested uniform (Owen) scramble of 32-bit fractions, keyed.

    Burley 2020, "Practical hash-based Owen scrambling", with the stronger hash of Vegdahl 2021, "Building a better
    Laine-Karras hash": after a reversal of the bits, every step lets a bit depend on lower bits only.
    """
    seed = np.uint32(key & 0xFFFFFFFF)
    factor = np.uint32((key >> 32) & 0xFFFFFFFF | 1)
    out = reverse32(values)
    out ^= out * np.uint32(0x3D20ADEA)
    out += seed
    out *= factor
    out ^= out * np.uint32(0x05526C56)
    out ^= out * np.uint32(0x53A22864)
    return reverse32(out)


def reverse32(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return the values with the order of their 32 bits reversed: the radical inverse in base 2, times 2^32."""
    out = values.byteswap()
    for shift, mask in ((4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        keep, by = np.uint32(mask), np.uint32(shift)
        out = ((out >> by) & keep) | ((out & keep) << by)
    return out
