"""The memory of a Polars column as numpy sees it, without a copy and without pyarrow.

Polars hands columns over by the Arrow PyCapsule interface (`__arrow_c_stream__`); what is read here are the structures
of the Arrow C stream and data interfaces: https://arrow.apache.org/docs/format/CDataInterface.html.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.errors import FanwiseError

__all__ = ["ArrowChunk", "arrow_chunks"]

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


_Next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", _Next),
        ("get_next", _Next),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)


@dataclass(frozen=True, slots=True)
class ArrowChunk:
    """One contiguous run of a column; its arrays are valid until the iterator that yielded it has ended.

    layout: the Arrow format string ("l" int64, "g" float64, "b" bool, "vu" text as views, "d:10,2" decimal, …).
    values: shape (bytes,), the buffer of values from its first byte on; row 0 is at position `offset`.
    blobs: for text, the buffers that hold texts of more than 12 bytes.
    """

    layout: str
    length: int
    offset: int
    values: Bytes
    validity: Bytes | None
    blobs: tuple[Bytes, ...] = ()

    def rows(self, dtype: npt.DTypeLike, width: int = 1) -> npt.NDArray[Any]:
        """Return the values as an array of `dtype`, shape (length,), or (length, width) for `width` items a row."""
        items = self.values.view(dtype)[self.offset * width : (self.offset + self.length) * width]
        return items if width == 1 else items.reshape(self.length, width)

    def flags(self) -> Mask:
        """Return the values of a bool column, shape (length,)."""
        return _unpack(self.values, self.offset, self.length)

    def nulls(self) -> Mask | None:
        """Return True where a row is null, shape (length,), or None when no row is."""
        return None if self.validity is None else ~_unpack(self.validity, self.offset, self.length)


def arrow_chunks(series: pl.Series) -> Iterator[ArrowChunk]:
    """Yield the chunks of `series`; their memory is given back at the end.

    Until then no two of them have memory at the same address unless it is the same memory.
    """
    capsule = series.__arrow_c_stream__(None)
    address = _capsule_pointer(capsule, b"arrow_array_stream")
    stream = _Stream.from_address(address)
    schema = _Schema()
    _demand(stream.get_schema(address, ctypes.byref(schema)), series)
    layout = (schema.format or b"").decode()
    _give_back(schema)
    arrays: list[_Array] = []
    try:
        while True:
            array = _Array()
            _demand(stream.get_next(address, ctypes.byref(array)), series)
            if not array.release:
                return
            arrays.append(array)
            yield _chunk(array, layout)
    finally:
        for array in arrays:
            _give_back(array)


def _chunk(array: _Array, layout: str) -> ArrowChunk:
    length, offset = array.length, array.offset
    end = length + offset
    has_nulls = array.null_count != 0 and bool(array.buffers[0])
    validity = _view(array.buffers[0], (end + 7) // 8) if has_nulls else None
    values = _view(array.buffers[1], _bytes_of(layout, end)) if end else np.empty(0, np.uint8)
    return ArrowChunk(layout, length, offset, values, validity, _blobs(array) if layout == "vu" and end else ())


def _bytes_of(layout: str, rows: int) -> int:
    """Return how many bytes the buffer of values holds for `rows` rows."""
    if layout == "b":
        return (rows + 7) // 8
    widths = {"c": 1, "C": 1, "s": 2, "S": 2, "i": 4, "I": 4, "f": 4, "l": 8, "L": 8, "g": 8, "tdD": 4, "vu": 16}
    if layout.startswith(("ts", "tt", "tD")):
        return rows * 8
    if layout.startswith("d:"):
        return rows * 16
    if layout not in widths:
        raise FanwiseError("FW-DEFECT", f"no layout of columns is called '{layout}' here")
    return rows * widths[layout]


def _blobs(array: _Array) -> tuple[Bytes, ...]:
    # Views: validity, views, one buffer per blob, and last the sizes of the blobs as int64.
    count = array.n_buffers - 3
    if count < 1:
        return ()
    sizes = _view(array.buffers[array.n_buffers - 1], count * 8).view(np.int64).tolist()
    return tuple(_view(array.buffers[2 + i], size) for i, size in enumerate(sizes))


def _view(address: int | None, size: int) -> Bytes:
    if not address or not size:
        return np.empty(0, dtype=np.uint8)
    return np.frombuffer(memoryview((ctypes.c_uint8 * size).from_address(address)).cast("B"), dtype=np.uint8)


def _unpack(bitmap: Bytes, offset: int, length: int) -> Mask:
    first = offset // 8
    bits = np.unpackbits(bitmap[first : (offset + length + 7) // 8], bitorder="little")
    return bits[offset - 8 * first : offset - 8 * first + length].view(np.bool_)


def _give_back(owned: _Schema | _Array) -> None:
    if owned.release:
        _Release(owned.release)(ctypes.addressof(owned))


def _demand(code: int, series: pl.Series) -> None:
    if code:
        raise FanwiseError(
            "FW-DEFECT", f"column '{series.name}' ({series.dtype}) could not be read from memory: error {code}"
        )
