"""Companies, banks, universities, streets, cars and phones with coined names, in the forms of a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from fanwise.generator.columns.support.invented.coined import coined

__all__ = ["car", "drink", "named", "phone_model", "street_address"]

_SERIES = "ABCDEFGHKLMRSTVXZ"
_MODELS = ("", " Plus", " Pro", " Max", " Mini", " Lite")


def named(what: str, locale: str, random: Random) -> str:
    """Return a `company`, a `bank`, a `university` or a `street` of a locale of Mimesis (`de-at`)."""
    form = str(random.choice(_forms(locale)[what]))
    while "{name}" in form:
        form = form.replace("{name}", coined(_language(locale), random), 1)
    return form.replace("{trade}", str(random.choice(_forms(locale)["trade"]))) if "{trade}" in form else form


def street_address(locale: str, random: Random) -> str:
    """Return a street with the number of a house, in the order of the locale."""
    number = "-".join(str(random.randint(1, 30)) for _ in range(3)) if locale == "ja" else str(random.randint(1, 1400))
    form: str = _forms(locale)["address"]
    return form.format(street=named("street", locale, random), number=number)


def drink(locale: str, random: Random) -> str:
    """Return a kind of drink."""
    return str(random.choice(_forms(locale)["drink"]))


def car(random: Random) -> str:
    """Return the make and the model of a car."""
    return f"{coined('en', random)} {random.choice(_SERIES)}{random.randint(1, 9)}00"


def phone_model(random: Random) -> str:
    """Return the make and the model of a phone."""
    return f"{coined('en', random)} {random.randint(2, 19)}{random.choice(_MODELS)}"


def _language(locale: str) -> str:
    return locale.partition("-")[0]


@cache
def _forms(locale: str) -> Mapping[str, Any]:
    """Return the forms of a locale: those of its language, and what its country has of its own."""
    known = tomllib.loads((files(__package__) / "forms.toml").read_text("utf-8"))
    return {**known[_language(locale)], **known.get(locale, {})}
