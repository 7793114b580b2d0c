"""Text built column by column: identifiers and patterns.

Rows are written into a matrix of bytes, one row a text, which Polars takes over as it is: no text is made in Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.io.problems import Refused

__all__ = ["MAX_DOMAIN", "Pattern", "PatternError", "parse_pattern", "uuid_text"]

MAX_DOMAIN = 2**63
MAX_CHARACTERS = 300
MAX_WIDTH = 18
BLOCK = 1 << 15  # rows a matrix: it stays in a core's cache

Bits = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.uint8]

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# An identifier is eight groups of four hexadecimal digits, with hyphens after the second to the fifth.
_GROUPS = (0, 4, 9, 14, 19, 24, 28, 32)
_HYPHENS = (8, 13, 18, 23)
_UUID = np.dtype(
    {
        "names": [f"at {place}" for place in _GROUPS + _HYPHENS],
        "formats": ["u4"] * len(_GROUPS) + ["u1"] * len(_HYPHENS),
        "offsets": [*_GROUPS, *_HYPHENS],
        "itemsize": 36,
    }
)
_VERSION = np.uint64(0x8000)
_VARIANT = np.uint64(1 << 63)


class PatternError(Refused):
    """A pattern that cannot be used: the reason, a fix, and the 0-based position."""

    def __init__(self, why: str, hint: str = "", offset: int = 0) -> None:
        self.offset = offset
        super().__init__("FW-PLAN-PATTERN", why, hint)


def uuid_text(high: Bits, low: Bits) -> pl.Series:
    """Return n texts of 36 lower-case characters: RFC 9562 version 8, variant 10, 122 bits of `high` and `low`.

    The version replaces bits 12 to 15 of `high`, the variant the two highest bits of `low`.
    """
    hexadecimal = _hexadecimal()
    pieces = []
    for begin in range(0, max(1, len(high)), BLOCK):
        upper = (high[begin : begin + BLOCK] & ~np.uint64(0xF000)) | _VERSION
        lower = (low[begin : begin + BLOCK] & np.uint64((1 << 62) - 1)) | _VARIANT
        texts = np.empty(len(upper), dtype=_UUID)
        for index, place in enumerate(_GROUPS):
            half, shift = (upper, lower)[index // 4], np.uint64(48 - 16 * (index % 4))
            texts[f"at {place}"] = hexadecimal[(half >> shift) & np.uint64(0xFFFF)]
        for place in _HYPHENS:
            texts[f"at {place}"] = ord("-")
        pieces.append(_series(texts.view(np.uint8).reshape(len(upper), 36)))
    return pl.concat(pieces)


@cache
def _hexadecimal() -> npt.NDArray[np.uint32]:
    """Return the four lower-case characters of each 16-bit number, as in memory."""
    return np.frombuffer(b"".join(b"%04x" % value for value in range(1 << 16)), dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Sequence:
    """The place of a row's sequence number, at least `width` characters wide, filled with zeros."""

    width: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The place of one character out of `characters`, all ASCII and different."""

    characters: str


Part = str | Sequence | Choice


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template of fixed text, sequence numbers and places with a choice of characters."""

    parts: tuple[Part, ...]

    @property
    def domain(self) -> int:
        """Number of texts that differ in their chosen characters."""
        size = 1
        for part in self.parts:
            if isinstance(part, Choice):
                size *= len(part.characters)
        return size

    @property
    def has_seq(self) -> bool:
        return any(isinstance(part, Sequence) for part in self.parts)

    @property
    def lengths(self) -> tuple[int, int] | None:
        """The fewest and the most characters of a text; None where a sequence number may grow."""
        if self.has_seq:
            return None
        size = sum(len(part) if isinstance(part, str) else 1 for part in self.parts)
        return size, size

    @property
    def like(self) -> str:
        """What all texts are LIKE, `%` being any text and `_` one character; "" where it says nothing."""
        own = "".join(map(_like, self.parts))
        return own if set(own) - set("_%") or "%" not in own else ""

    @property
    def drawn(self) -> list[tuple[int, str]]:
        """The places with a choice of characters: from 1, and behind a sequence number, which may grow, from -1."""
        sizes = [len(part) if isinstance(part, str) else 1 for part in self.parts]
        numbers = [at for at, part in enumerate(self.parts) if isinstance(part, Sequence)]
        first, last = (numbers[0], numbers[-1]) if numbers else (len(sizes), -1)
        found = []
        for at, part in enumerate(self.parts):
            if isinstance(part, Choice) and len(part.characters) > 1 and not first < at < last:
                found.append((sum(sizes[:at]) + 1 if at < first else -sum(sizes[at:]), part.characters))
        return found

    def render(self, sequence: Ints | None, index: Bits) -> pl.Series:
        """Return n texts.

        sequence: numbers from 0 on for `{seq}`, shape (n,), or None without one. index: values in [0, domain), shape
        (n,), whose digits in the mixed base of the places, the rightmost place last, choose the characters: different
        values give different texts.
        """
        pieces = []
        for begin in range(0, max(1, len(index)), BLOCK):
            rows = slice(begin, begin + BLOCK)
            numbers = None if sequence is None else sequence[rows]
            pieces.append(self._block(numbers, index[rows].astype(np.uint64)))
        return pl.concat(pieces)

    def _block(self, sequence: Ints | None, index: Bits) -> pl.Series:
        if not self.has_seq:
            return _series(self._matrix(index, 0, None))
        assert sequence is not None, "a pattern with {seq} needs sequence numbers"
        digits = _digit_count(sequence)
        if not len(digits) or digits.min() == digits.max():
            return _series(self._matrix(index, int(digits.max(initial=1)), sequence))
        out, order = [], []
        for count in np.unique(digits).tolist():
            rows = np.flatnonzero(digits == count)
            out.append(_series(self._matrix(index[rows], count, sequence[rows])))
            order.append(rows)
        place = np.empty(len(index), dtype=np.int64)
        place[np.concatenate(order)] = np.arange(len(index))
        return pl.concat(out).gather(place)

    def _matrix(self, index: Bits, digits: int, sequence: Ints | None) -> Matrix:
        """Return the texts as bytes, shape (n, width), for sequence numbers of `digits` digits."""
        widths = [self._width(part, digits) for part in self.parts]
        matrix = np.empty((len(index), sum(widths)), dtype=np.uint8)
        end = matrix.shape[1]
        for part, width in zip(reversed(self.parts), reversed(widths), strict=True):
            begin, field = end - width, matrix[:, end - width : end]
            if isinstance(part, str):
                field[:] = np.frombuffer(part.encode(), dtype=np.uint8)
            elif isinstance(part, Choice):
                index, chosen = np.divmod(index, np.uint64(len(part.characters)))
                field[:, 0] = np.frombuffer(part.characters.encode(), dtype=np.uint8)[chosen.astype(np.intp)]
            elif sequence is not None:
                _write_decimal(field, sequence)
            end = begin
        return matrix

    @staticmethod
    def _width(part: Part, digits: int) -> int:
        if isinstance(part, str):
            return len(part.encode())
        return 1 if isinstance(part, Choice) else max(part.width, digits)


