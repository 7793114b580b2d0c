"""The content hash: what a table says, whatever its row order, files, column order or the libraries that wrote it.

Definition. All arithmetic is modulo 2^64, ``mix`` is `fanwise.generator.numerics.randomness.mix64`:

- A column has ``key = name_key("content", name, kind)``; kind is ``int float bool text date time timestamp decimal(s)``
  (``decimal`` with its scale s); a timestamp with a zone is one, in UTC.
- A cell is its words: an integer, date (days), time (nanoseconds since midnight) or timestamp (microseconds)
  sign-extended to 64 bits, a bool 0 or 1, a
  float the IEEE bits of the float64 of the same value (one pattern for all NaN), a decimal its unscaled 128 bits, low
  word first, a text its length in bytes as 4 bytes little-endian followed by its UTF-8, padded with zeros to 16 bytes
  or, above, to a multiple of 8. Then ``h = key; for w in words: h = mix(h + w)``. A null is
  ``name_key("null", name, kind)``.
- A struct is its parts, as if each were a column called ``name.part``, and a bool ``name?``, true where it is null. A
  list is one cell ``mix(key + its length + the sum over its elements)``, where element i, whose cells are those of a
  column ``name[]``, adds ``mix(the sum of its cells + i)``.
- A row is ``mix(sum of its cells)``; a table is (count of rows, sum of rows modulo 2^128, xor of rows), printed as 16,
  32 and 16 hexadecimal digits.

The word of a text of at most 12 bytes is the Arrow view of it, so that short texts cost two mixes and no look-up.
"""

from __future__ import annotations

from fanwise.generator.output.content_hash.table import ContentHash, content_hash, row_hashes

__all__ = ["ContentHash", "content_hash", "row_hashes"]
