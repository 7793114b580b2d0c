"""Removing, inverting or exchanging any effect of any ready data set turns its run red, before anything is published.

Mutants are made from the mapping of each file, so a new data set, and a new multiplier in one, are covered unasked.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.language import load, ready_names
from fanwise.generator.language.document.sources import read
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

pytestmark = pytest.mark.system

Place = tuple[str, ...]
Change = Callable[[dict[str, float]], Any]
ABSENT = object()
# Their forecasts rest on pilots, which take seconds.
SLOW = ("bank", "buytilldie", "clinic", "subscriptions")


@dataclass(frozen=True)
class Effect:
    """Numbers per segment somewhere in a data set's tables: a multiplier, or a parameter given per segment."""

    dataset: str
    place: Place
    numbers: Mapping[str, float]

    @property
    def is_multiplier(self) -> bool:
        return "multiplier" in self.place


@cache
def content(name: str) -> dict[str, Any]:
    """Return the mapping of a ready data set, keys as written."""
    found: dict[str, Any] = read(name).document.content
    return found


def effects(name: str) -> Iterator[Effect]:
    """Yield every mapping from segments to numbers below `tables`, at a key that ends in the name of an axis."""
    axes = {axis: set(spec["share"]) for axis, spec in content(name).get("segments", {}).items()}

    def walk(node: Any, place: Place) -> Iterator[Effect]:
        if not isinstance(node, dict):
            return
        segments = axes.get(place[-1].rpartition(".")[2], set()) if place else set()
        if segments and node.keys() <= segments | {"else"} and all(isinstance(x, int | float) for x in node.values()):
            yield Effect(name, ("tables", *place), node)
            return
        for key, child in node.items():
            yield from walk(child, (*place, key))

    yield from walk(content(name)["tables"], ())


EFFECTS = [effect for name in ready_names() for effect in effects(name)]


def removed(effect: Effect) -> Change:
    """Take a multiplier away; give a parameter one value for all, in the middle of those it had."""
    middle = math.exp(sum(math.log(x) for x in effect.numbers.values()) / len(effect.numbers))
    return lambda numbers: ABSENT if effect.is_multiplier else middle


def inverted(effect: Effect) -> Change:
    """Turn x into 1/x; a parameter keeps its middle, a probability where it then exceeds 1 its largest value."""
    if effect.is_multiplier:
        return lambda numbers: {segment: 1 / x for segment, x in numbers.items()}
    square = math.exp(2 * sum(math.log(x) for x in effect.numbers.values()) / len(effect.numbers))
    if effect.place[-2] == "p":
        least, largest = min(effect.numbers.values()), max(effect.numbers.values())
        square = square if square / least <= 1 else least * largest
    return lambda numbers: {segment: square / x for segment, x in numbers.items()}


def exchanged(one: str, other: str) -> Change:
    return lambda numbers: {**numbers, one: numbers[other], other: numbers[one]}


def mutants() -> Iterator[Any]:
    for effect in EFFECTS:
        changes = {"removed": removed(effect), "inverted": inverted(effect)}
        for one, other in itertools.combinations(effect.numbers, 2):
            if effect.numbers[one] != effect.numbers[other]:
                changes[f"{one} and {other} exchanged"] = exchanged(one, other)
        for how, change in changes.items():
            marks = [pytest.mark.slow] if effect.dataset in SLOW else []
            yield pytest.param(effect, change, id=f"{effect.dataset} {'.'.join(effect.place[1:])} {how}", marks=marks)


def mutated(effect: Effect, change: Change) -> dict[str, Any]:
    """Return the data set with the numbers of an effect changed; what is left without content goes too."""
    found = copy.deepcopy(content(effect.dataset))
    path = [found]
    for key in effect.place[:-1]:
        path.append(path[-1][key])
    changed = change(dict(effect.numbers))
    if changed is ABSENT:
        del path[-1][effect.place[-1]]
        for above, key in zip(reversed(path[:-1]), reversed(effect.place[:-1]), strict=True):
            if above[key]:
                break
            del above[key]
    elif isinstance(changed, dict):
        path[-1][effect.place[-1]] = changed
    else:  # one number in the place of {axis: {segment: number}}
        path[-2][effect.place[-2]] = changed
    return found


def test_effects_are_found() -> None:
    found = {(effect.dataset, *effect.place[1:]) for effect in EFFECTS}

    assert ("ecommerce", "order", "fanout", "multiplier", "tier") in found
    assert ("ecommerce", "order", "columns", "gross_amount", "multiplier", "tier") in found
    assert ("marketplace", "order", "columns", "customer_id", "multiplier", "tier") in found
    assert ("marketplace", "order", "columns", "shipping", "choice", "express", "customer.tier") in found
    assert ("marketplace", "return", "fanout", "multiplier", "customer.tier") in found


@pytest.mark.parametrize(("effect", "change"), list(mutants()))
def test_a_changed_effect_ends_the_run_with_1(effect: Effect, change: Change, tmp_path: Path) -> None:
    dataset = load(mutated(effect, change), file=f"{effect.dataset}.yaml")
    result = run(dataset, RunOptions(out=tmp_path / "out"))

    assert result.exit_code == 1
    assert result.manifest is None
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in {*SLOW, "habits"} else ())
        for name in sorted({effect.dataset for effect in EFFECTS})
    ],
)
def test_the_unchanged_mapping_passes(name: str, tmp_path: Path) -> None:
    assert run(load(content(name), file=f"{name}.yaml"), RunOptions(out=tmp_path / "out")).exit_code == 0
