from __future__ import annotations

import polars as pl
import pytest

from fanwise.generator.output.formats.memory import MemorySink


def test_a_table_is_its_frames_in_the_order_of_their_coming() -> None:
    kept = MemorySink()
    for first in (3, 1, 2):
        kept.write("t", pl.DataFrame({"n": [first, first * 10]}))

    assert kept.table("t")["n"].to_list() == [3, 30, 1, 10, 2, 20]
    with pytest.raises(KeyError):
        kept.table("absent")
