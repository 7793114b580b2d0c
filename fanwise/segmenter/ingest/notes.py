"""Notes on what a source holds that is left out, merged, or hardly right: always with its number.

What leaves nothing to count, such as ids of which none is known, is an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.canonical import Canon
from fanwise.segmenter.ingest.quality import Intake
from fanwise.segmenter.ingest.views import rate_sql, usable_sql
from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["note_canon", "note_future", "note_instants", "note_rates"]

LONG, EARLIEST = dt.timedelta(days=5 * 365), 1000
"""Orders over a shorter time need no look at their years; before EARLIEST, years were written with two digits."""
GAP, FAR = 3, 50
"""Years from the other orders to those that are noted, and to those of which nobody can look back."""
FEW = 0.05
SAME_KEY = "regexp_replace(ltrim(lower(trim(CAST({} AS VARCHAR))), '0'), '\\.0+$', '')"
"""The SQL of an id without what programs add or drop: blanks, case, zeros before it, `.0` after it."""


def note_future(warehouse: Warehouse, intake: Intake, as_of: dt.datetime, shown: str) -> None:
    """Note orders after the instant that features look back from (SourceError where all are)."""
    if intake.last <= as_of:
        return
    if intake.first > as_of:
        why = f"every order is after {as_of.isoformat(sep=' ')} (the first is of {intake.first.isoformat(sep=' ')})"
        raise SourceError("FW-SOURCE-EMPTY", why, "give a later as-of date.", shown)
    sql = f"SELECT count(*) FROM in_order WHERE {usable_sql(intake.layout)} AND order_at > $1"
    count = warehouse.rows(sql, [as_of])[0][0]
    intake.notes.append(f"{count:,} {_rows(intake)} after {as_of.isoformat(sep=' ')} are left out")


def note_instants(warehouse: Warehouse, intake: Intake, shown: str, *, dated: bool) -> None:
    """Note the few orders that are years before or after all others.

    dated: an instant to look back from is given, so the last order does not matter. Raises SourceError where it would
    be an order that is decades after the others, and for years of two digits.
    """
    place = f"{shown}: {intake.layout.tables['order'].table}.{intake.layout.tables['order'].columns['at']}"
    if intake.last.year < EARLIEST:
        why = f"the orders are of the years {intake.first.year:04} to {intake.last.year:04}"
        raise SourceError("FW-SOURCE-VALUES", why, "years of two digits are %y in a date_format.", place)
    if intake.last - intake.first < LONG:
        return
    usable = usable_sql(intake.layout)
    years = dict(warehouse.rows(f"SELECT year(order_at), count(*) FROM in_order WHERE {usable} GROUP BY 1"))
    begin, end = _main_years(years)
    for late in (False, True):
        odd = [year for year in years if (year > end if late else year < begin)]
        count = sum(years[year] for year in odd)
        if not odd or (late and dated) or count > FEW * sum(years.values()):
            continue
        apart = min(odd) - end if late else begin - max(odd)
        which = f"WHERE {usable} AND year(order_at) {'>' if late else '<'} {end if late else begin}"
        first = warehouse.rows(f"SELECT order_at FROM in_order {which} ORDER BY 1 LIMIT 1")[0][0]
        rows = _rows(intake)[:-1] if count == 1 else _rows(intake)
        why = f"{count:,} {rows} {apart} years {'after' if late else 'before'} all others (first: {first})"
        if late and apart >= FAR:
            until = warehouse.rows(f"SELECT max(order_at) FROM in_order WHERE {usable} AND year(order_at) <= {end}")
            hint = (
                f"correct them, or look back from an earlier day: --as-of {until[0][0].date() + dt.timedelta(days=1)}."
            )
            raise SourceError("FW-SOURCE-VALUES", why, hint, place)
        effect = "all features look back from the last of them" if late else "they count as they are"
        intake.notes.append(f"{why}: {effect}")


def _main_years(years: Mapping[int, int]) -> tuple[int, int]:
    """Return the first and last year of most orders: where GAP years have none, others begin."""
    blocks: list[list[int]] = []
    for year in sorted(years):
        if blocks and year - blocks[-1][-1] < GAP:
            blocks[-1].append(year)
        else:
            blocks.append([year])
    most = max(blocks, key=lambda block: sum(years[year] for year in block))
    return most[0], most[-1]


def note_rates(warehouse: Warehouse, intake: Intake, shown: str) -> None:
    """Note discounts that look like rates but are read as money; SourceError for rates beyond 0 and 1."""
    layout = intake.layout
    for role, column in (("order", "order_discount"), ("order_item", "item_discount")):
        if not layout.has(role, "discount"):
            continue
        view = "order" if role == "order" or layout.flat else role
        rate = rate_sql(layout, column)
        asked = f"count(*) FILTER ({rate} < 0 OR {rate} > 1), max({column}), count(*) FILTER ({column} > 0)"
        wrong, most, positive = warehouse.rows(f"SELECT {asked} FROM in_{view}")[0]
        place = f"{shown}: {layout.tables[role].table}.{layout.tables[role].columns['discount']}"
        if layout.rates and wrong:
            limit = "0 to 1" if layout.discounts == "rate" else "0 to 100"
            hint = "say what they are: 'discounts: amount', 'rate' or 'percent' in a mapping."
            raise SourceError("FW-SOURCE-VALUES", f"{wrong:,} values are not rates of {limit}", hint, place)
        if not layout.rates and positive and most <= 1:
            named = layout.tables[role].columns["discount"]
            intake.notes.append(
                f"all {positive:,} discounts in {named} are at most 1 and read as money; if they are rates, write "
                "'discounts: rate' in a mapping"
            )


def note_canon(intake: Intake, canon: Canon, shown: str, *, grain_said: bool) -> None:
    """Note what does not meet and what was merged; raises SourceError where nothing meets."""
    problems = [*_unknown_orders(intake, canon, shown), *_unknown_customers(intake, canon, shown)]
    problems += _unknown_products(intake, canon, shown)
    if problems:
        raise SourceError(problems)
    _note_alike(intake, canon)
    if not grain_said:
        _note_merged(intake, canon)


def _unknown_orders(intake: Intake, canon: Canon, shown: str) -> Iterator[Problem]:
    """Note lines, returns, discounts and tickets of orders that are in no table."""
    for role, column in (("order_item", "item"), ("return", "return"), ("discount", "discount"), ("ticket", "ticket")):
        if role not in intake.rows or intake.has(role, "customer") or not intake.has(role, "order"):
            continue
        if role == "order_item" and canon.count("line") == intake.rows[role]:
            continue
        yield from _lost(intake, canon, role, f"{column}_order", "order", "order_id", shown)


def _unknown_customers(intake: Intake, canon: Canon, shown: str) -> Iterator[Problem]:
    """Note customers of orders who are in no table of customers, and those without orders."""
    for role in ("return", "ticket"):
        if intake.has(role, "customer"):
            yield from _lost(intake, canon, role, f"{role}_customer", "order", "order_customer", shown)
    if not intake.has("customer"):
        return
    # A member may be younger than its first order, and then not be there yet.
    known = "SELECT customer_id AS c FROM in_customer"
    if intake.has("customer", "person"):
        known = "SELECT coalesce(customer_person, customer_id) AS c FROM in_customer"
        ids, people = canon.warehouse.rows("SELECT count(*), count(DISTINCT customer_person) FROM in_customer")[0]
        intake.notes.append(f"{ids:,} customer ids are of {people:,} persons")
    buyers, members = f"(SELECT DISTINCT c FROM {canon.relation('sale')})", f"(SELECT DISTINCT c FROM ({known}))"
    count, met = canon.warehouse.rows(
        f"SELECT count(*), count(m.c) FROM {buyers} AS b LEFT JOIN {members} AS m USING (c)"
    )[0]
    table = intake.layout.tables["customer"]
    if count > met:
        lost = f"FROM {buyers} ANTI JOIN {members} USING (c)"
        first = _first(canon, "c", lost)
        why = f"{count - met:,} of {count:,} customers with orders are not in {table.table} (first: {first})"
        if not met:
            there = _first(canon, "c", f"FROM {members}")
            hint = _hint(canon, f"SELECT c {lost}", known, "customer")
            yield Problem(
                "FW-SOURCE-VALUES", f"{why}; it has {there}, …", hint, f"{shown}: {table.table}.{table.columns['id']}"
            )
        intake.notes.append(f"{why}: their accounts are not known")
    idle = canon.warehouse.rows(f"SELECT count(*) FROM {members} WHERE c IS NOT NULL")[0][0] - met
    if idle:
        intake.notes.append(f"{idle:,} of {idle + met:,} customers in {table.table} have no order, and so no features")


def _unknown_products(intake: Intake, canon: Canon, shown: str) -> Iterator[Problem]:
    """Note products of lines whose category is not known because they are in no table."""
    has = intake.has
    if has("order_item", "product") and not has("order_item", "category") and has("product", "id", "category"):
        role = "order" if intake.layout.flat else "order_item"
        yield from _lost(intake, canon, role, "item_product", "product", "product_id", shown)


def _lost(intake: Intake, canon: Canon, role: str, column: str, target: str, key: str, shown: str) -> Iterator[Problem]:
    """Note the rows of a role whose reference is unknown; yield a problem where all are."""
    known = f"(SELECT {key} AS met FROM in_{target})"
    count = canon.warehouse.rows(f"SELECT count(*) FROM in_{role} ANTI JOIN {known} ON met = {column}")[0][0]
    if not count:
        return
    lost = f"FROM in_{role} ANTI JOIN {known} ON met = {column}"
    table, what = intake.layout.tables[role].table, "products" if target == "product" else key.split("_")[1]
    what = {"id": "orders", "customer": "customers"}.get(what, what)
    why = f"{count:,} rows of {table} belong to unknown {what} (first: {_first(canon, column, lost)})"
    all_rows = canon.warehouse.rows(f"SELECT count({column}) FROM in_{role}")[0][0]
    if all_rows and count >= all_rows and target != "product" and intake.rows[target]:
        hint = _hint(canon, f"SELECT {column} AS c FROM in_{role}", f"SELECT met AS c FROM {known}", role)
        yield Problem("FW-SOURCE-VALUES", f"{why}: none is known", hint, f"{shown}: {table}")
    left = "have no category" if target == "product" else "are left out"
    intake.notes.append(f"{why} and {left}")


def _hint(canon: Canon, lost: str, known: str, role: str) -> str:
    """Return what to do about ids of which none is known: alike they may be."""
    keys, there = (f"(SELECT DISTINCT {SAME_KEY.format('c')} AS k FROM ({sql}))" for sql in (lost, known))
    count = canon.warehouse.rows(f"SELECT count(*) FROM {keys} SEMI JOIN {there} USING (k)")[0][0]
    do = f"name other columns in a mapping, or '{role}: ~' to do without the table."
    if count:
        same = f"{count:,} are known without blanks, case, zeros before them or '.0' after them: write ids in one way"
        return f"{same}; or {do}"
    return do


def _note_alike(intake: Intake, canon: Canon) -> None:
    """Note ids of customers that differ only in what programs add or drop, as whole numbers never do."""
    if "customer" in intake.whole:
        return
    buyers = f"(SELECT DISTINCT c FROM {canon.relation('sale')})"
    grouped = f"SELECT count(*) AS n, min(c) AS one, max(c) AS other FROM {buyers} GROUP BY {SAME_KEY.format('c')}"
    sql = f"SELECT coalesce(sum(n), 0), min(one), min_by(other, one) FROM ({grouped}) WHERE n > 1"
    count, one, other = canon.warehouse.rows(sql)[0]
    if count:
        intake.notes.append(
            f"{count:,} customer ids differ from another only in blanks, case, zeros before them or '.0' after them "
            f"(first: '{one}' and '{other}') and count as different customers"
        )


def _note_merged(intake: Intake, canon: Canon) -> None:
    """Note orders that count as one because they have no ids and are of one customer and day."""
    if intake.layout.order_grain == "order":
        return
    flat = intake.layout.flat
    rows = (
        f"{canon.relation('flat')} WHERE NOT back"
        if flat
        else f"{canon.relation('bought')} WHERE coalesce(x >= 0, true)"
    )
    merged = canon.warehouse.rows(f"SELECT count(*) FROM {rows}")[0][0] - canon.count("sale")
    if not merged:
        return
    cure = "'order.id' in a mapping names one" if flat else "'order_grain: order' in a mapping keeps them apart"
    intake.notes.append(
        f"{merged:,} {_rows(intake)} are of the same customer and day as another and count as one with it, as "
        f"{'lines have no order id' if flat else 'orders have no id'}; {cure}"
    )


def _rows(intake: Intake) -> str:
    return "lines" if intake.layout.flat else "orders"


def _first(canon: Canon, column: str, lost: str) -> str:
    found: list[tuple[Any, ...]] = canon.warehouse.rows(f"SELECT DISTINCT {column} {lost} ORDER BY 1 LIMIT 3")
    return ", ".join("null" if row[0] is None else str(row[0]) for row in found)
