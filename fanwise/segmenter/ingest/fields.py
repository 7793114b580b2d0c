"""What a source can hold: roles of tables, their fields, and the names by which both are known.

A name is compared in lower case without signs between its words. `own` names are those of the role itself and win over
`loose` ones, which other things bear as well; two columns of the same rank are ambiguous, and somebody must say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fanwise.io.tables.names import telling_words

__all__ = ["ROLES", "Field", "Kind", "Role", "name_without", "plain", "prefix_of", "words_of"]


class Kind(StrEnum):
    """What the values of a field are read as."""

    ID = "id"
    TEXT = "text"
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A column that a role can have. `{}` in a name stands for each name of the table."""

    kind: Kind
    about: str
    own: tuple[str, ...]
    loose: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A table that a source can have, by its names in the singular."""

    about: str
    names: tuple[str, ...]
    fields: Mapping[str, Field]


_CUSTOMERS = ("customer", "client", "user", "member", "household", "buyer", "shopper", "account")
_ORDERS = ("order", "purchase", "transaction", "basket", "invoice", "sale", "receipt", "trip")
_PRODUCTS = ("product", "article", "sku", "item", "stock")


def _ids(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}{end}" for name in names for end in ("id", "key", "no", "number", "code"))


_CUSTOMER = Field(Kind.ID, "the customer", _ids(_CUSTOMERS), _CUSTOMERS)
_ORDER = Field(Kind.ID, "the order", _ids(_ORDERS), _ORDERS)
_TIMES = ("createdat", "created", "date", "timestamp", "time", "datetime", "at")

ROLES: Mapping[str, Role] = {
    "customer": Role(
        "one row per customer",
        _CUSTOMERS,
        {
            "id": Field(Kind.ID, "identifies the customer", _ids(_CUSTOMERS), ("id",), required=True),
            "person": Field(Kind.ID, "who stands behind several ids", ()),
            "created": Field(
                Kind.INSTANT,
                "when the account was created",
                (
                    "signedup",
                    "signedupat",
                    "signupdate",
                    "signupat",
                    "registeredat",
                    "registrationdate",
                    "joinedat",
                    "joindate",
                ),
                ("createdat", "created", "customersince"),
            ),
        },
    ),
    "order": Role(
        "one row per order, or per order line if order_item is the same table",
        _ORDERS,
        {
            "id": Field(Kind.ID, "identifies the order", _ids(_ORDERS), ("id", *_ORDERS)),
            "customer": Field(Kind.ID, "who bought", _ids(_CUSTOMERS), _CUSTOMERS, required=True),
            "at": Field(
                Kind.INSTANT,
                "the time of the order",
                (
                    *(f"{name}{end}" for name in _ORDERS for end in ("date", "at", "time", "timestamp", "datetime")),
                    "orderedat",
                    "purchasedat",
                    "placedat",
                    "orderpurchasetimestamp",
                ),
                _TIMES,
                required=True,
            ),
            "total": Field(
                Kind.NUMBER,
                "the total of the order",
                (
                    *(f"{name}{end}" for name in _ORDERS for end in ("total", "amount", "value")),
                    "grandtotal",
                    "totalamount",
                ),
                (
                    "total",
                    "amount",
                    "grossamount",
                    "netamount",
                    "revenue",
                    "salesvalue",
                    "totalprice",
                    "value",
                    "price",
                    "spend",
                ),
            ),
            "discount": Field(
                Kind.NUMBER,
                "the discount on the order",
                ("orderdiscount", "discountamount", "discounttotal", "totaldiscount"),
                ("discount", "rebate"),
            ),
            "channel": Field(
                Kind.TEXT,
                "the channel of the order",
                ("channel", "saleschannel", "orderchannel"),
                ("source", "platform", "sourcename"),
            ),
        },
    ),
    "order_item": Role(
        "one row per order line",
        (
            *(f"{name}{end}" for name in _ORDERS for end in ("item", "line", "lineitem", "detail", "product")),
            "lineitem",
            "line",
            "item",
        ),
        {
            "order": _ORDER,
            "product": Field(Kind.ID, "the product", _ids(_PRODUCTS), _PRODUCTS),
            "category": Field(
                Kind.TEXT,
                "the category of the product",
                ("category", "productcategory", "categoryid", "categoryname", "itemcategory"),
                ("department",),
            ),
            "quantity": Field(Kind.NUMBER, "the quantity", ("quantity", "qty"), ("units", "count")),
            "price": Field(
                Kind.NUMBER, "the unit price", ("unitprice", "itemprice", "priceeach", "priceperunit"), ("price",)
            ),
            "amount": Field(
                Kind.NUMBER,
                "the amount of the line",
                ("lineamount", "linetotal", "itemtotal", "lineprice", "extendedprice"),
                ("amount", "total", "salesvalue", "revenue", "subtotal", "totalprice", "spend"),
            ),
            "discount": Field(
                Kind.NUMBER, "the discount on the line", ("linediscount", "discountamount"), ("discount", "rebate")
            ),
            "list_price": Field(
                Kind.NUMBER,
                "the unit price before any discount",
                ("listprice", "regularprice", "originalprice", "fullprice"),
            ),
        },
    ),
    "product": Role(
        "one row per product, for its category",
        _PRODUCTS,
        {
            "id": Field(Kind.ID, "identifies the product", _ids(_PRODUCTS), ("id",), required=True),
            "category": Field(
                Kind.TEXT,
                "its category",
                ("category", "productcategory", "categoryid", "categoryname", "itemcategory"),
                ("department", "type"),
            ),
        },
    ),
    "return": Role(
        "one row per return or refund",
        ("return", "refund", "orderreturn", "orderrefund", "productreturn", "creditnote"),
        {
            "order": _ORDER,
            "customer": _CUSTOMER,
            "at": Field(
                Kind.INSTANT,
                "the time of the return",
                ("returnedat", "returndate", "refundedat", "refunddate", "returntime"),
                _TIMES,
            ),
            "amount": Field(
                Kind.NUMBER,
                "the refund",
                ("refundamount", "amountrefunded", "refundedamount", "returnamount", "refundtotal", "refund"),
                ("amount", "total", "value"),
            ),
            "reason": Field(
                Kind.TEXT, "the reason of the return", ("reason", "returnreason", "refundreason", "reasoncode")
            ),
        },
    ),
    "discount": Role(
        "one row per discount on an order",
        ("discount", "orderdiscount", "couponredemption", "redemption", "discountapplication"),
        {
            "order": Field(Kind.ID, "the discounted order", _ids(_ORDERS), _ORDERS, required=True),
            "amount": Field(
                Kind.NUMBER,
                "the discount",
                ("discountamount", "amountoff"),
                ("amount", "discount", "value"),
                required=True,
            ),
        },
    ),
    "ticket": Role(
        "one row per support request",
        ("ticket", "supportticket", "supportcase", "case", "complaint", "supportrequest"),
        {
            "order": _ORDER,
            "customer": _CUSTOMER,
            "at": Field(
                Kind.INSTANT, "the time of the ticket", ("openedat", "ticketdate", "opened", "reportedat"), _TIMES
            ),
            "kind": Field(
                Kind.TEXT,
                "the kind of the ticket",
                ("kind", "tickettype", "issuetype", "topic"),
                ("type", "category", "reason", "subject"),
            ),
            "reopened": Field(
                Kind.FLAG,
                "whether the ticket was reopened",
                ("reopened", "isreopened", "wasreopened", "reopenedcount"),
                ("reopen",),
            ),
        },
    ),
}
"""The roles, in the order in which tables are looked for; `order` and `order_item` may share a table."""


def plain(name: str) -> str:
    """Return a name in lower case, its letters and digits only."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


def words_of(table: str) -> tuple[str, ...]:
    """Return the plain forms under which a table may be known: as it is, and in the singular."""
    name = plain(table)
    forms = [name]
    if name.endswith("ies"):
        forms.append(f"{name[:-3]}y")
    if name.endswith("es"):
        forms.append(name[:-2])
    if name.endswith("s"):
        forms.append(name[:-1])
    return tuple(dict.fromkeys(forms))


def name_without(table: str, prefix: tuple[str, ...] = ()) -> str:
    """Return the name of a table without words of pipelines, and without a prefix if it has it."""
    words = telling_words(table)
    return "_".join(words[len(prefix) :] if prefix and words[: len(prefix)] == prefix else words)


def prefix_of(table: str, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the words before the longest ending that is one of `names`: `olist` of `olist_orders_dataset`."""
    words = telling_words(table)
    ends = (at for at in range(1, len(words)) if set(words_of("".join(words[at:]))) & set(names))
    at = next(ends, None)
    return None if at is None else words[:at]
