"""Write docs/providers.md: `make providers`, after a change of what `fake`, `person` and `place` draw from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fanwise.generator.cli.providers import countries, locales, providers

PAGE = Path(__file__).with_name("providers.md")
HEAD = """\
# Providers

What [`fake`, `person` and `place`](reference.md#text-and-categories) draw from, each with a sample. `gen providers`
prints this page, `gen providers --locale de_DE` with samples of another locale, and `gen providers --json` as JSON.
`docs/providers.py` writes it.

The columns of one row that are fields of `person` or `place` are about the same one, as the page
[People and places](how-to/people-and-places.md) shows. The columns of `fake` do not depend on one another.

Nothing here belongs to a real person or company, as
[What is real and what is not](how-to/people-and-places.md#what-is-real-and-what-is-not) describes.
"""
SHORT = 60


def page() -> str:
    """Return the page."""
    listed = providers()
    parts = [HEAD]
    for kind, title in (
        ("person", "Fields of `person`"),
        ("place", "Fields of `place`"),
        ("fake", "Providers of `fake`"),
    ):
        rows = [(f"`{one.name}`", _cell(one.sample)) for one in listed if one.kind == kind]
        parts.append(f"## {title}\n\n{_table(('name', 'sample in en_US'), rows)}")
    spoken = [(f"`{one['locale']}`", *(_cell(one[key]) for key in ("fake", "person", "phone"))) for one in locales()]
    head = ("locale", "`fake`: name", "`person`", "phone")
    parts.append(f"## Locales\n\nA locale without a person is one of `fake` alone.\n\n{_table(head, spoken)}")
    there = [(f"`{one['code']}`", one["country"], one["postcode"], one["city"]) for one in countries()]
    parts.append(f"## Countries of `place`\n\n{_table(('code', 'country', 'postcode', 'city'), there)}")
    return "\n".join(parts)


def _cell(text: str) -> str:
    short = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
    return short.replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
