"""A data set on a screen: one line, a rich table, HTML for notebooks. Nothing is generated for it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from fanwise.generator.plan import Plan

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["html_page", "summary", "table_of"]

_HEADERS = ("table", "driven by", "rows", "columns")


def summary(plan: Plan) -> str:
    """Return the data set in one line: `<Dataset ecommerce, seed 42: customer 1,000, order about 23,164>`."""
    tables = ", ".join(f"{name} {rows}" for name, _, rows, _ in _rows(plan))
    return f"<Dataset {plan.dataset.name}, seed {plan.seed}: {tables}>"


def table_of(plan: Plan) -> Table:
    """Return the tables as a rich table."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(_title(plan)), title_justify="left")
    for header in _HEADERS:
        table.add_column(header, justify="right" if header == "rows" else "left")
    for row in _rows(plan):
        table.add_row(*(Text(cell) for cell in row))
    return table


def html_page(plan: Plan) -> str:
    """Return the tables as an HTML table; every text of the schema is escaped."""
    head = "".join(f"<th>{header}</th>" for header in _HEADERS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in _rows(plan))
    caption = f"<caption>{escape(_title(plan))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _title(plan: Plan) -> str:
    return f"{plan.dataset.name}, seed {plan.seed}"


def _rows(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    for name in plan.dataset.tables:
        bound = plan.tables[name]
        about = "about " if bound.parent else ""
        rows = f"{about}{plan.expected_rows[name]:,.0f}"
        yield name, bound.parent or "", rows, ", ".join(bound.written)
