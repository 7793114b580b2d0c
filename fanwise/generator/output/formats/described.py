"""An Arrow schema whose fields have descriptions, without PyArrow: that of Polars with metadata added in place.

Layout: the Arrow C data interface, https://arrow.apache.org/docs/format/CDataInterface.html.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping

import polars as pl

__all__ = ["DescribedSchema"]


class _Node(ctypes.Structure):
    """`struct ArrowSchema`: one field, with its children."""


_Node._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Node))),
    ("dictionary", ctypes.POINTER(_Node)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]

_VIEWS = {b"vu": b"U", b"vz": b"Z", b"+vl": b"+L"}  # what files without descriptions have instead of views


class DescribedSchema:
    """The schema of a frame with `description` in the metadata of some fields. It lives as long as its capsules.

    columns: column name -> description.
    """

    def __init__(self, schema: pl.Schema, columns: Mapping[str, str]) -> None:
        self._schema, self._columns = schema, columns
        self._kept: list[ctypes.Array[ctypes.c_char]] = []

    def __arrow_c_schema__(self) -> object:
        """Return the capsule of the schema. Whoever takes it copies the metadata, and frees nothing of this object."""
        capsule = self._schema.__arrow_c_schema__()
        top = _Node.from_address(_pointer(capsule, b"arrow_schema"))
        for place, name in enumerate(self._schema):
            node = top.children[place].contents
            _without_views(node)
            if text := self._columns.get(name):
                self._kept.append(ctypes.create_string_buffer(_encoded("description", text)))
                node.metadata = ctypes.addressof(self._kept[-1])
        return capsule


def _without_views(node: _Node) -> None:
    if node.format in _VIEWS:
        node.format = _VIEWS[node.format]  # a pointer into the bytes of `_VIEWS`, which stay
    for place in range(node.n_children):
        _without_views(node.children[place].contents)


def _encoded(key: str, value: str) -> bytes:
    """Return metadata of one key: the number of keys, and the length and the UTF-8 bytes of each text."""
    texts = [text.encode() for text in (key, value)]
    return struct.pack("=i", 1) + b"".join(struct.pack("=i", len(text)) + text for text in texts)
