"""`claim`: what the audit promises of the effects of a column or fanout, of all axes or of each that is named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.spec import Claims
from fanwise.io.problems import Place

__all__ = ["bind_claims"]


def bind_claims(outline: Outline, complaints: Complaints, raw: Mapping[str, Any], place: Place) -> Claims:
    """Return the claims of a column or fanout; each axis that does not exist is reported."""
    stated = raw.get("claim", "ratio")
    if not isinstance(stated, dict):
        return Claims(stated)
    for name in stated:
        if name not in outline.axes:
            last = name.rpartition(".")[2]  # of a path, such as customer.tier
            hint = nearest(last, outline.axes) if last not in outline.axes else f"write the name of the axis: {last}"
            here = (*place, "claim", name)
            complaints.add("FW-SCHEMA-UNKNOWN-AXIS", here, f"unknown axis '{name}'", hint, on_key=True)
    return Claims(axes=MappingProxyType(stated))
