"""Identifiers and patterns: their form, their domain, and what is refused."""

from __future__ import annotations

import re
import uuid

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.columns.support.patterns import MAX_DOMAIN, Pattern, PatternError, parse_pattern, uuid_text

MASK_HIGH = 0xFFFF_FFFF_FFFF_0FFF
MASK_LOW = 0x3FFF_FFFF_FFFF_FFFF
words = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50)


def test_uuids_known_answers() -> None:
    high = np.array([0, 2**64 - 1, 0x0123456789ABCDEF], dtype=np.uint64)
    low = np.array([0, 2**64 - 1, 0xFEDCBA9876543210], dtype=np.uint64)

    assert uuid_text(high, low).to_list() == [
        "00000000-0000-8000-8000-000000000000",
        "ffffffff-ffff-8fff-bfff-ffffffffffff",
        "01234567-89ab-8def-bedc-ba9876543210",
    ]


@given(words)
def test_uuids_are_of_version_8_and_keep_122_bits(numbers: list[int]) -> None:
    high, low = np.array(numbers, dtype=np.uint64), np.array(numbers[::-1], dtype=np.uint64)

    for text, upper, lower in zip(uuid_text(high, low).to_list(), numbers, numbers[::-1], strict=True):
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (8, uuid.RFC_4122)
        assert parsed.int >> 64 & MASK_HIGH == upper & MASK_HIGH
        assert parsed.int & MASK_LOW == lower & MASK_LOW


def test_uuids_of_many_blocks_and_of_none() -> None:
    high = np.arange(70_000, dtype=np.uint64)
    texts = uuid_text(high, high)

    assert (texts.len(), texts.n_unique(), texts.dtype) == (70_000, 70_000, pl.String)
    assert texts[69_999] == "00000000-0001-816f-8000-00000001116f"
    assert uuid_text(high[:0], high[:0]).to_list() == []


@pytest.mark.parametrize(
    ("text", "form", "domain"),
    [
        ("SKU-{seq:06}", r"SKU-\d{6}", 1),
        ("{seq}", r"\d+", 1),
        ("##", r"\d\d", 100),
        ("?-?", r"[A-Z]-[A-Z]", 676),
        ("[A-F]", r"[A-F]", 6),
        ("[A-F0-9][xyz]", r"[A-F0-9][xyz]", 48),
        ("[a-]", r"[a-]", 2),
        (r"[\]\\\-a]", r"[\]\\\-a]", 4),
        (r"\#\?\{\[\\#", r"#\?\{\[\\\d", 10),
        ("Größe #", r"Größe \d", 10),
        ("plain", "plain", 1),
    ],
)
def test_patterns(text: str, form: str, domain: int) -> None:
    pattern = parse_pattern(text)
    index = np.arange(domain, dtype=np.uint64)
    sequence = np.arange(domain) if pattern.has_seq else None
    texts = pattern.render(sequence, index).to_list()

    assert pattern.domain == domain
    assert pattern.has_seq == ("{seq" in text)
    assert len(set(texts)) == domain
    assert [each for each in texts if not re.fullmatch(form, each)] == []


def test_the_digits_of_the_index_choose_the_characters() -> None:
    index = np.array([0, 1, 25, 26, 259], dtype=np.uint64)

    assert parse_pattern("#?").render(None, index).to_list() == ["0A", "0B", "0Z", "1A", "9Z"]


def test_sequence_numbers_grow_beyond_their_width() -> None:
    numbers = np.array([7, 99, 100, 12345, 0, 2**63 - 1])
    index = np.array([0, 1, 2, 3, 4, 5], dtype=np.uint64)

    assert parse_pattern("A{seq:03}-#").render(numbers, index).to_list() == [
        "A007-0",
        "A099-1",
        "A100-2",
        "A12345-3",
        "A000-4",
        "A9223372036854775807-5",
    ]
    assert parse_pattern("{seq}").render(np.array([0, 9, 10]), index[:3]).to_list() == ["0", "9", "10"]


def test_no_rows() -> None:
    none = np.empty(0, dtype=np.uint64)

    assert parse_pattern("A-##").render(None, none).to_list() == []
    assert parse_pattern("{seq}").render(np.empty(0, dtype=np.int64), none).dtype == pl.String


def test_the_largest_domain() -> None:
    pattern = parse_pattern("[01]" * 63)
    texts = pattern.render(None, np.array([0, 2**63 - 1], dtype=np.uint64)).to_list()

    assert pattern.domain == MAX_DOMAIN
    assert texts == ["0" * 63, "1" * 63]


@pytest.mark.parametrize(
    ("text", "why", "offset"),
    [
        ("", "empty", 0),
        ("A{seq", "only {seq}", 1),
        ("{row}", "only {seq}", 0),
        ("{seq:x}", "only {seq}", 0),
        ("{seq:}", "only {seq}", 0),
        ("{seq:٣}", "only {seq}", 0),
        ("{seq:99}", "at most 18", 0),
        ("a}", "has no opening bracket", 1),
        ("a]", "has no opening bracket", 1),
        ("x[A-", "] is missing", 1),
        ("x[", "] is missing", 1),
        ("[]", "is empty", 0),
        ("[F-A]", "backwards", 0),
        ("[A-CB]", "duplicate", 0),
        ("[é]", "ASCII", 1),
        ("abc\\", "nothing follows", 3),
        ("a\nb", "control character", 1),
        ("a\x00", "control character", 1),
        ("#" * 19, "2^63", 0),
        ("x" * 301, "characters", 0),
    ],
)
def test_what_a_pattern_cannot_be(text: str, why: str, offset: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)

    assert why in caught.value.why
    assert caught.value.offset == offset


def test_a_sequence_below_zero_is_refused() -> None:
    with pytest.raises(PatternError, match="negative"):
        parse_pattern("{seq}").render(np.array([-1]), np.zeros(1, dtype=np.uint64))


@given(st.text(max_size=30), st.integers(0, 2**63 - 1))
def test_any_text_is_a_pattern_or_an_error(text: str, index: int) -> None:
    try:
        pattern = parse_pattern(text)
    except PatternError as error:
        assert error.why
        return
    assert isinstance(pattern, Pattern)
    places = np.array([index % pattern.domain], dtype=np.uint64)
    (out,) = pattern.render(np.array([3]), places).to_list()
    assert out


@given(st.text(alphabet="#?[]A-F0{seq:4}\\x", max_size=12))
def test_texts_of_different_places_differ(text: str) -> None:
    try:
        pattern = parse_pattern(text)
    except PatternError:
        return
    index = np.arange(min(pattern.domain, 500), dtype=np.uint64)
    assert pattern.render(np.full(len(index), 5), index).n_unique() == len(index)
