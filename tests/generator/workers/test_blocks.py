"""Blocks: every chunk is in one, every part is written once, and the work is divided evenly."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.engine.executor import Chunk
from fanwise.generator.workers.blocks import blocks_of, left_of, parts_at

CUT = {"customer": 7, "order": 10, "item": 25}
Sizes = list[dict[str, int]]
sizes = st.lists(
    st.fixed_dictionaries({"customer": st.integers(1, 5), "order": st.integers(0, 30), "item": st.integers(0, 90)}),
    min_size=1,
    max_size=30,
)


def chunks(count: int) -> list[Chunk]:
    return [Chunk("customer", place, place + 1) for place in range(count)]


@given(sizes=sizes, wanted=st.integers(1, 40))
def test_every_part_is_written_by_one_block_or_shared_by_several(sizes: Sizes, wanted: int) -> None:
    blocks = blocks_of(chunks(len(sizes)), sizes, CUT, wanted)
    totals = {table: sum(size[table] for size in sizes) for table in CUT}
    everything = set(parts_at({table: range(rows) for table, rows in totals.items()}, CUT))
    own = Counter(chain.from_iterable(block.own for block in blocks))
    shared = Counter(chain.from_iterable(block.shared for block in blocks))

    assert own.keys() | shared.keys() == everything
    assert not own.keys() & shared.keys()
    assert set(own.values()) <= {1}
    assert all(times > 1 for times in shared.values())


@given(sizes=sizes, wanted=st.integers(1, 40))
def test_blocks_hold_all_chunks_in_order_with_their_rows(sizes: Sizes, wanted: int) -> None:
    blocks = blocks_of(chunks(len(sizes)), sizes, CUT, wanted)
    placed = [chunk for block in blocks for chunk in block.chunks]

    assert 1 <= len(blocks) <= wanted
    assert [each.chunk for each in placed] == chunks(len(sizes))
    for place, each in enumerate(placed):
        for table, rows in each.rows.items():
            assert rows.start == sum(size[table] for size in sizes[:place])
            assert len(rows) == sizes[place][table]


@given(sizes=sizes, wanted=st.integers(1, 10))
def test_no_block_is_larger_than_its_share_and_one_chunk(sizes: Sizes, wanted: int) -> None:
    blocks = blocks_of(chunks(len(sizes)), sizes, CUT, wanted)
    weights = [sum(len(rows) for each in block.chunks for rows in each.rows.values()) for block in blocks]
    largest = max(sum(size.values()) for size in sizes)

    assert max(weights) <= sum(weights) / wanted + 2 * largest


def test_what_is_finished_is_not_made_again() -> None:
    block = blocks_of(chunks(3), [{"order": 25}, {"order": 5}, {"order": 30}], CUT, 2)[0]

    left = left_of(block, {("order", 0), ("order", 1)})

    assert left.chunks == block.chunks
    assert not (left.own | left.shared) & {("order", 0), ("order", 1)}
