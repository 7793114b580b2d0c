"""Parameters that are composed of others: the components of a mixture.

They become flat parameters with dotted names, so each number in them may be given per segment, as that of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from generator.language.problems import Fault, Place
from generator.language.schema_pass import definitions

if TYPE_CHECKING:
    from generator.language.parameters import Binder

__all__ = ["bind_components"]


def bind_components(binder: Binder, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the parameters of a mixture: `slow.weight`, `slow.gamma.mean`, … (raises Fault).

    Each component that is at fault is reported and left out.
    """
    weight = definitions(binder.outline.schema)["component"]["properties"]["weight"]
    out: dict[str, Any] = {}
    for name, component in raw.items():
        with binder.complaints.catch():
            here = (*place, name)
            out[f"{name}.weight"] = binder.number(component.get("weight", weight["default"]), weight, (*here, "weight"))
            made = binder.single(component, "component", here)
            out |= {f"{name}.{made.kind}.{param}": value for param, value in made.params.items()}
    weights = [value for name, value in out.items() if name.endswith(".weight")]
    if weights and not any(weights):
        raise Fault(place, "all weights are 0", "give one component a weight above 0", on_key=True)
    return out
