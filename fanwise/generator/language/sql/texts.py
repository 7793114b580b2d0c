"""Functions on texts, and the text of every other type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import polars as pl

from fanwise.generator.language.sql.operands import ExpressionError, Operand, accept, apply, refuse

__all__ = ["SPACES", "as_text", "cased", "concatenate", "joined", "like", "replaced"]

# The characters that DuckDB's trim removes: the Unicode category Zs.
SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

_LONGEST = 1_000_000  # bytes of a text
_MOST = 1 << 29  # bytes of all texts of a chunk

SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~")  # of a regular expression

# DuckDB maps each letter to one letter. Polars follows the full rules of Unicode, which write some capitals with
# several letters (ß as SS) and a final Σ as ς; these letters take a detour over private characters.
LOWER_FIRST = {"İ": "i", "Σ": "σ"}


@cache
def _wide_letters() -> tuple[list[str], list[str], list[str]]:
    """Return the letters with a capital of several letters, private characters for them, and what stands instead."""
    wide = [chr(code) for code in range(0x10000) if len(chr(code).upper()) > 1] + ["\u019b", "\u0264"]
    capitals = {letter: letter.title() if len(letter.title()) == 1 else letter for letter in wide}
    capitals |= {"ß": "ẞ", "\u019b": "\u019b", "\u0264": "\u0264"}
    return list(capitals), [chr(0x10FF00 + index) for index in range(len(capitals))], list(capitals.values())


def as_text(operand: Operand) -> Operand:
    """Return the text of any operand, as CAST(x AS text) and || give it in DuckDB."""
    if operand.kind == "number":
        return Operand(_number_text(operand.data), operand.constant)
    if operand.kind == "timestamp":
        out = operand.data.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
        return Operand(out, operand.constant)
    return operand.cast(pl.String())


def _number_text(data: pl.Series) -> pl.Series:
    """Return the shortest text that reads back as each value, with an exponent below 1e-4 and from 1e16 on.

    NaN is refused: its sign, which no operation defines, would show.
    """
    if data.is_nan().any():
        raise ExpressionError("a result that is not a number (0/0, ln(-1)) has no text", "guard it with CASE WHEN")
    values = data.fill_null(0.0).to_numpy()
    size = np.abs(values)
    rare = ~((size >= 1e-4) & (size < 1e16) | (size == 0))
    out = data.cast(pl.String)
    if rare.any():
        index = np.flatnonzero(rare)
        out = out.scatter(index, pl.Series(values[index].astype(str)))
    return out


def _hold(sizes: Operand) -> None:
    """Raise ExpressionError where texts of these sizes in bytes, one a row, take too much memory."""
    each = sizes.data.drop_nulls().to_numpy()
    if len(each) and each.max() > _LONGEST:
        raise ExpressionError(f"a text is longer than {_LONGEST:,} bytes", "make shorter texts")
    if each.sum() > _MOST:
        why = f"the texts of one chunk of rows are larger than {_MOST >> 20} MB"
        raise ExpressionError(why, "make shorter texts, or smaller chunks: --chunk-rows 10000")


def _sized(texts: Sequence[Operand]) -> Sequence[Operand]:
    """Return the texts, which are to be put together (raises ExpressionError where that is too long)."""
    _hold(apply(lambda *each: pl.sum_horizontal(one.str.len_bytes().cast(pl.Int64) for one in each), *texts))
    return texts


def joined(operands: Sequence[Operand]) -> Operand:
    """Return a || b: null where either is null."""
    return apply(lambda a, b: pl.concat_str(a, b), *_sized([as_text(each) for each in operands]))


def concatenate(operands: Sequence[Operand]) -> Operand:
    """Return concat(a, b, …): nulls are skipped."""
    return apply(lambda *each: pl.concat_str(*each, ignore_nulls=True), *_sized([as_text(each) for each in operands]))


def cased(upper: bool, operands: Sequence[Operand]) -> Operand:
    """Return the text in capital or small letters, letter by letter."""
    (operand,) = accept("text", "upper" if upper else "lower", operands)
    data = operand.data
    plain = data.len() == 0 or bool((data.str.len_bytes() == data.str.len_chars()).all())
    if plain:
        return Operand(data.str.to_uppercase() if upper else data.str.to_lowercase(), operand.constant)
    if upper:
        letters, private, capitals = _wide_letters()
        return apply(
            lambda a: a.str.replace_many(letters, private).str.to_uppercase().str.replace_many(private, capitals),
            operand,
        )
    return apply(
        lambda a: a.str.replace_many(list(LOWER_FIRST), list(LOWER_FIRST.values())).str.to_lowercase(), operand
    )


def replaced(operands: Sequence[Operand]) -> Operand:
    """Return replace(text, old, new): every `old`; unchanged where `old` is empty, null where any of the three is."""
    text, old, new = accept("text", "replace", operands)
    if old.constant and new.constant:
        before, after = old.data[0], new.data[0]
        if before is None or after is None:
            return Operand(pl.Series([None], dtype=pl.String), constant=True)
        if before == "":
            return text
        more = len(after.encode()) - len(before.encode())
        if more > 0:
            found = apply(lambda a: a.str.count_matches(before, literal=True).cast(pl.Int64), text)
            _hold(apply(lambda a, times: a.str.len_bytes() + more * times, text, found))
        return apply(lambda a: a.str.replace_all(before, after, literal=True), text)
    raise refuse("replace", operands, "what to replace, and by what, are text literals")


def like(operands: Sequence[Operand]) -> Operand:
    """Return whether a text matches a pattern, a constant in which % is any text and _ one character."""
    text, pattern = accept("text", "LIKE", operands)
    written, signs = str(pattern.data[0]), {"%": ".*", "_": "."}
    part, at_start, at_end = written.strip("%"), not written.startswith("%"), not written.endswith("%")
    if not signs.keys() & {*part}:  # as is most often the case
        if at_start and at_end:
            return apply(lambda a: a == part, text)
        if at_start or at_end:
            return apply(lambda a: a.str.starts_with(part) if at_start else a.str.ends_with(part), text)
        return apply(lambda a: a.str.contains(part, literal=True), text)
    regex = "".join(signs.get(sign) or (f"\\{sign}" if sign in SPECIAL else sign) for sign in part)
    return apply(lambda a: a.str.contains(f"(?s){'^' * at_start}{regex}{'$' * at_end}"), text)
