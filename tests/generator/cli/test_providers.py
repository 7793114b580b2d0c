"""`gen providers` and its page: everything that texts are drawn from, with samples."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from fanwise.generator.cli.providers import providers
from fanwise.generator.columns.person import FIELDS as OF_PERSON
from fanwise.generator.columns.place import FIELDS as OF_PLACE
from fanwise.generator.columns.support.people.names import LOCALES as PEOPLE
from fanwise.generator.columns.support.people.places import COUNTRIES
from fanwise.generator.columns.support.text_pools import LOCALES, PROVIDERS, Pool

DOCS = Path(__file__).parents[3] / "docs"


def test_everything_is_listed_with_a_sample(gen: Any) -> None:
    found = json.loads(gen("providers", "--locale", "de", "--json").out)
    listed = {(one["kind"], one["name"]) for one in found["providers"]}

    wanted = {"fake": PROVIDERS, "person": OF_PERSON, "place": OF_PLACE}
    assert listed == {(kind, name) for kind, names in wanted.items() for name in names}
    assert all(one["sample"] for one in found["providers"])
    assert [one["locale"] for one in found["locales"]] == [*LOCALES]
    assert {one["locale"] for one in found["locales"] if one["person"]} == set(PEOPLE)
    assert [one["code"] for one in found["countries"]] == [*COUNTRIES]
    assert next(one for one in found["providers"] if one["name"] == "country")["sample"]
    assert (
        next(one["sample"] for one in found["providers"] if one["name"] == "country_code" and one["kind"] == "place")
        == "DE"
    )


def test_the_samples_of_fake_are_the_first_of_its_pools() -> None:
    sample = next(one.sample for one in providers("fr_FR") if (one.kind, one.name) == ("fake", "name"))

    assert sample == Pool.of("name", "fr_FR").labels[0]


def test_the_page_is_current_and_the_screen_fits(gen: Any) -> None:
    spec = importlib.util.spec_from_file_location("providers_page", DOCS / "providers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert (DOCS / "providers.md").read_text(encoding="utf-8") == module.page(), "run `make providers`"
    assert max(map(len, gen("providers").out.splitlines())) <= 80


def test_an_unknown_locale_names_those_that_there_are(gen: Any) -> None:
    said = gen("providers", "--locale", "xx")

    assert said.code == 2
    assert "unknown locale 'xx'" in said.err
