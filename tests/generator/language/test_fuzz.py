"""Whatever stands in a file, loading it ends with a dataset or an error of the user's; never with a traceback."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanwise.generator.errors import InputError, SchemaError
from fanwise.generator.language import load, ready_names, ready_text
from fanwise.generator.language.document.sources import RULES
from fanwise.io.problems import Place
from fanwise.io.yaml import decode, read_text

pytestmark = pytest.mark.system

TEXT = ready_text("ecommerce")
CONTENT = read_text(TEXT, "f", RULES).content
SHOP = read_text((Path(__file__).parent / "shop.yaml").read_text(encoding="utf-8"), "f", RULES).content

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
# fmt: off
WORDS = st.sampled_from([
    "tier", "customer", "else", "window", "window.start", "poisson", "mean", "expr", "ref",
    "", ".", "a.b.c.d.e.f", "\U0001f600", "\x01",
])
# fmt: on
VALUES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def end_well(source: Any) -> None:
    try:
        load(source, file="f.yaml")
    except InputError as error:
        assert error.problems
        assert all("\n" not in str(problem) for problem in error.problems)


@given(st.text(max_size=300))
@example('"\\UFFFFFFFF"')
@example("%YAML 1.99999\n--- a")
@example("? ? ?")
@example("a: |99999999999999999999\n x")
@example("\ud800\n")
@example("\x85a: 1\n\u2028b: 2\n")
def test_any_text(text: str) -> None:
    end_well(text + "\n")


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    try:
        end_well(decode(raw, "f", RULES) + "\n")
    except SchemaError as error:
        assert "UTF-8" in str(error)


@given(st.text(alphabet=" \t\n:-[]{},&*!|>'\"%@`#?ab1", max_size=80))
def test_any_text_of_yaml_signs(text: str) -> None:
    end_well(text + "\n")


@given(
    position=st.integers(0, len(TEXT)),
    length=st.integers(0, 12),
    inserted=st.text(max_size=3) | st.sampled_from(list("{}[]:,-'\"#\n ")),
)
@settings(max_examples=150)
def test_edits_of_the_text(position: int, length: int, inserted: str) -> None:
    end_well(TEXT[:position] + inserted + TEXT[position + length :])


def places(value: Any, place: Place = ()) -> list[Place]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, child in children for found in places(child, (*place, key)))]


def parent_of(content: Any, place: Place) -> Any:
    for part in place[:-1]:
        content = content[part]
    return content


@given(st.data())
@settings(max_examples=150)
def test_mutations_of_the_structure(data: st.DataObject) -> None:
    """Replace, delete, rename and move parts of a good schema."""
    content = copy.deepcopy(data.draw(st.sampled_from([CONTENT, SHOP])))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(content)[1:] or [("name",)]))
        parent = parent_of(content, place)
        action = data.draw(st.sampled_from(["replace", "delete", "rename", "move"]))
        if action == "replace":
            parent[place[-1]] = data.draw(VALUES)
        elif action == "move":
            parent[place[-1]] = copy.deepcopy(
                parent_of(content, (other := data.draw(st.sampled_from(places(content)[1:]))))[other[-1]]
            )
        else:
            moved = parent.pop(place[-1])
            if action == "rename" and isinstance(parent, dict):
                parent[data.draw(WORDS | st.text(max_size=5))] = moved
    end_well(content)


def one_edit(word: str) -> set[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz_"
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    deleted = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    changed = {a + c + b[1:] for a, b in cuts if b for c in alphabet}
    inserted = {a + c + b for a, b in cuts for c in alphabet}
    return (deleted | swapped | changed | inserted) - {word}


def language_keys(content: dict[str, Any]) -> list[Place]:
    """Return the places of keys that are words of the language or must agree with a name elsewhere."""
    free = {("tables",), ("segments",), ("curves",), ("audit", "expect")}
    return [
        place
        for place in places(content)[1:]
        if isinstance(place[-1], str)
        and place[:-1] not in free
        and not (len(place) == 4 and place[2] == "columns")
        and place[-2:-1] not in {("share",), ("choice",), ("hour",), ("spikes",)}
    ]


@pytest.mark.parametrize("place", language_keys(CONTENT), ids=lambda place: ".".join(map(str, place))[-60:])
def test_every_misspelt_key_is_refused(place: Place) -> None:
    word = str(place[-1])
    siblings = parent_of(CONTENT, place)
    # Some edits are good schemas: VIP/Standard stays a ratio, `min` is as good a bound as `max`.
    edits = sorted(
        edit for edit in one_edit(word) if edit not in siblings and edit not in {"max", "min", "sum", "mean"}
    )
    chosen = edits[:: max(1, len(edits) // 6)]

    for edit in chosen:
        content = copy.deepcopy(CONTENT)
        parent = parent_of(content, place)
        parent[edit] = parent.pop(word)

        with pytest.raises(SchemaError) as caught:
            load(content)
        assert caught.value.problems, edit


def test_the_ready_datasets_are_fuzzed_too() -> None:
    assert {"ecommerce", "ecommerce_flat", "marketplace"} <= set(ready_names())
