"""`gen providers`: every provider, field, locale and country that texts are drawn from, with a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from fanwise.generator.cli.screen import Screen
from fanwise.generator.columns.support.people.names import LOCALES as PEOPLE
from fanwise.generator.columns.support.people.names import country_of
from fanwise.generator.columns.support.people.places import COUNTRIES
from fanwise.generator.columns.support.text_pools import LOCALES, PROVIDERS, known_locale, sample_of
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import UsageError
from fanwise.generator.language import load
from fanwise.generator.language.shape.definitions import definitions, language_schema
from fanwise.generator.plan import compile_plan
from fanwise.io.problems import Refused
from fanwise.text.terminal import table

__all__ = ["Provider", "countries", "locales", "providers", "show"]

DEFAULT = "en_US"


@dataclass(frozen=True, slots=True)
class Provider:
    """One thing that a kind can make: `{kind: name}` in a schema."""

    kind: str
    name: str
    sample: str


def providers(locale: str = DEFAULT) -> list[Provider]:
    """Return all providers of `fake` and fields of `person` and `place`, with samples of a locale.

    Fields of people and places are of en_US where there are none of the locale. Raises UsageError for an unknown one.
    """
    try:
        locale = known_locale(locale)
    except Refused as error:
        raise UsageError("FW-USAGE-VALUE", error.why, error.hint, "--locale") from None
    of_people = locale if locale in PEOPLE else DEFAULT
    country = country_of(locale) if country_of(locale) in COUNTRIES else country_of(DEFAULT)
    fields = {name: found["properties"]["field"]["enum"] for name, found in _with_fields().items()}
    settings = {"person": {"locale": of_people}, "place": {"countries": country}}
    drawn = _drawn({f"{kind} {at}": {kind: {"field": field, **settings[kind]}}
                    for kind, names in fields.items() for at, field in enumerate(names)})  # fmt: skip
    made = [Provider("fake", name, " ".join(sample_of(name, locale).split())) for name in PROVIDERS]
    return made + [
        Provider(kind, field, str(drawn[f"{kind} {at}"]))
        for kind, names in fields.items()
        for at, field in enumerate(names)
    ]


@cache
def locales() -> tuple[dict[str, str], ...]:
    """Return the locales, each with a name of `fake` and, where there are people, their name and phone number."""
    fields = {"name": "full_name", "phone": "phone"}
    drawn = _drawn({f"{locale} {key}": {"person": {"field": field, "locale": locale, "of": f"of_{locale}"}}
                    for locale in PEOPLE for key, field in fields.items()})  # fmt: skip
    return tuple(
        {"locale": locale, "fake": sample_of("name", locale), "person": str(drawn.get(f"{locale} name", "")),
         "phone": str(drawn.get(f"{locale} phone", ""))}
        for locale in LOCALES
    )  # fmt: skip


@cache
def countries() -> tuple[dict[str, str], ...]:
    """Return the countries of `place`, each with a postcode and a city."""
    drawn = _drawn({f"{code} {field}": {"place": {"field": field, "countries": code, "of": f"of_{code}"}}
                    for code in COUNTRIES for field in ("city", "postcode")})  # fmt: skip
    return tuple(
        {"code": code, "country": name, "postcode": str(drawn[f"{code} postcode"]), "city": str(drawn[f"{code} city"])}
        for code, name in COUNTRIES.items()
    )


def show(screen: Screen, locale: str) -> int:
    """Show all providers with samples of a locale; return 0."""
    listed, spoken, there = providers(locale), locales(), countries()
    if screen.machine:
        screen.document({
            "providers": [asdict(one) for one in listed], "locales": [*spoken], "countries": [*there], "exit_code": 0
        })  # fmt: skip
        return 0
    rows = [[one.kind, one.name, _short(one.sample, 48)] for one in listed]
    lines = table(["kind", "provider", "sample"], rows, screen.style, left=(0, 1, 2))
    lines += ["", *table(["locale", "fake: name", "person", "phone"],
                         [[one["locale"], *(_short(one[key], 24) for key in ("fake", "person")), one["phone"]]
                          for one in spoken], screen.style, left=(0, 1, 2, 3))]  # fmt: skip
    lines += ["", *table(["code", "country", "postcode", "city"], [[*one.values()] for one in there],
                         screen.style, left=(0, 1, 2, 3))]  # fmt: skip
    screen.result("\n".join(lines))
    return 0


def _with_fields() -> Mapping[str, Any]:
    """Return the kinds whose columns are fields of one thing, with their entry in the JSON Schema."""
    known = definitions(language_schema())
    return {name: found for name, found in known.items() if "shared" in found.get("x-kind", {})}


def _drawn(columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what columns have in the first row of a table."""
    names = {f"c{at}": name for at, name in enumerate(columns)}
    content = {
        "fanwise": 1,
        "name": "samples",
        "seed": 1,
        "window": {"start": "2024-01-01", "end": "2025-01-01"},
        "tables": {"sample": {"rows": 1, "columns": dict(zip(names, columns.values(), strict=True))}},
    }
    row = next(generate(compile_plan(load(content)), threads=1))["sample"].row(0, named=True)
    return {names[column]: value for column, value in row.items()}


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
