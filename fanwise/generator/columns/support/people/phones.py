"""Phone numbers that nobody has, in international form.

Where the authority of a country keeps numbers for films, books and test data, they are these:

| countries | numbers | source |
|---|---|---|
| US, Canada | 555-0100 to 555-0199 of each area code | ATIS-0300115, guidelines for 555 numbers |
| United Kingdom | a thousand in 15 areas, 01632 960 and mobile 07700 900 | Ofcom, numbers for TV and radio drama |
| Germany | a thousand in five cities | Bundesnetzagentur, notice 148/2021 |
| France | ten thousand in five zones and mobile 06 39 98 | Arcep, decision 2018-0881 |
| Australia | 5550 xxxx and 7010 xxxx of each area code | ACMA, numbers for films and creative works |

No such numbers are known of the other countries. Their numbers begin with 000 behind the country code, which no
country gives out, so they cannot be dialled.
"""

from __future__ import annotations

from functools import cache

import polars as pl

__all__ = ["RESERVED", "phone_numbers"]

RESERVED = ("AU", "CA", "DE", "FR", "GB", "US")

_CALLING = {
    "AE": 971, "AT": 43, "AZ": 994, "BE": 32, "BR": 55, "CH": 41, "CN": 86, "CZ": 420, "DK": 45, "DZ": 213, "EE": 372,
    "EG": 20, "ES": 34, "FI": 358, "GR": 30, "HR": 385, "HU": 36, "IR": 98, "IS": 354, "IT": 39, "JO": 962, "JP": 81,
    "KR": 82, "KW": 965, "KZ": 7, "MA": 212, "MX": 52, "NL": 31, "NO": 47, "OM": 968, "PL": 48, "PT": 351, "QA": 974,
    "RU": 7, "SA": 966, "SE": 46, "SK": 421, "SY": 963, "TN": 216, "TR": 90, "UA": 380, "YE": 967,
}  # fmt: skip
_US = """
201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254
256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 330 334
336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 432 434 440
"""
_CA = """
204 226 236 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 579 581 587 604 613 639 647 705 709 778 780 807
819 867 873 902 905
"""
_GB = (
    "113 496 0", "114 496 0", "115 496 0", "116 496 0", "117 496 0", "118 496 0", "121 496 0", "131 496 0", "141 496 0",
    "151 496 0", "161 496 0", "20 7946 0", "191 498 0", "28 9649 6", "29 2018 0", "1632 960", "7700 900",
)  # fmt: skip
_DE = ("30 23125", "69 90009", "40 66969", "221 4710", "89 99998")
_FR = ("1 99 00", "2 61 91", "3 53 01", "4 65 71", "5 36 49", "6 39 98")
_AU = tuple(f"{area} {block}" for area in (2, 3, 7, 8) for block in (5550, 7010))


@cache
def phone_numbers(country: str) -> pl.Series:
    """Return all numbers of a country that `person` and `fake` may give, String (n,)."""
    return pl.Series(_numbers(country), dtype=pl.String)


def _numbers(country: str) -> list[str]:
    if country in ("US", "CA"):
        areas = (_US if country == "US" else _CA).split()
        return _joined([f"+1 {area}-555-" for area in areas], [f"{last:04d}" for last in range(100, 200)])
    if country == "GB":
        return _joined([f"+44 {block}" for block in _GB], _THREE)
    if country == "DE":
        return _joined([f"+49 {block}" for block in _DE], _THREE)
    if country == "FR":
        return _joined([f"+33 {block} " for block in _FR], _joined([f"{pair:02d} " for pair in range(100)], _TWO))
    if country == "AU":
        return _joined([f"+61 {block} " for block in _AU], [f"{last:04d}" for last in range(10_000)])
    return _joined([f"+{_CALLING[country]} 000 0{pair} " for pair in _TWO], _THREE)


def _joined(heads: list[str], tails: list[str]) -> list[str]:
    return [head + tail for head in heads for tail in tails]


_TWO, _THREE = [f"{number:02d}" for number in range(100)], [f"{number:03d}" for number in range(1000)]
