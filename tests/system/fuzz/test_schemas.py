"""Mutants of every schema: refused with a place, or made and true to what they declare."""

from __future__ import annotations

import pytest

from tests.system.fuzz.judge import judge
from tests.system.fuzz.run import found_in
from tests.system.fuzz.schemas import mutant
from tests.system.fuzz.seeds import documents

pytestmark = pytest.mark.system

# Made in small chunks, too. Others are, mutated, by the slow test; `tests/invariants` does it with every kind.
IN_CHUNKS = ("own", "marketplace", "shop")


@pytest.mark.parametrize("name", [name for name, _ in documents()])
def test_the_schemas_themselves_are_made(name: str) -> None:
    """What is not made here is no seed: its mutants would be refused for its own fault."""
    assert judge(dict(documents())[name], again=name in IN_CHUNKS).kind in ("made", "large")


def test_mutants_are_the_same_each_time() -> None:
    assert [mutant(number) for number in range(20)] == [mutant(number) for number in range(20)]
    assert mutant(1, seed=1) != mutant(1, seed=2)


def test_sixty_mutants() -> None:
    kinds = found_in("schemas", range(60), seed=17)

    assert kinds["made"] > 5, kinds
    assert kinds["refused"] > 25, kinds


@pytest.mark.slow
def test_ten_thousand_mutants() -> None:
    kinds = found_in("schemas", range(60, 10_060), seed=17)

    assert kinds["made"] > 1_000, kinds
