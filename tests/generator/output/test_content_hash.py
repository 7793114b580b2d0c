"""The content hash against its definition, computed cell by cell in plain Python."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.errors import FanwiseError
from fanwise.generator.output.content_hash import ContentHash, content_hash, row_hashes

MASK = (1 << 64) - 1
EPOCH = dt.datetime(1970, 1, 1)


def mix(z: int) -> int:
    z ^= z >> 30
    z = z * 0xBF58476D1CE4E5B9 & MASK
    z ^= z >> 27
    z = z * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def name_key(*parts: str) -> int:
    encoded = b"".join(f"s{len(part.encode())}:".encode() + part.encode() for part in parts)
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8, person=b"fanwise").digest(), "little")


def kind_of(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.scale})"
    named = {pl.Boolean: "bool", pl.Date: "date", pl.Datetime: "timestamp", pl.String: "text", pl.Enum: "text"}
    return named.get(type(dtype), "float" if dtype.is_float() else "int")


def words_of(value: Any, dtype: pl.DataType) -> list[int]:
    if isinstance(value, str):
        text = value.encode()
        padded = len(text).to_bytes(4, "little") + text
        padded = padded.ljust(max(16, -(-len(padded) // 8) * 8), b"\0")
        return list(struct.unpack(f"<{len(padded) // 8}Q", padded))
    if isinstance(value, float):
        return [struct.unpack("<Q", struct.pack("<d", value))[0] if value == value else 0x7FF8 << 48]
    if isinstance(value, Decimal):
        unscaled = int(value.scaleb(dtype.scale)) & (1 << 128) - 1  # type: ignore[attr-defined]
        return [unscaled & MASK, unscaled >> 64]
    if isinstance(value, dt.datetime):
        return [(value - EPOCH) // dt.timedelta(microseconds=1) & MASK]
    if isinstance(value, dt.date):
        return [(value - EPOCH.date()).days & MASK]
    return [int(value) & MASK]


def defined(frame: pl.DataFrame) -> str:
    rows = []
    for row in frame.iter_rows():
        total = 0
        for name, dtype, value in zip(frame.columns, frame.dtypes, row, strict=True):
            if value is None:
                total += name_key("null", name, kind_of(dtype))
                continue
            cell = name_key("content", name, kind_of(dtype))
            for word in words_of(value, dtype):
                cell = mix(cell + word & MASK)
            total += cell
        rows.append(mix(total & MASK))
    xor = 0
    for row in rows:
        xor ^= row
    return f"{len(rows):016x}{sum(rows) % (1 << 128):032x}{xor:016x}"


TYPES: dict[pl.DataType, st.SearchStrategy[Any]] = {
    pl.Int8(): st.integers(-128, 127),
    pl.Int16(): st.integers(-(2**15), 2**15 - 1),
    pl.Int32(): st.integers(-(2**31), 2**31 - 1),
    pl.Int64(): st.integers(-(2**63), 2**63 - 1),
    pl.UInt32(): st.integers(0, 2**32 - 1),
    pl.Float32(): st.floats(width=32),
    pl.Float64(): st.floats(),
    pl.Decimal(20, 3): st.decimals(-(10**16), 10**16, places=3),
    pl.Boolean(): st.booleans(),
    pl.Date(): st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.String(): st.text(max_size=40),
    pl.Enum(["", "VIP", "a segment of a longer name"]): st.sampled_from(["", "VIP", "a segment of a longer name"]),
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    height = draw(st.integers(0, 12))
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True))
    columns = []
    for name in names:
        dtype, values = draw(st.sampled_from(list(TYPES.items())))
        drawn = draw(st.lists(st.none() | values, min_size=height, max_size=height))
        columns.append(pl.Series(name, drawn, dtype=dtype))
    return pl.DataFrame(columns)


@given(frames())
def test_it_is_what_the_definition_says(frame: pl.DataFrame) -> None:
    assert content_hash(frame) == defined(frame)


@given(frames(), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_says_nothing(frame: pl.DataFrame, random: Any) -> None:
    order = list(range(frame.height))
    random.shuffle(order)

    assert content_hash(frame.select(sorted(frame.columns))[order]) == content_hash(frame)


@given(frames(), st.lists(st.integers(0, 12), max_size=4))
def test_parts_and_chunks_say_nothing(frame: pl.DataFrame, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, frame.height) for cut in cuts), frame.height]
    pieces = [frame[a:b] for a, b in itertools.pairwise(edges)]
    merged = ContentHash()
    for piece in reversed(pieces):
        merged.merge(ContentHash().update(piece))

    assert merged.hexdigest() == content_hash(frame)
    assert ContentHash.from_hexdigest(merged.hexdigest()).merge(ContentHash()).hexdigest() == merged.hexdigest()
    assert content_hash(pl.concat(pieces, rechunk=False)) == content_hash(frame)


@pytest.fixture(scope="module")
def large() -> pl.DataFrame:
    """Rows over several blocks, with texts inside and outside of views, pooled and not, nulls among them."""
    count = 90_000
    number = np.arange(count)
    pool = pl.Series([f"{'name ' * (i % 9)}{i}" for i in range(2_000)])
    frame = pl.DataFrame(
        {
            "id": number,
            "share": np.sqrt(number),
            "pooled": pool.gather(number * 7 % 2_000),
            "own": pl.Series([f"{i:x}@{'example' * (i % 5)}.com" for i in range(count)]),
            "flag": number % 3 == 0,
        }
    )
    gaps = pl.col("id") % 11 == 0
    return frame.with_columns(
        pl.when(~gaps).then(pl.col("pooled", "own", "share", "flag")).name.suffix("_gaps"),
        cut=pl.col("own").str.slice(1, 14),
        cut_pool=pl.col("pooled").str.slice(0, 13 + pl.col("id") % 3),
    )


def test_large_frames_agree_with_the_definition(large: pl.DataFrame) -> None:
    sample = large.slice(32_000, 1_500)

    assert content_hash(sample) == defined(sample)
    # The same rows from buffers of their own: offsets, pools and blobs differ, the values do not.
    assert np.array_equal(row_hashes(large)[32_000:33_500], row_hashes(pl.DataFrame(sample.to_dict(as_series=False))))


@pytest.mark.parametrize("step", [999, 32_768, 40_001])
def test_large_frames_may_be_cut_anywhere(large: pl.DataFrame, step: int) -> None:
    pieces = [large.slice(start, step) for start in range(0, large.height, step)]
    hashed = ContentHash()
    for piece in pieces:
        hashed.update(piece)

    assert hashed.hexdigest() == content_hash(large)
    assert content_hash(pl.concat(pieces, rechunk=False)) == content_hash(large)
    assert content_hash(large.sample(fraction=1, shuffle=True, seed=3)) == content_hash(large)


def test_each_thing_that_a_table_says_counts() -> None:
    base = pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.0, None]})
    others = [
        base.rename({"a": "d"}),
        base.rename({"a": "b", "b": "a"}),
        base.with_columns(pl.col("a") + 1),
        base.with_columns(a=pl.col("a").cast(pl.Float64)),
        base.with_columns(c=-pl.col("c")),
        base.with_columns(c=pl.col("c").fill_null(0.0)),
        base.with_columns(b=pl.Series(["x", None])),
        base.with_columns(b=pl.Series(["y", "x"])),
        base.with_columns(b=pl.Series(["x", "y\0"])),
        base.drop("c"),
        base.head(1),
        pl.concat([base, base]),
    ]

    assert len({content_hash(frame) for frame in [base, *others]}) == len(others) + 1


def test_widths_and_pools_say_nothing() -> None:
    base = pl.DataFrame({"a": [1, -2], "b": ["x", "a longer text of a pool"], "c": [0.5, 2.0]})
    narrow = base.cast({"a": pl.Int8, "c": pl.Float32, "b": pl.Enum(base["b"])})

    assert content_hash(narrow) == content_hash(base)
    assert content_hash(base.cast({"b": pl.Categorical})) == content_hash(base)


def test_golden_values() -> None:
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["VIP", None, "a customer with a long name"],
            "amount": [72.5, -0.0, None],
            "at": pl.Series([0, 1_704_067_200_000_000, None]).cast(pl.Datetime("us")),
        }
    )

    assert content_hash(frame.clear()) == "0" * 64
    assert content_hash(frame) == "0000000000000003000000000000000147f2b061dd59ee79b6742f9d82ac1311"
    assert (
        content_hash(pl.DataFrame({"n": np.arange(100_000)}))
        == "00000000000186a0000000000000c37e2244854ccd9f241b9b028f38c9c2c935"
    )


def test_a_type_without_a_definition_is_refused_by_name() -> None:
    with pytest.raises(FanwiseError, match="column 'pair': no content hash is defined for the type Duration"):
        content_hash(pl.DataFrame({"pair": [dt.timedelta(days=1)]}))


@cache
def pool_of(texts: int) -> pl.Series:
    """Return so many texts in one piece, always in the same memory; some are short and some null."""
    values = [None if i % 17 == 3 else f"text {i:>{5 + i % 40}} of a pool" for i in range(texts)]
    return pl.Series("t", values, dtype=pl.String).rechunk()


def pooled(texts: int, rows: int) -> pl.Series:
    """Return texts gathered from a pool, so that rows share their bytes."""
    return pool_of(texts)[np.random.default_rng(20_240_607).integers(0, texts, rows)]


@cache
def alike(rows: int) -> pl.Series:
    """Return texts that begin alike wherever they are cut, always in the same memory."""
    pool = pl.Series("t", [f"{'-' * 20}text {i}" for i in range(300)])
    return pool[np.arange(rows) % len(pool)]


SHARING: dict[str, Callable[[], pl.Series]] = {
    "few texts": lambda: pooled(50, 200_000),
    "many texts": lambda: pooled(20_000, 200_000),
    "as many texts as rows": lambda: pooled(200_000, 200_000),
    "chunks of one pool": lambda: pl.concat([pooled(3_000, 70_000), pooled(3_000, 5), pooled(3_000, 90_000)], rechunk=False),
    "two lengths from one place": lambda: pl.concat(
        [pooled(3_000, 70_000), pooled(3_000, 90_000).str.head(20), pooled(3_000, 90_000).str.head(14)], rechunk=False
    ),
    "one length and one beginning from places near each other": lambda: pl.concat(
        [alike(70_000).str.slice(start, 20) for start in (0, 3, 1, 5)], rechunk=False
    ),
    "one length and one beginning side by side": lambda: pl.select(
        pl.when(pl.int_range(100_000) % 2 == 0).then(alike(100_000).str.slice(0, 20)).otherwise(alike(100_000).str.slice(3, 20))
    ).to_series(),
    "lengths side by side": lambda: pl.select(
        pl.when(pl.int_range(100_000) % 3 == 0).then(pooled(3_000, 100_000).str.head(16)).otherwise(pooled(3_000, 100_000))
    ).to_series(),
    "short ones between": lambda: pl.select(
        pl.when(pl.int_range(100_000) % 2 == 0).then(pl.lit("short")).otherwise(pooled(3_000, 100_000))
    ).to_series(),
}  # fmt: skip


@pytest.mark.parametrize("make", SHARING.values(), ids=SHARING)
def test_texts_that_share_memory_are_hashed_as_those_that_do_not(make: Callable[[], pl.Series]) -> None:
    series = make()
    shared = series.alias("t").to_frame()
    alone = pl.DataFrame({"t": pl.Series(series.to_list(), dtype=pl.String)})

    np.testing.assert_array_equal(row_hashes(shared), row_hashes(alone))
    texts = shared.unique().filter(pl.col("t").is_not_null())
    assert len(np.unique(row_hashes(texts))) == texts.height


def test_nested_values_are_hashed_by_their_parts_and_places() -> None:
    def hashed(*lists: object) -> str:
        return content_hash(pl.DataFrame({"x": pl.Series(lists, dtype=pl.List(pl.Struct({"a": pl.Int64})))}))

    one = hashed([{"a": 1}, {"a": 2}], [], None)
    assert one == hashed(None, [{"a": 1}, {"a": 2}], [])
    others = [
        hashed([{"a": 2}, {"a": 1}], [], None),
        hashed([{"a": 1}], [{"a": 2}], None),
        hashed([{"a": 1}, {"a": 2}], None, None),
        hashed([{"a": 1}, {"a": None}], [], None),
        hashed([{"a": 1}, None], [], None),
    ]
    assert len({one, *others}) == 6
