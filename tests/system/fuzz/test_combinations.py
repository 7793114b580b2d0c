"""Every two features that may stand together: true to their laws, and the same in chunks, threads, shards and formats."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import polars as pl
import pytest
import yaml

from fanwise.generator.cli import main
from fanwise.generator.engine.executor import Shard
from fanwise.generator.engine.local import count_rows, generate, generate_placed
from fanwise.generator.errors import InputError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from tests.invariants.test_kinds import DEFINITIONS, NAMES, NAMES_CSV
from tests.system.fuzz.combinations import (
    MODIFIERS,
    Features,
    covering,
    modifiers_of_the_schema,
    pairs,
    schema,
    stands,
    together,
)
from tests.system.fuzz.judge import difference, made
from tests.system.fuzz.laws import broken_laws

pytestmark = pytest.mark.system

SINKS = (
    *(("--format", name) for name in ("parquet", "csv", "jsonl", "arrow")),
    ("--format", "parquet", "--workers", "2"),
    ("--to", "duckdb:///out.duckdb"),
    ("--to", "sqlite:///out.sqlite"),
)


_AUDITED = {("unique", 0), ("references", 0), ("type", 12), ("type", 13), ("when", 1), ("when", 2)}
"""Features that the audit may refuse: repeats by chance, values that are no key, texts that are no JSON or UUID, replacements that are no key."""


@pytest.fixture(autouse=True)
def beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names.csv").write_text(NAMES_CSV, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_every_modifier_of_the_language_is_combined() -> None:
    assert modifiers_of_the_schema() == set(MODIFIERS)


def check(features: Features) -> bool:
    """Assert that a row keeps its laws, however it is made; return whether it can be made, which its values decide."""
    dataset = load(schema(features))
    plan = compile_plan(dataset)
    try:
        whole = made(plan)
    except InputError as error:  # such as a text that char(5) does not hold
        assert all(problem.path for problem in error.problems), features
        return False
    assert broken_laws(dataset, whole) == [], features
    assert difference(whole, made(plan, chunk_rows=7)) == "", features
    threads: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(plan, threads=3, chunk_rows=11):
        for name, frame in frames.items():
            threads.setdefault(name, []).append(frame)
    assert difference({name: pl.concat(parts) for name, parts in threads.items()}, whole) == "", features
    shards: dict[str, list[pl.DataFrame]] = {}
    for index in (1, 2, 3):
        first = count_rows(plan, Shard(index, 3).before())
        for placed in generate_placed(plan, shard=Shard(index, 3), first=first):
            for name, frame in placed.frames.items():
                shards.setdefault(name, []).append(frame)
    assert difference({name: pl.concat(parts) for name, parts in shards.items()}, whole) == "", features
    return True


def published(features: Features, sink: tuple[str, ...], folder: Path) -> None:
    """Assert that a row goes through a sink and passes the audit of its keys, references, types and conditions."""
    file = folder / "schema.yaml"
    file.write_text(yaml.safe_dump(schema(features), sort_keys=False), encoding="utf-8")
    target = [sink[0], sink[1].replace("/out.", f"/{folder}/out.", 1), *sink[2:]]
    place = [] if sink[0] == "--to" else ["--out", str(folder / "out")]
    code = main(["run", str(file), *target, *place, "--force", "--gates", "integrity"])
    assert code == 0 or (code == 1 and _AUDITED.intersection(features)), (features, sink)


def test_some_combinations(tmp_path: Path) -> None:
    """A few kinds with modifiers drawn for each, as far as they stand together."""
    rng = random.Random(5)
    for name in rng.sample(NAMES, 12):
        drawn = rng.sample([(each, rng.randrange(len(given))) for each, given in MODIFIERS.items()], 8)
        check(together(((name, 0), *drawn)))
    published(together((("normal", 0), *((each, 0) for each in MODIFIERS))), SINKS[2], tmp_path)


@pytest.mark.slow
def test_every_pair(tmp_path: Path) -> None:
    """Rows of a covering array as far as they stand together; what two features then lack, they get alone."""
    seen = set()
    sinks = itertools.cycle(SINKS)
    for row in covering():
        found = together(row)
        if not seen.issuperset(pairs(found)):
            if check(found):
                published(found, next(sinks), tmp_path)
            seen.update(pairs(found))
    kinds = [(name, number) for name in NAMES for number in range(len(DEFINITIONS[name]["examples"]))]
    values = [(name, number) for name, given in MODIFIERS.items() for number in range(len(given))]
    alone = [(kind, value) for kind in kinds for value in values if (kind, value) not in seen and stands((kind, value))]
    for pair in alone:
        check(pair)
        seen.add(pair)
    for one, other in itertools.combinations(values, 2):
        if one[0] == other[0] or (one, other) in seen:
            continue
        if kind := next((kind for kind in kinds if stands((kind, one)) and stands((kind, one, other))), None):
            check((kind, one, other))
            seen.add((one, other))
    assert len(seen) > 1_000
