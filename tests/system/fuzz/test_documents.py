"""Mutants of contracts, mappings, models and files of rows: refused with a code and a place, or used as they say."""

from __future__ import annotations

import pytest

from tests.system.fuzz import contracts, files, mappings, models
from tests.system.fuzz.outcomes import guarded, told
from tests.system.fuzz.run import found_in

pytestmark = pytest.mark.system

FEW = {"contracts": 40, "mappings": 60, "models": 60, "files": 60}
"""So many of each in `make test`: about five seconds of a processor for each kind."""


def test_what_is_mutated_is_taken_as_it_is() -> None:
    """What is refused here is no seed: its mutants would be refused for its own fault."""
    text, frames = contracts.seed_of("own")
    assert guarded(lambda: contracts.judge(text, frames, pages=True), told).kind == "judged"
    assert guarded(lambda: mappings.judge(mappings.MAPPING, whole=True), told).kind == "made"
    assert guarded(lambda: models.judge(models.dump_model(models.whole()[0]), source=True), told).kind == "made"
    for verb in files.VERBS:
        assert guarded(lambda: files.judge(dict(files.seeds()), verb), told).kind in ("judged", "read", "made")  # noqa: B023


def test_a_file_that_breaks_its_contract_is_seen_without_the_auditor() -> None:
    """What the fuzzer holds against a pass must be able to fail."""
    for old, new in ((b"\n5,", b"\n6,"), (b"\n1,", b"\n999,")):
        broken = {name: content.replace(old, new, 1) for name, content in files.seeds()}
        assert files.broken(broken)
    assert files.broken(dict(files.seeds())) == ""


@pytest.mark.parametrize("kind", FEW)
def test_some_mutants(kind: str) -> None:
    kinds = found_in(kind, range(FEW[kind]), seed=17)

    assert kinds["refused"] > 3, kinds
    assert kinds["judged"] + kinds["made"] + kinds["read"] > 3, kinds


@pytest.mark.slow
@pytest.mark.parametrize("kind", FEW)
def test_thousands_of_mutants(kind: str) -> None:
    found_in(kind, range(FEW[kind], 4_000), seed=17)
