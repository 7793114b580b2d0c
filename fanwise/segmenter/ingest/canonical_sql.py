"""The SQL of the canonical tables, from the typed views of the intake."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fanwise.segmenter.ingest.casts import quantity_units, seconds, units
from fanwise.segmenter.ingest.quality import Intake
from fanwise.segmenter.ingest.views import amount_sql, price_sql, rate_sql, usable_sql

__all__ = ["Writer"]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the queries for one intake, looking back from `as_of`."""

    intake: Intake
    as_of: dt.datetime

    def counts(self) -> str:
        """Return the condition under which a row of orders counts."""
        return f"{usable_sql(self.intake.layout)} AND order_at <= {self._instant()}"

    def _instant(self) -> str:
        return f"TIMESTAMP '{self.as_of.isoformat(sep=' ')}'"

    def _money(self, value: str) -> str:
        return units(value, self.intake.decimals)

    def _line_amount(self) -> str:
        """Return the SQL of what was paid for a line, in units; null where nothing says it."""
        return self._money(amount_sql(self.intake.layout)) if amount_sql(self.intake.layout) else "NULL::BIGINT"

    def _line_price(self) -> str:
        if price := price_sql(self.intake.layout):
            return self._money(price)
        if self.intake.has("order_item", "amount", "quantity"):
            return self._money("(item_amount / nullif(item_quantity, 0))")
        return "NULL::BIGINT"

    def _line_quantity(self) -> str:
        return quantity_units("item_quantity") if self.intake.has("order_item", "quantity") else quantity_units("1.0")

    def _line_discount(self) -> str:
        """Return the SQL of what was taken off a line, in units; empty where nothing says it."""
        if self.intake.has("order_item", "discount") and self.intake.layout.rates:
            return self._taken("item_discount", self._line_amount())
        if self.intake.has("order_item", "discount"):
            return f"abs({self._money('item_discount')})"
        if self.intake.has("order_item", "list_price") and self._line_price() != "NULL::BIGINT":
            quantity = "item_quantity" if self.intake.has("order_item", "quantity") else "1"
            price = (
                "item_price" if self.intake.has("order_item", "price") else "(item_amount / nullif(item_quantity, 0))"
            )
            return self._money(f"greatest(item_list_price - {price}, 0) * abs({quantity})")
        return ""

    def _taken(self, column: str, paid: str) -> str:
        """Return the SQL of what a rate took off, in units, from what was paid for it.

        At least one unit, as it was discounted: of what was free, and of what has no amount, nothing tells how much.
        """
        rate = rate_sql(self.intake.layout, column)
        amount = f"greatest(CAST(round(abs({paid}) * {rate} / (1 - {rate})) AS BIGINT), 1)"
        return f"CASE WHEN {rate} > 0 AND {rate} < 1 AND {paid} <> 0 THEN {amount} WHEN {rate} > 0 THEN 1 ELSE 0 END"

    def _back(self) -> str:
        """Return the condition under which a line came back."""
        if not self.intake.layout.negative_returns:
            return "false"
        fields = [name for name in ("quantity", "amount") if self.intake.has("order_item", name)]
        return f"coalesce({' OR '.join(f'item_{name} < 0' for name in fields)}, false)" if fields else "false"

    def _category(self) -> str:
        if self.intake.has("order_item", "category"):
            return "item_category"
        return "product_category" if self._joins_product() else "NULL::VARCHAR"

    def _joins_product(self) -> bool:
        intake = self.intake
        return (
            intake.has("order_item", "product")
            and not intake.has("order_item", "category")
            and intake.has("product", "id", "category")
        )

    def _product_join(self) -> str:
        return " LEFT JOIN in_product ON product_id = item_product" if self._joins_product() else ""

    def _product(self) -> str:
        if self.intake.has("order_item", "product"):
            return "item_product"
        return f"NULL::{self.intake.id_type('product')}"

    def _or_null(self, role: str, name: str) -> str:
        """Return the column of a field, or null text."""
        return f"{role}_{name}" if self.intake.has(role, name) else "NULL::VARCHAR"

    def _order_id(self) -> str:
        return "order_id" if self.intake.has("order", "id") else f"NULL::{self.intake.id_type('order')}"

    def _total(self) -> str:
        return self._money("order_total") if self.intake.has("order", "total") else ""

    def _discount(self, total: str) -> str:
        """Return the SQL of what was taken off an order whose total in units is known; empty where nothing says it."""
        if not self.intake.has("order", "discount"):
            return ""
        rates = self.intake.layout.rates
        return self._taken("order_discount", total or "0") if rates else f"abs({self._money('order_discount')})"

    def _returned(self) -> str:
        return "returned" if self.intake.layout.returned else "false"

    def flat(self) -> str:
        """Return the query of orders line by line, before lines are gathered to orders."""
        none = "NULL::BIGINT"
        taken = self._discount(self._total() or self._line_amount())
        return (
            f"SELECT {self._order_id()} AS o, order_customer AS c, {seconds('order_at')} AS s, "
            f"{self._line_amount()} AS x, {self._total() or none} AS t, "
            f"{self._line_discount() or none} AS d, {taken or none} AS od, "
            f"{self._or_null('order', 'channel')} AS ch, {self._product()} AS product, {self._category()} AS category, "
            f"{self._line_quantity()} AS q, {self._line_price()} AS p, {self._back()} AS back, "
            f"{self._returned()} AS returned "
            f"FROM in_order{self._product_join()} WHERE {self.counts()}"
        )

    def grouped(self, condition: str, *, flat: bool = False) -> str:
        """Return the query, over `{base}`, of orders gathered from lines, or of days from orders."""
        by_day = self.intake.layout.order_grain == "customer_day"
        key = self._order_key()
        order = self.intake.layout.tables["order"].columns
        total = "max(t)" if flat and "total" in order and not by_day else "sum(x)"
        discount = "max(od)" if flat and "discount" in order else "sum(d)"
        if discount == "max(od)" and self.intake.layout.rates and "total" not in order:
            discount = "sum(od)"  # of each line
        return (
            f"SELECT c, {key} AS o, min(s) AS s, CAST({total} AS BIGINT) AS x, CAST({discount} AS BIGINT) AS d, "
            f"min(ch) AS ch FROM {{base}} WHERE {condition} GROUP BY c, {key}"
        )

    def bought(self) -> str:
        """Return the query of orders, one row each."""
        intake = self.intake
        total, joins = self._total(), ""
        adds = not total and amount_sql(intake.layout) != ""
        discount = self._discount("lines.x" if adds else total)
        if not discount and intake.has("discount"):
            amount = self._money("discount_amount")
            sums = f"SELECT discount_order AS o, CAST(sum(abs({amount})) AS BIGINT) AS d FROM in_discount GROUP BY 1"
            joins, discount = f" LEFT JOIN ({sums}) AS taken ON taken.o = order_id", "coalesce(taken.d, 0)"
        takes = not discount and self._line_discount() != ""
        if adds or takes:
            sums = (
                f"SELECT item_order AS o, CAST(sum({self._line_amount()}) AS BIGINT) AS x, "
                f"CAST(sum({self._line_discount() or 'NULL::BIGINT'}) AS BIGINT) AS d "
                f"FROM in_order_item WHERE NOT {self._back()} GROUP BY 1"
            )
            # An order without lines has no total, and is left out rather than taken for one of 0.
            joins += f" {'' if adds else 'LEFT '}JOIN ({sums}) AS lines ON lines.o = order_id"
            total, discount = "lines.x" if adds else total, "lines.d" if takes else discount
        return (
            f"SELECT order_customer AS c, {self._order_id()} AS o, {seconds('order_at')} AS s, "
            f"{total or 'NULL::BIGINT'} AS x, {discount or 'NULL::BIGINT'} AS d, "
            f"{self._or_null('order', 'channel')} AS ch, {self._returned()} AS returned "
            f"FROM in_order{joins} WHERE {self.counts()}"
        )

    def lines(self, owners: str) -> str:
        """Return the query of the lines of orders that count."""
        return (
            f"SELECT bought.c AS c, {self._product()} AS product, {self._category()} AS category, "
            f"{self._line_quantity()} AS q, {self._line_price()} AS p "
            f"FROM in_order_item JOIN {owners} AS bought ON bought.o = item_order{self._product_join()} "
            f"WHERE NOT {self._back()} AND coalesce(bought.x >= 0, true)"
        )

    def lines_back(self, owners: str) -> str:
        """Return the query of the lines that came back, of orders that did not come back as a whole."""
        return (
            f"SELECT bought.c AS c, abs({self._line_amount()}) AS x, NULL::VARCHAR AS reason "
            f"FROM in_order_item JOIN {owners} AS bought ON bought.o = item_order "
            f"WHERE {self._back()} AND coalesce(bought.x >= 0, true)"
        )

    def sent_back(self, *, flat: bool) -> str:
        """Return the query, over `{base}`, of the orders that came back as their column says."""
        if not flat:
            return "SELECT c, x, NULL::VARCHAR AS reason FROM {base} WHERE returned AND coalesce(x >= 0, true)"
        paid = "sum(x)" if amount_sql(self.intake.layout) else "max(t)"
        return (
            f"SELECT c, CAST({paid} AS BIGINT) AS x, NULL::VARCHAR AS reason FROM {{base}} "
            f"WHERE returned AND NOT back GROUP BY c, {self._order_key()}"
        )

    def _order_key(self) -> str:
        by_day = self.intake.layout.order_grain == "customer_day"
        return "CAST(CAST(floor(s / 86400.0) AS BIGINT) AS VARCHAR)" if by_day else "o"

    def refunds(self, owners: str) -> str:
        """Return the query of returns up to `as_of`."""
        amount = f"abs({self._money('return_amount')})" if self.intake.has("return", "amount") else "NULL::BIGINT"
        return self._owned("return", owners, f"{amount} AS x, {self._or_null('return', 'reason')} AS reason")

    def tickets(self, owners: str) -> str:
        """Return the query of tickets up to `as_of`."""
        reopened = "ticket_reopened" if self.intake.has("ticket", "reopened") else "NULL::BOOLEAN"
        return self._owned("ticket", owners, f"{self._or_null('ticket', 'kind')} AS kind, {reopened} AS reopened")

    def _owned(self, role: str, owners: str, columns: str) -> str:
        """Return the query of what has a customer itself, or an order that has one."""
        until = f" AND {role}_at <= {self._instant()}" if self.intake.has(role, "at") else ""
        if self.intake.has(role, "customer"):
            return f"SELECT {role}_customer AS c, {columns} FROM in_{role} WHERE {role}_customer IS NOT NULL{until}"
        joined = f"in_{role} JOIN {owners} AS owner ON owner.o = {role}_order"
        return f"SELECT owner.c AS c, {columns} FROM {joined} WHERE true{until}"

    def members(self) -> str:
        """Return the query of the customers that there were at `as_of`."""
        bridged = self.intake.has("customer", "person")
        who = "coalesce(customer_person, customer_id)" if bridged else "customer_id"
        dated = self.intake.has("customer", "created")
        created = seconds("customer_created") if dated else "NULL::BIGINT"
        until = f" AND (customer_created IS NULL OR customer_created <= {self._instant()})" if dated else ""
        found = f"SELECT {who} AS c, {created} AS created FROM in_customer WHERE customer_id IS NOT NULL{until}"
        return f"SELECT c, min(created) AS created FROM ({found}) GROUP BY c" if bridged else found
