"""What `fake` makes belongs to nobody: names are coined, and addresses and numbers are of reserved ranges."""

from __future__ import annotations

import ipaddress
import json
import re
from functools import cache
from importlib.resources import files

import pytest

from fanwise.generator.columns.support.people.phones import phone_numbers
from fanwise.generator.columns.support.text_pools import LOCALES, PROVIDERS, Pool, sample_of

NETWORKS = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")
]
LATIN = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES")


@cache
def of_mimesis() -> frozenset[str]:
    """Return all companies and banks that Mimesis knows, and its universities."""
    found: set[str] = set()
    for folder in set(LOCALES.values()):
        for language in (folder, folder.partition("-")[0]):
            root = files("mimesis") / "datasets" / language
            finance = json.loads((root / "finance.json").read_bytes())
            found.update(finance["company"]["name"], finance["banks"])
            found.update(json.loads((root / "person.json").read_bytes()).get("university", ()))
    return frozenset(name.strip().lower() for name in found)


@pytest.mark.parametrize("provider", ["company", "bank", "university"])
@pytest.mark.parametrize("locale", ["en_US", "ja_JP", "ru_RU"])
def test_no_organisation_is_one_that_mimesis_lists(provider: str, locale: str) -> None:
    names = Pool(provider, locale).labels

    assert {"allianz", "hsbc holdings plc", "神戸製鋼所"} < of_mimesis(), "the lists are read"
    assert of_mimesis().isdisjoint(names.str.to_lowercase().to_list())
    assert names.n_unique() > 9000


@pytest.mark.parametrize("locale", LATIN)
def test_no_coined_word_is_a_part_of_a_known_name(locale: str) -> None:
    known = {word for name in of_mimesis() for word in re.split(r"[^\w]+", name)}
    of_forms = {"bank", "credit", "union", "savings", "first"}

    for name in Pool("bank", "en_US").labels[:2000].to_list():
        coined = [word for word in name.lower().split() if word not in of_forms | {"of"}]
        assert known.isdisjoint(coined), name
    assert Pool("company", locale).labels.n_unique() > 9000


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_every_locale_has_the_forms_of_its_names(locale: str) -> None:
    for provider in ("company", "bank", "university", "street_name", "street_address", "drink", "sentence"):
        text = sample_of(provider, locale)
        assert text.strip("{} ") == text, provider
        assert len(text) > 0, provider
    assert sample_of("phone_number", locale) in set(phone_numbers(locale.partition("_")[2]))


def test_the_country_has_forms_of_its_own() -> None:
    forms = {locale: " ".join(Pool("company", locale).labels[:200].to_list()) for locale in ("en_US", "en_GB", "de_CH")}

    assert " Inc." in forms["en_US"]
    assert " Inc." not in forms["en_GB"]
    assert " Ltd" in forms["en_GB"]
    assert "GmbH" in forms["de_CH"]


@pytest.mark.parametrize("provider", ["ipv4", "ipv6"])
def test_addresses_of_the_internet_are_for_documents_and_measurements(provider: str) -> None:
    for text in Pool(provider, "en_US").labels[:2000].to_list():
        address = ipaddress.ip_address(text)
        assert any(address in network for network in NETWORKS), text
        assert str(address) == text


def test_hosts_pages_and_mail_are_at_example_domains() -> None:
    for provider, form in {
        "domain_name": r"[a-z]+-[a-z]+\.example\.(com|net|org)",
        "url": r"https://[a-z]+-[a-z]+\.example\.(com|net|org)/[a-z]+",
        "email": r"[a-z]+[0-9]+@example\.(com|net|org)",
    }.items():
        assert Pool(provider, "en_US").labels.str.contains(f"^{form}$").all(), provider


def test_network_cards_are_of_no_maker() -> None:
    assert Pool("mac_address", "en_US").labels.str.contains("^02(:[0-9a-f]{2}){5}$").all()


@pytest.mark.parametrize(("provider", "form"), [("ean", r"^2\d{12}$"), ("isbn", r"^978-6[6-9]\d{8}$")])
def test_article_and_book_numbers_are_valid_and_nobody_has_them(provider: str, form: str) -> None:
    labels = Pool(provider, "en_US").labels

    assert labels.str.contains(form).all()
    for text in labels[:500].to_list():
        digits = [int(digit) for digit in text if digit.isdigit()]
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0, text


def test_no_mark_of_the_lists_is_left() -> None:
    for provider, locale, mark in [("dish", "en_US", "Oreo"), ("dish", "ja_JP", "キットカット"), ("word", "fi_FI", "nokia"),
                                   ("word", "en_US", "google")]:  # fmt: skip
        assert mark not in set(Pool(provider, locale).labels), (provider, mark)


def test_cars_phones_and_browsers_name_no_maker() -> None:
    assert Pool("car", "en_US").labels.str.contains("^[A-Z][a-z]+ [A-Z][1-9]00$").all()
    assert Pool("phone_model", "en_US").labels.str.contains("^[A-Z][a-z]+ [0-9]+( [A-Z][a-z]+)?$").all()
    systems = Pool("user_agent", "en_US").labels.str.extract(r"\(([^;)]*;[^)]*)\)", 1).unique()
    assert len(systems) > 1
    assert not systems.str.contains("Build|SM-|iPhone|Pixel").any()


def test_providers_are_listed_in_order() -> None:
    assert list(PROVIDERS) == sorted(PROVIDERS)
