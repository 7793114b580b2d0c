"""Addresses and numbers of ranges that are reserved, so that nobody has them.

| what | range | source |
|---|---|---|
| domains, e-mail | example.com, example.net, example.org | RFC 2606 |
| IPv4 | 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 198.18.0.0/15 | RFC 5737, RFC 2544 |
| IPv6 | 2001:db8::/32 | RFC 3849 |
| MAC | local addresses, whose first byte is 02 | IEEE 802 |
| EAN-13 | 20 to 29, for use within a shop | GS1 General Specifications |
| ISBN-13 | 978-66 to 978-69, given to no country | International ISBN Agency, range message |

Browsers are named by their user agents, which are words of a protocol; no device is.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

__all__ = ["DOMAINS", "domain", "ean", "email", "file_name", "ipv4", "ipv6", "isbn", "mac", "url", "user_agent",
           "user_name"]  # fmt: skip

DOMAINS = ("example.com", "example.net", "example.org")

_DOCUMENTED = ("192.0.2", "198.51.100", "203.0.113")
_SYSTEMS = (
    "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64", "Linux; Android 10; K"
)  # fmt: skip


def domain(words: Sequence[str], random: Random) -> str:
    """Return a host below an example domain."""
    return f"{random.choice(words)}-{random.choice(words)}.{random.choice(DOMAINS)}"


def url(words: Sequence[str], random: Random) -> str:
    """Return the address of a page at such a host."""
    return f"https://{domain(words, random)}/{random.choice(words)}"


def user_name(words: Sequence[str], random: Random) -> str:
    """Return a word and a number."""
    return f"{random.choice(words)}_{random.randint(1800, 2100)}"


def email(words: Sequence[str], random: Random) -> str:
    """Return an address at an example domain."""
    return f"{random.choice(words)}{random.randint(1800, 2100)}@{random.choice(DOMAINS)}"


def file_name(words: Sequence[str], ending: str, random: Random) -> str:
    """Return a word with the ending of a file."""
    return random.choice(words) + ending


def ipv4(random: Random) -> str:
    """Return an address of version 4; three of four are of the large range."""
    if random.random() < 0.25:
        return f"{random.choice(_DOCUMENTED)}.{random.randint(1, 254)}"
    return f"198.{random.randint(18, 19)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def ipv6(random: Random) -> str:
    """Return an address of version 6 in its shortest form."""
    return "2001:db8:" + ":".join(f"{random.randint(1, 0xFFFF):x}" for _ in range(6))


def mac(random: Random) -> str:
    """Return an address that no maker has."""
    return "02:" + ":".join(f"{random.randint(0, 255):02x}" for _ in range(5))


def ean(random: Random) -> str:
    """Return the number of an article, with its check digit."""
    return _checked(f"2{random.randint(0, 10**11 - 1):011d}")


def isbn(random: Random) -> str:
    """Return the number of a book, with its check digit; a group without countries has no other hyphens."""
    digits = _checked(f"9786{random.randint(6, 9)}{random.randint(0, 10**7 - 1):07d}")
    return f"978-{digits[3:]}"


def _checked(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def user_agent(random: Random) -> str:
    """Return what a browser says of itself, in the reduced form that names no device."""
    system, version = random.choice(_SYSTEMS), random.randint(90, 140)
    if random.random() < 0.25:
        return f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
    mobile = "Mobile " if "Android" in system else ""
    return (f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{version}.0.0.0 {mobile}Safari/537.36")  # fmt: skip
