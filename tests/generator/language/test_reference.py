"""The reference and the JSON Schema say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from fanwise.generator.columns import BUILTIN
from fanwise.generator.columns.support.text_pools import LOCALES, PROVIDERS
from fanwise.generator.language.document.sources import RULES
from fanwise.generator.language.shape.definitions import PLACES, kinds_in, language_schema

REFERENCE = (Path(__file__).parents[3] / "docs" / "reference.md").read_text(encoding="utf-8")
SCHEMA = language_schema()
DEFS = SCHEMA["$defs"]
KINDS = kinds_in(SCHEMA, "column")
FANOUTS = [
    "arrivals",
    "count",
    "fixed",
    "bernoulli",
    "poisson",
    "negbin",
    "geometric",
    "binomial",
    "integer",
    "zipf",
    "histogram",
    "quantile",
]


def row(kind: str) -> list[str]:
    line = re.search(rf"^\| `{kind}` \| .*$", REFERENCE, re.MULTILINE)
    assert line, f"no row for {kind}"
    return [cell.strip() for cell in line[0].replace("\\|", "¦").strip("|").split("|")]


def test_every_kind_of_the_schema_is_built_and_no_other() -> None:
    # A name with a space is no word of a schema: `unique integer` is what `unique: true` makes of `integer`.
    assert {*KINDS, *FANOUTS} == {name for kind in BUILTIN for name in kind.names if " " not in name}
    assert set(FANOUTS) == set(kinds_in(SCHEMA, "fanout"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_row_with_its_parameters_and_its_factor(kind: str) -> None:
    node = DEFS[KINDS[kind]]
    cells = row(kind)

    assert len(cells) == 4
    assert [name for name in node.get("properties", {}) if f"`{name}`" not in cells[1] and name not in cells[1]] == []
    assert cells[3] == node["x-kind"].get("factor", "–")


def test_every_word_of_x_kind_is_documented() -> None:
    section = REFERENCE.split("## Defining kinds in plug-ins")[1]
    words = {word for node in DEFS.values() for word in node.get("x-kind", {})}

    assert {"in", "yields", "edge"} <= words
    assert sorted(word for word in words if f"\n- `{word}`: " not in section) == []


@pytest.mark.parametrize("kind", kinds_in(SCHEMA, "fanout"))
def test_a_fanout_is_in_the_table_of_fanouts(kind: str) -> None:
    section = REFERENCE.split("## Fanouts")[1].split("\n## ")[0]

    assert f"`{kind}`" in section


@pytest.mark.parametrize("entry", DEFS)
def test_every_entry_of_defs_is_documented(entry: str) -> None:
    if entry in KINDS:
        assert f"| `{entry}` |" in REFERENCE
        assert DEFS[entry]["description"]
    else:
        assert f"`{entry}`" in REFERENCE


@pytest.mark.parametrize("place", PLACES)
def test_a_kind_stands_exactly_where_its_entry_says(place: str) -> None:
    listed = set(kinds_in(SCHEMA, place).values())

    assert listed == {name for name, node in DEFS.items() if place in node.get("x-kind", {}).get("in", ())}


def modifiers() -> list[str]:
    return [name for name in DEFS["column"]["properties"] if name not in KINDS]


@pytest.mark.parametrize("modifier", modifiers())
def test_every_modifier_is_documented(modifier: str) -> None:
    assert f"`{modifier}`" in REFERENCE


def test_limits_are_documented() -> None:
    assert f"| depth of nesting | {RULES.max_depth} |" in REFERENCE
    assert f"| values in a file, aliases expanded | {RULES.max_values:,} |" in REFERENCE


def test_nothing_in_the_schema_is_an_alternative_that_nobody_can_read() -> None:
    def keywords(node: object, named: bool = False) -> set[str]:
        if isinstance(node, dict):  # below `properties` and `$defs`, keys are names: `not` is a word of `ref`
            own = set() if named else set(node)
            return own | {w for k, v in node.items() for w in keywords(v, not named and k in {"properties", "$defs"})}
        return {word for child in node for word in keywords(child)} if isinstance(node, list) else set()

    assert {"oneOf", "anyOf", "allOf", "not"}.isdisjoint(keywords(SCHEMA))


def test_every_provider_and_locale_is_documented() -> None:
    section = REFERENCE.split("## Providers of `fake`")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section))

    assert set(PROVIDERS) | set(LOCALES) <= named
    assert named <= set(PROVIDERS) | set(LOCALES) | {"fake", "de"}


class TextDates(yaml.SafeLoader):
    """YAML in which a date stays text, as in the language."""

    yaml_implicit_resolvers = {  # noqa: RUF012, as in PyYAML
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL))
def test_an_example_follows_the_schema(text: str) -> None:
    """A block holds either keys of the file or columns of a table."""
    document = json.loads(json.dumps(yaml.load(text, TextDates)))  # noqa: S506, our own text
    parts = SCHEMA["properties"] if set(document) <= set(SCHEMA["properties"]) else {}
    columns = {"$ref": "#/$defs/column"}

    for name, value in document.items():
        jsonschema.Draft202012Validator({"$defs": DEFS, **parts.get(name, columns)}).validate(value)
        if not parts:
            assert len(set(value) & set(KINDS)) == 1, name
