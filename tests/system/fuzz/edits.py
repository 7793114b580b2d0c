"""Edits of any document: parts deleted, doubled, moved and renamed, and values that nobody thinks of."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

__all__ = [
    "EDITS", "NAMES", "PATHS", "at", "delete", "doubled", "move", "number", "path", "places", "probability", "put", "rename", "some",
]  # fmt: skip

Place = tuple[Any, ...]

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 0.5, 1e-300, 1e300, -1e300, 1e20, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 0.1 + 0.2, 1e-9, 100, 4.5, -0.0,
    float("inf"), float("nan"), "1e3", "007", True, None,
)  # fmt: skip
NAMES = (
    "a", "A", "select", "order", "end", "window", "else", "x" * 63, "x" * 64, "é", "名前", "a b", "a.b", "a-b", "1a", "",
    "null", "true", "rowid", "_", "__x", "a\u202eb", "a'b", 'a"b', "id", "parent", "segment", "\u200b", "ﬁ", "DROP TABLE",
)  # fmt: skip
PATHS = (
    "window.start", "window.end", "customer.id", "customer.tier.x", "a.b.c.d.e.f.g.h", "purchase.customer.tier", "",
    ".", "tier", "order.customer_id.tier", "window", "else", "id", "2024-02-30", "2024-01-31", "0001-01-01", "9999-12-31T23:59:59",
)  # fmt: skip


def doubled(rng: random.Random, text: str) -> str:
    """Return the text with one of its lines twice: most often a key that is there twice."""
    lines = text.splitlines()
    at = rng.randrange(len(lines))
    return "\n".join([*lines[: at + 1], lines[at], *lines[at + 1 :]]) + "\n"


def places(value: Any, place: Place = ()) -> list[Place]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, child in children for found in places(child, (*place, key)))]


def at(content: Any, place: Place) -> Any:
    for part in place:
        content = content[part]
    return content


def put(content: Any, place: Place, value: Any) -> None:
    if place:
        at(content, place[:-1])[place[-1]] = value


def some(rng: random.Random, content: Any, wanted: Callable[[Any], bool] = lambda value: True) -> Place:
    """Return the place of a value that is wanted; that of the whole document where there is none."""
    return rng.choice([place for place in places(content)[1:] if wanted(at(content, place))] or [()])


def number(rng: random.Random, content: Any) -> None:
    put(content, some(rng, content, lambda value: isinstance(value, int | float)), rng.choice(NUMBERS))


def probability(rng: random.Random, content: Any) -> None:
    fits = [
        place
        for place in places(content)[1:]
        if isinstance(value := at(content, place), int | float) and 0 <= value <= 1
    ]
    if fits:
        put(content, rng.choice(fits), rng.choice((0, 1, 0.0, 1.0, 1e-12, 1 - 1e-12)))


def delete(rng: random.Random, content: Any) -> None:
    if place := some(rng, content):
        del at(content, place[:-1])[place[-1]]


def move(rng: random.Random, content: Any) -> None:
    put(content, some(rng, content), copy.deepcopy(at(content, some(rng, content))))


def rename(rng: random.Random, content: Any) -> None:
    """Give a key another name, in half of the cases wherever it stands."""
    place = some(rng, content)
    if place and isinstance(parent := at(content, place[:-1]), dict):
        new = rng.choice(NAMES)
        if rng.random() < 0.5:
            parent[new] = parent.pop(place[-1])
        else:
            everywhere = _renamed(content, str(place[-1]), new)
            content.clear()
            content.update(everywhere)


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {(new if key == old else key): _renamed(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, old, new) for inner in value]
    return ".".join(new if part == old else part for part in value.split(".")) if isinstance(value, str) else value


def path(rng: random.Random, content: Any) -> None:
    put(content, some(rng, content, lambda value: isinstance(value, str)), rng.choice(PATHS))


EDITS = (number, number, probability, delete, delete, move, rename, path)
"""What fits every document."""
