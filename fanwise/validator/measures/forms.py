"""The form of texts whose type says more than text: UUIDs, JSON, and a number of characters."""

from __future__ import annotations

from fanwise.io.tables.strict import JSON_FORM, UUID_FORM, says_json, says_uuid

__all__ = ["broken_form", "form_of"]


def form_of(declared: str) -> str:
    """Return in words the form of the values of a type, empty where it has none."""
    word, size = _parts(declared)
    words = {
        "uuid": f"is {UUID_FORM}",
        "json": f"is {JSON_FORM}",
        "varchar": f"has at most {size} characters",
        "char": f"has exactly {size} characters",
    }
    return words.get(word, "")


def broken_form(declared: str, column: str) -> str:
    """Return the SQL that is true where a column (an SQL expression) does not have the form of its type."""
    word, size = _parts(declared)
    text = f"CAST({column} AS VARCHAR)"
    if word == "uuid":
        return f"NOT {says_uuid(text)}"
    if word == "json":
        return f"NOT ({says_json(text)})"
    return f"length({text}) {'>' if word == 'varchar' else '<>'} {size}"


def _parts(declared: str) -> tuple[str, str]:
    word, _, rest = declared.partition("(")
    return word, rest.rstrip(")")
