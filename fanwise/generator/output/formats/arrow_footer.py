"""Descriptions in an Arrow file: a new footer behind its batches, whose schema has metadata.

The writer of Polars takes no metadata for Arrow files, but Polars describes the fields in a Parquet file, as a message
of Arrow. The new footer refers to the fields in such a message and to the batches that are in the file. All offsets of
FlatBuffers are relative and lead forward, so the message is put behind the footer's own tables as it is.

Layouts: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format and the file Schema.fbs and File.fbs there;
https://flatbuffers.dev/internals.
"""

from __future__ import annotations

import base64
import io
import struct
from pathlib import Path

import polars as pl

from fanwise.generator.output.formats.described import DescribedSchema
from fanwise.generator.plan.schema import Words

__all__ = ["describe_file"]

_MAGIC = b"ARROW1"
_BLOCK = 24  # bytes: where a batch begins, how long its metadata and its body are
_V5 = 4
_FIELDS = 1  # the slots of tables that are read: of Schema, of Message, of Footer
_HEADER, _BATCHES = 2, 3


def describe_file(path: Path, schema: pl.Schema, words: Words) -> None:
    """Give the Arrow file at `path`, which holds a frame of this schema, the descriptions. Raises OSError."""
    with path.open("r+b") as file:
        file.seek(-len(_MAGIC) - 4, io.SEEK_END)
        end = file.tell()
        (size,) = struct.unpack("<i", file.read(4))
        file.seek(end - size)
        footer = _footer(_batches(file.read(size)), _message(schema, words), words.table)
        file.seek(end - size)
        file.write(footer + struct.pack("<i", len(footer)) + _MAGIC)
        file.truncate()


def _message(schema: pl.Schema, words: Words) -> bytes:
    """Return the message that describes the fields, without what says how long it is."""
    parquet = io.BytesIO()
    pl.DataFrame(schema=schema).write_parquet(parquet, arrow_schema=DescribedSchema(schema, words.columns))
    parquet.seek(0)
    return base64.b64decode(pl.read_parquet_metadata(parquet)["ARROW:schema"])[8:]


def _batches(footer: bytes) -> bytes:
    """Return the entries of the batches in a footer."""
    start = _target(footer, _followed(footer, 0), _BATCHES)
    (count,) = struct.unpack_from("<I", footer, start)
    return footer[start + 4 : start + 4 + count * _BLOCK]


def _followed(buffer: bytes, place: int) -> int:
    """Return where the offset at `place` leads."""
    offset: int = struct.unpack_from("<I", buffer, place)[0]
    return place + offset


def _target(buffer: bytes, table: int, slot: int) -> int:
    """Return where a table keeps what its slot refers to."""
    slots = table - struct.unpack_from("<i", buffer, table)[0]
    return _followed(buffer, table + struct.unpack_from("<H", buffer, slots + 4 + 2 * slot)[0])


def _footer(batches: bytes, message: bytes, text: str) -> bytes:
    """Return a footer: its table, the schema's, the batches, the metadata of the schema, and the message."""
    told = _metadata(text) if text else b""
    here = 72 + len(batches)  # where the metadata begins; every part begins at a multiple of 8
    fields = here + len(told) + _target(message, _target(message, _followed(message, 0), _HEADER), _FIELDS)
    head = struct.pack("<I", 16)
    head += struct.pack("<6H", 12, 20, 4, 8, 12, 16)  # the slots of Footer: version, schema, dictionaries, batches
    head += struct.pack("<ihxxIII", 12, _V5, 48 - 24, 60 - 28, 68 - 32)
    head += struct.pack("<5H2x", 10, 12, 0, 4, 8 if told else 0)  # of Schema: endianness, fields, metadata
    head += struct.pack("<iII", 12, fields - 52, here - 56 if told else 0)
    head += struct.pack("<I4xI", 0, len(batches) // _BLOCK)  # no dictionaries
    return head + batches + told + message


def _metadata(text: str) -> bytes:
    """Return a list of one pair, `description` and the text."""
    key, value = (_text(part) for part in ("description", text))
    pair = struct.pack("<4H", 8, 12, 4, 8) + struct.pack("<iII", 8, 8, 4 + len(key))
    told = struct.pack("<II", 1, 12) + pair + key + value
    return told + bytes(-len(told) % 8)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<I", len(encoded)) + encoded + bytes(4 - len(encoded) % 4)
