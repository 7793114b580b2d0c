"""What a defect makes of the values that it hits.

Each function gets the clean values (n,), none of them null, and 64 random bits per row (uint64). It returns the dirty
values, of the same type, and equal to the clean value where the defect is not possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.language.spec import Defect
from fanwise.generator.numerics.randomness import Bits

__all__ = ["CHANGES", "candidates"]

Change = Callable[[pl.Series, Bits, Defect], pl.Series]


def null(clean: pl.Series, drawn: Bits, defect: Defect) -> pl.Series:
    """Return no values."""
    return pl.Series(clean.name, [None], dtype=clean.dtype).new_from_index(0, len(clean))


def typo(clean: pl.Series, drawn: Bits, defect: Defect) -> pl.Series:
    """Return texts with one typing error: two neighbours swapped, a character left out, or one doubled."""
    texts = pl.DataFrame(
        {"t": clean, "n": clean.str.len_chars(), "at": drawn >> np.uint64(8), "way": drawn & np.uint64(3)}
    )
    last = pl.col("n").cast(pl.UInt64)
    at = pl.when(last > 0).then(pl.col("at") % last).otherwise(0).cast(pl.Int64)
    text, next_ = pl.col("t"), at + 1
    before, here, after = text.str.slice(0, at), text.str.slice(at, 1), text.str.slice(next_)
    swapped = before + text.str.slice(next_, 1) + here + text.str.slice(at + 2)
    left_out, doubled = before + after, before + here + here + after
    chosen = pl.when(pl.col("way") < 2).then(swapped).when(pl.col("way") == 2).then(left_out).otherwise(doubled)
    # The last character, or two that are alike, cannot be swapped; a text of one character does not become empty.
    made = pl.when((chosen == text) | (chosen == "")).then(doubled).otherwise(chosen)
    return texts.select(made.alias(clean.name)).to_series()


def case(clean: pl.Series, drawn: Bits, defect: Defect) -> pl.Series:
    """Return texts in upper case, or in lower case where they are in upper case."""
    upper, lower = clean.str.to_uppercase(), clean.str.to_lowercase()
    frame = pl.DataFrame({"t": clean, "u": upper, "l": lower})
    # Other scripts have letters, such as ß and ς, of which a lower case is not the only one.
    fits = pl.col("t").str.contains(r"^[\x00-\x{24F}&&[^ßİıŉǰſ]]*$")
    made = pl.when(fits & (pl.col("u") != pl.col("t"))).then(pl.col("u")).otherwise(pl.col("l"))
    return frame.select(pl.when(fits).then(made).otherwise(pl.col("t")).alias(clean.name)).to_series()


def whitespace(clean: pl.Series, drawn: Bits, defect: Defect) -> pl.Series:
    """Return texts with one or two spaces before or behind them."""
    frame = pl.DataFrame({"t": clean, "way": drawn & np.uint64(3)})
    way, text = pl.col("way"), pl.col("t")
    ways = [pl.lit(" ") + text, text + " ", pl.lit("  ") + text, text + "  "]
    made = pl.when(way == 0).then(ways[0]).when(way == 1).then(ways[1]).when(way == 2).then(ways[2]).otherwise(ways[3])
    return frame.select(made.alias(clean.name)).to_series()


def outlier(clean: pl.Series, drawn: Bits, defect: Defect) -> pl.Series:
    """Return numbers times the factor; as they were where the type cannot hold the product."""
    product = pl.col("c").cast(pl.Float64) * defect.factor
    if isinstance(clean.dtype, pl.Decimal):
        limit, rounded = 10.0 ** (clean.dtype.precision - clean.dtype.scale) - 1, product.round(clean.dtype.scale)
    elif clean.dtype.is_integer():
        limit, rounded = 2.0 ** (8 * _width(clean.dtype) - 1) - 1, product.round()
    else:
        limit, rounded = float("inf"), product
    fits = product.is_finite() & (product.abs() < limit)
    made = pl.when(fits).then(rounded).cast(clean.dtype).fill_null(pl.col("c"))
    return pl.DataFrame({"c": clean}).select(made.alias(clean.name)).to_series()


CHANGES: Mapping[str, Change] = {
    "null": null,
    "typo": typo,
    "case": case,
    "whitespace": whitespace,
    "outlier": outlier,
}
"""The defects that need nothing but the value."""


def candidates(clean: pl.Series, drawn: Bits) -> pl.Series:
    """Return keys that probably do not exist, of the type of `clean`: negative integers, texts, or UUIDs for UUIDs."""
    if clean.dtype.is_integer():
        most = min(1 << 31, 1 << (8 * _width(clean.dtype) - 1))
        numbers: npt.NDArray[np.int64] = -1 - (drawn % np.uint64(most - 1)).astype(np.int64)
        return pl.Series(clean.name, numbers).cast(clean.dtype)
    digits = pl.Series([f"{number:016x}" for number in drawn.tolist()], dtype=pl.String)
    frame = pl.DataFrame({"c": clean, "d": digits})
    d = pl.col("d")
    parts = [d.str.slice(0, 8), d.str.slice(8, 4), pl.lit("4") + d.str.slice(12, 3), pl.lit("8") + d.str.slice(1, 3)]
    uuid = pl.concat_str([*parts, d.str.slice(4, 12)], separator="-")
    is_uuid = pl.col("c").str.contains(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    made = pl.when(is_uuid).then(uuid).otherwise(pl.lit("missing-") + d.str.slice(0, 8))
    return frame.select(made.alias(clean.name)).to_series()


def _width(dtype: pl.DataType) -> int:
    widths: Mapping[type[pl.DataType], int] = {pl.Int8: 1, pl.Int16: 2, pl.Int32: 4}
    return widths.get(type(dtype), 8)
