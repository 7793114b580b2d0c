"""The texts that a column can hold, where its parameters list them and other columns of the table may state these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["chosen_labels"]


def chosen_labels(traits: Mapping[str, Any], own: Any, others: Iterable[Any]) -> tuple[str, ...] | None:
    """Return what a column chooses from, None where its texts are not listed.

    traits: `x-kind` of its kind, whose `labels` has `from` and `default` for each value of the kind's parameter that
    lists texts. own: what is written behind the kind. others: the same of the columns of the table with this kind.
    """
    parameter, by = traits["parameter"], traits["shared"]["by"]
    listed = traits["labels"].get(own.get(parameter) if isinstance(own, dict) else own)
    if listed is None:
        return None
    about = own.get(by) if isinstance(own, dict) else None
    stated = [one for one in (own, *others) if isinstance(one, dict) and one.get(by) == about and listed["from"] in one]
    if not stated:
        return tuple(listed["default"])
    choices = stated[0][listed["from"]]
    return (choices,) if isinstance(choices, str) else tuple(map(str, choices))
