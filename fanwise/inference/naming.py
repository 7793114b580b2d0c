"""What names say: whether a column looks like an id, of which table, and what its texts are about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanwise.io.tables.names import telling_words

__all__ = ["about_itself", "fits", "is_generic", "is_id", "is_person", "may_be_person", "singular", "stem_of"]

_ID = re.compile(r"(^|_)(id|key|code|no|nr|number|uuid|guid|sku|pk|ref)$")
_WORD = re.compile(
    r"(^|_)(acid|aid|avoid|bid|covid|(pre|un|re)?paid|fluid|grid|humid|hybrid|(in)?valid|kid|lid|liquid|mid|rapid|rid|solid|squid|"
    r"void|donkey|hockey|jockey|monkey|turkey|whiskey)$"
)
"""Words that only end like an id."""
_ALONE = ("id", "key", "code", "no", "number", "uuid")
"""Names of keys that say nothing of their table."""
_ENDINGS = ("_id", "_key", "_code", "_no", "_nr", "_number", "_uuid", "_guid", "_fk", "_sk", "_pk", "id", "key")
_PERSON = re.compile(
    r"customer|household|user|person|client|member|patient|account|student|employee|visitor|subscriber|shopper"
)
_ROLE = re.compile(r"(^|_)(buyer|owner|seller|author|sender|receiver|recipient|guest|payer|holder)$")
_ITSELF = re.compile(r"parent|manager|supervisor|reports_?to|referr|invited_by|boss|previous|replaced|root|head")


def snake(name: str) -> str:
    """Return a name in lower case with underscores: CustomerID is customer_id."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def is_id(name: str) -> bool:
    """Return whether a column is named like an id."""
    word = snake(name)
    return _ID.search(word) is not None or (word.endswith(("id", "key")) and _WORD.search(word) is None)


def is_generic(name: str) -> bool:
    """Return whether columns of many tables have this name without being the same: id, code, name."""
    return snake(name) in (*_ALONE, "name")


def is_person(name: str) -> bool:
    """Return whether a name is that of somebody who acts."""
    return _PERSON.search(snake(name)) is not None


def may_be_person(name: str) -> bool:
    """Return whether a name is that of somebody who acts, or of what they do."""
    return is_person(name) or _ROLE.search(snake(name)) is not None


def about_itself(name: str) -> bool:
    """Return whether a column is named like a reference to another row of its own table."""
    return _ITSELF.search(snake(name)) is not None


def singular(name: str) -> str:
    """Return the singular of a table's name, in lower case: order for raw_orders."""
    word = "_".join(telling_words(snake(name))) or snake(name)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def stem_of(name: str) -> str:
    """Return what a column named like an id is the id of: customer for customer_id."""
    word = snake(name)
    ending = next((each for each in _ENDINGS if word.endswith(each) and word != each), "")
    return word[: len(word) - len(ending)].rstrip("_") if ending else word


def fits(column: str, table: str, key: str) -> bool:
    """Return whether a column is named like a reference to `key` of `table`."""
    mine, theirs, home = snake(column), snake(key), singular(table)
    if mine == theirs:
        return not is_generic(key)
    alone = theirs in _ALONE
    names = {f"{home}_{theirs}", f"{home}{theirs}", home, f"{snake(table)}_{theirs}"} if alone else {theirs, home}
    return any(mine == name or mine.endswith(f"_{name}") or name in _bare(mine) for name in names) or bool(
        {*_bare(mine)} & {*_bare(theirs)}
    )


def _bare(name: str) -> Iterator[str]:
    """Yield a name without the initials of its table: custkey for o_custkey."""
    head, line, rest = name.partition("_")
    if line and len(head) <= 2 and len(rest) > 2:
        yield rest
