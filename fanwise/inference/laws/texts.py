"""Texts: what kind makes texts that look like those of a column. Their letters are never copied."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fanwise.inference.model import UNIT, Column, Table, data_sql, work_sql
from fanwise.inference.naming import snake
from fanwise.inference.sources.opening import Opened
from fanwise.inference.yaml_text import text
from fanwise.io.quoting import quote_ident

__all__ = ["FEW_VALUES", "draft_text", "draft_text_key", "provider_of"]

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SHAPED = 40
_MANY = 17  # digits, and letters times log10(26): more are too many different texts
_PROVIDERS: Sequence[tuple[str, str]] = (
    (r"e_?mail", "email"), (r"first_?name|given_?name|vorname", "first_name"),
    (r"last_?name|surname|family_?name|nachname", "last_name"), (r"user_?name|login|handle", "user_name"),
    (r"phone|mobile|fax|tel$", "phone_number"), (r"country_?code|iso2", "country_code"), (r"country", "country"),
    (r"city|town", "city"), (r"(^|_)(state|province|region)$", "state"), (r"post_?code|zip", "postcode"),
    (r"street|address", "street_address"), (r"compan|employer|organi[sz]ation|vendor_name|supplier_name", "company"),
    (r"job|occupation|profession", "job"), (r"url|website|link", "url"), (r"domain|host", "domain_name"),
    (r"ip(v4)?(_addr.*)?$", "ipv4"), (r"user_agent", "user_agent"), (r"file_?name|path", "file_name"),
    (r"colou?r", "color_name"), (r"currency", "currency_code"), (r"isbn", "isbn"), (r"ean|barcode", "ean"),
    (r"language", "language"), (r"nationality", "nationality"), (r"bank", "bank"), (r"mime|content_type", "mime_type"),
    (r"(full|customer|contact|person|display|employee|artist|author)_?name", "name"),
)  # fmt: skip

FEW_VALUES = {
    "bank", "color_name", "country", "country_code", "currency_code", "job", "language", "mime_type", "nationality",
    "postcode", "state",
}  # fmt: skip
"""Providers without enough different values for a column without repeats."""


def provider_of(column: str, table: str = "") -> str | None:
    """Return the provider of `fake` that a column's name asks for."""
    name = snake(column)
    found = next((provider for pattern, provider in _PROVIDERS if re.search(pattern, name)), None)
    if found is None and name == "name":
        return (
            "name"
            if re.search(r"customer|user|person|employee|author|artist|patient|seller|member", snake(table))
            else None
        )
    return found


def draft_text(found: Opened, table: Table, column: Column, least: int) -> tuple[str, str]:
    """Return the kind of a column of texts, and its evidence."""
    own = quote_ident(column.name)
    if column.count >= least and _all_match(found, table, column, _UUID):
        return "uuid: {}", "all values are UUIDs"
    provider = provider_of(column.name, table.name)
    if provider is not None and (provider != "email" or _share_of(found, table, own, "%@%") > 0.5):
        return f"fake: {provider}", "by its name"
    if column.distinct == column.count == table.rows and column.count >= least:
        numbered, note = draft_text_key(found, table, column, least)
        if note == "numbered":
            return numbered, note
    if (shape := _shape(found, table, column, least)) is not None:
        return f"pattern: {text(shape)}", "all values have this form"
    if column.count >= least and _all_match(found, table, column, "[0-9]+"):
        size = found.session.rows(f"SELECT median(length({own})) FROM {data_sql(table.name)}")[0][0]
        return f"pattern: {text('[1-9]' + '#' * (int(size) - 1))}", "digits instead of the numbers"
    sql = (
        f"SELECT quantile_cont(w, 0.05), quantile_cont(w, 0.95) FROM (SELECT "
        f"length({own}) - length(replace({own}, ' ', '')) + 1 AS w FROM {data_sql(table.name)} WHERE {own} IS NOT NULL)"
    )
    low, high = found.session.rows(sql)[0]
    low, high = max(1, round(low or 1)), min(1000, max(1, round(high or 1)))
    return f"words: {{min: {low}, max: {max(low, high)}}}", "words instead of the texts"


def draft_text_key(found: Opened, table: Table, column: Column, least: int) -> tuple[str, str]:
    """Return the kind of a key of texts: a pattern that counts, UUIDs, or numbers written as text."""
    own, rows = quote_ident(column.name), data_sql(table.name)
    if _all_match(found, table, column, _UUID):
        return "uuid: {}", "all values are UUIDs"
    sql = (
        f"SELECT regexp_extract({own}, '^(.*?)[0-9]+$', 1) AS p, count(*), min(length({own})), max(length({own})), "
        f"max(length(regexp_extract({own}, '([0-9]+)$', 1))), bool_or(regexp_full_match({own}, '.*?0[0-9]*')), "
        f"bool_and(regexp_matches({own}, '[0-9]$')) FROM {rows} WHERE {own} IS NOT NULL "
        "GROUP BY 1 ORDER BY 2 DESC LIMIT 2"
    )
    found_rows = found.session.rows(sql)
    prefix, count, shortest, longest, digits, _, ends = found_rows[0] if found_rows else ("", 0, 0, 0, 0, False, False)
    if ends and count == column.count and count >= least and len(prefix) <= 40 and prefix.isprintable():
        width = f":0{digits}" if shortest == longest and digits < 13 else ""
        return f"pattern: {text(_literal(prefix) + '{seq' + width + '}')}", "numbered"
    return f"pattern: {text(_literal(snake(table.name)) + '-{seq:06}')}", "numbered; its own form is not copied"


def _literal(part: str) -> str:
    return re.sub(r"([\\#?\[\]{}])", r"\\\1", part)


def _all_match(found: Opened, table: Table, column: Column, pattern: str) -> bool:
    own = quote_ident(column.name)
    sql = f"SELECT bool_and(regexp_full_match({own}, '{pattern}')) FROM {data_sql(table.name)}"
    return bool(found.session.rows(sql)[0][0])


def _share_of(found: Opened, table: Table, own: str, like: str) -> float:
    sql = f"SELECT avg(CAST({own} LIKE '{like}' AS INT)) FROM {data_sql(table.name)} WHERE {own} IS NOT NULL"
    return float(found.session.rows(sql)[0][0] or 0)


def _shape(found: Opened, table: Table, column: Column, least: int) -> str | None:
    """Return the pattern that all values have: digits, capitals and fixed signs at fixed places."""
    own = quote_ident(column.name)
    form = own
    for letters, sign in (("[0-9]", "#"), ("[A-Z]", "?"), ("[a-z]", "~")):
        form = f"regexp_replace({form}, '{letters}', '{sign}', 'g')"
    rows = found.session.rows(f"SELECT DISTINCT {form} FROM {data_sql(table.name)} WHERE {own} IS NOT NULL LIMIT 2")
    units = int(
        found.session.rows(
            f"SELECT count(DISTINCT {quote_ident(UNIT)}) FROM {work_sql(table.name)} WHERE {own} IS NOT NULL"
        )[0][0]
    )
    if len(rows) != 1 or units < least:
        return None
    shape = str(rows[0][0])
    plain = all(sign in "#?~-/. :()+_" for sign in shape)
    if (
        not plain
        or ("#" not in shape and "?" not in shape)
        or len(shape) > _SHAPED
        or shape.count("#") + 1.5 * (shape.count("?") + shape.count("~")) > _MANY
    ):
        return None
    return shape.replace("~", "[a-z]")