def _like(part: Part) -> str:
    if isinstance(part, str):
        return "".join("_" if sign in "_%\\" else sign for sign in part)
    return "_" if isinstance(part, Choice) else f"{'_' * max(part.width, 1)}%"


def parse_pattern(text: str) -> Pattern:
    r"""Return the pattern that `text` describes; raises PatternError.

    `{seq}` or `{seq:06}` is the row's sequence number; `#` a digit; `?` a letter A to Z; `[A-F0-9]` one of these
    characters; `\` makes the next character literal.
    """
    if len(text) > MAX_CHARACTERS:
        raise PatternError(f"{len(text)} characters are more than {MAX_CHARACTERS}")
    parts: list[Part] = []
    at = 0
    while at < len(text):
        part, at = _part(text, at)
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    pattern = Pattern(tuple(parts))
    if not parts:
        raise PatternError("the pattern is empty")
    if pattern.domain > MAX_DOMAIN:
        raise PatternError("more than 2^63 different texts", "use fewer characters, or `uuid`")
    return pattern


def _part(text: str, at: int) -> tuple[Part, int]:
    """Return the part that begins at `at`, and where the next one begins."""
    character = text[at]
    if character == "\\":
        if at + 1 == len(text):
            raise PatternError("nothing follows the last \\", "write \\\\ for a backslash", at)
        return _literal(text[at + 1], at + 1), at + 2
    if character == "#":
        return Choice(DIGITS), at + 1
    if character == "?":
        return Choice(LETTERS), at + 1
    if character == "{":
        return _sequence(text, at)
    if character == "[":
        return _choice(text, at)
    if character in "}]":
        raise PatternError(f"{character} has no opening bracket", f"write \\{character} for the character itself", at)
    return _literal(character, at), at + 1


