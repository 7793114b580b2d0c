from __future__ import annotations

import pytest

from fanwise.generator.errors import UsageError
from fanwise.generator.output.formats import BUILTIN, sink


@pytest.mark.parametrize("kind", BUILTIN)
def test_the_first_compression_is_the_default(kind: type) -> None:
    assert sink(kind.name).compression == kind.compressions[0]
    assert sink(kind.name).suffix.startswith(f".{kind.name}")
    assert {sink(kind.name, word).compression for word in kind.compressions} == set(kind.compressions)


@pytest.mark.parametrize("kind", BUILTIN)
def test_an_unknown_compression_names_the_choices(kind: type) -> None:
    with pytest.raises(UsageError) as refused:
        sink(kind.name, "brotly")

    assert "--compression brotly" in str(refused.value)
    assert all(word in str(refused.value) for word in kind.compressions)


def test_an_unknown_format_names_the_nearest_or_all() -> None:
    with pytest.raises(UsageError, match="did you mean 'parquet'"):
        sink("parquett")
    with pytest.raises(UsageError, match="parquet, csv, jsonl, arrow"):
        sink("xlsx")