def _literal(character: str, at: int) -> str:
    if ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) < 0xE000:
        raise PatternError("control characters are not allowed", "delete it", at)
    return character


def _sequence(text: str, at: int) -> tuple[Sequence, int]:
    end = text.find("}", at)
    inside = text[at + 1 : end] if end > 0 else ""
    name, colon, width = inside.partition(":")
    if name != "seq" or (colon and not (width.isascii() and width.isdigit())):
        raise PatternError("only {seq} and {seq:06} are known", "write \\{ for the character itself", at)
    if int(width or 0) > MAX_WIDTH:
        raise PatternError(f"{{seq}} is at most {MAX_WIDTH} wide", offset=at)
    return Sequence(int(width or 0)), end + 1


def _choice(text: str, at: int) -> tuple[Choice, int]:
    """Return the characters between [ and ]: single ones, ranges such as A-F, and those after a backslash."""
    characters: list[str] = []
    begin, at = at, at + 1
    while at < len(text) and text[at] != "]":
        low, at = _member(text, at)
        high = low
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in {"", "]"}:
            high, at = _member(text, at + 1)
        if high < low:
            raise PatternError(f"the range {low}-{high} runs backwards", f"write {high}-{low}", begin)
        characters += [chr(code) for code in range(ord(low), ord(high) + 1)]
    if at >= len(text):
        raise PatternError("] is missing", "write \\[ for the character itself", begin)
    if not characters:
        raise PatternError("[] is empty", "write a range such as [A-F]", begin)
    if len(set(characters)) < len(characters):
        raise PatternError("duplicate character between [ and ]", "list each once", begin)
    return Choice("".join(characters)), at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    if text[at] == "\\":
        at += 1
    character = text[at : at + 1]
    if not character.isascii() or not character.isprintable() or not character:
        raise PatternError("only visible ASCII characters are allowed between [ and ]", offset=at)
    return character, at + 1


def _digit_count(numbers: Ints) -> Ints:
    if len(numbers) and int(numbers.min()) < 0:
        raise PatternError("a pattern cannot hold a negative sequence number", "start the sequence at 0 or above")
    powers = 10 ** np.arange(1, 19, dtype=np.int64)
    return np.searchsorted(powers, numbers, side="right") + 1


def _write_decimal(field: Matrix, numbers: Ints) -> None:
    """Write `numbers` into `field`, shape (n, width), from the right, with zeros on the left."""
    rest = numbers.astype(np.uint64)
    for place in range(field.shape[1] - 1, -1, -1):
        rest, digit = np.divmod(rest, np.uint64(10))
        field[:, place] = digit
    field += ord("0")


def _series(matrix: Matrix) -> pl.Series:
    """Return the rows of a byte matrix as texts; they hold no zero byte, which would be cut off at the end."""
    rows, width = matrix.shape
    if not rows:
        return pl.Series([], dtype=pl.String)
    return pl.Series(np.ascontiguousarray(matrix).reshape(-1).view(f"S{width}")).cast(pl.String)
