"""Parameters that are composed of others: components of a mixture, moves of a chain, columns of children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.instants import is_instant
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.shape.definitions import definitions
from fanwise.generator.language.spec import End, Generator, Number, Path
from fanwise.io.problems import Place, dotted

__all__ = [
    "bind_chain",
    "bind_choices",
    "bind_components",
    "bind_counts",
    "bind_exposure",
    "bind_knots",
    "bind_otherwise",
]


class Binder(Protocol):
    """Binds the parts of a composed parameter; `fanwise.generator.language.names.parameters.Binder` is one."""

    @property
    def outline(self) -> Outline: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def complaints(self) -> Complaints: ...
    def number(self, value: Any, schema: dict[str, Any], place: Place, /) -> Number: ...
    def single(self, raw: Mapping[str, Any], where: str, place: Place, /) -> Generator: ...
    def lag(self, raw: Mapping[str, Any], place: Place, /) -> Generator: ...
    def end(self, value: str, place: Place, /) -> End: ...
    def path(self, name: str, place: Place, /) -> Path: ...
    def typed(self, name: str, schema: dict[str, Any], place: Place, /) -> Path: ...


def bind_components(binder: Binder, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the parameters of a mixture: `slow.weight`, `slow.gamma.mean`, … (raises Fault).

    They are flat, so each number in them may be given per segment, as that of any kind. Each component that is at
    fault is reported and left out.
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
        raise Fault("FW-SCHEMA-ZERO-WEIGHTS", place, "all weights are 0")
    return out


def bind_choices(
    binder: Binder, value: str | list[str] | Mapping[str, Any], place: Place
) -> tuple[tuple[str, Number | None], ...]:
    """Return (name, weight) pairs, None where no weight is given (raises Fault)."""
    if isinstance(value, str):
        return ((value, None),)
    if isinstance(value, list):
        for at, name in enumerate(value):
            if name in value[:at]:
                why, hint = f"'{name}' is listed twice", f"write a weight to have more of it: {{{name}: 2}}"
                raise Fault("FW-SCHEMA-DUPLICATE", (*place, at), why, hint)
        return tuple((name, None) for name in value)
    weight = definitions(binder.outline.schema)["choices"]["additionalProperties"]
    return tuple((name, binder.number(found, weight, (*place, name))) for name, found in value.items())


def bind_counts(raw: Mapping[str, float], place: Place) -> tuple[tuple[int, float], ...]:
    """Return (count, weight) pairs (raises Fault)."""
    if not sum(raw.values()) > 0:
        raise Fault("FW-SCHEMA-ZERO-WEIGHTS", place, "all weights are 0")
    return tuple((int(count), float(weight)) for count, weight in raw.items())


def bind_chain(binder: Binder, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the parameters of `states`: start, each move as (state, next, weight), and dwell and at (raises Fault)."""
    if not {"start", "next"} <= raw.keys():
        raise Skip  # what stood there was refused by the schema pass
    following = raw["next"]
    weight = definitions(binder.outline.schema)["options"]["additionalProperties"]
    if any(problem.path.startswith(dotted((*place, "next"))) for problem in binder.complaints.problems):
        raise Skip
    starts, start = _starts(binder, str(raw["start"]), following, (*place, "start"))
    _check_reached(binder, starts, following, (*place, "next"))
    moves: list[tuple[str, str, Number]] = []
    for state, options in following.items():
        for after, found in options.items():
            with binder.complaints.catch():
                moves.append((state, after, binder.number(found, weight, (*place, "next", state, after))))
    return {"start": start, "moves": tuple(moves), **_bind_dwell(binder, raw, place)}


def _starts(
    binder: Binder, start: str, following: Mapping[str, Any], place: Place
) -> tuple[tuple[str, ...], str | Path]:
    """Return the states that a first row may have, and the state or the column that says which one (raises Fault)."""
    states = {*following, *(after for options in following.values() for after in options)}
    if start in following:
        return (start,), start
    if start in states or "." not in start:
        why = f"the start state '{start}' has no next states"
        raise Fault("FW-SCHEMA-STATES", place, why, nearest(start, following))
    path = binder.path(start, place)
    labels = binder.outline.labels(path.target, path.column)
    if labels is None:
        why = f"the values of '{start}' are not known in advance"
        raise Fault("FW-SCHEMA-STATES", place, why, "name a segment, a choice or a column of a lookup table")
    strange = [label for label in labels if label not in states]
    if strange:
        raise Fault(
            "FW-SCHEMA-STATES", place, f"'{strange[0]}' in '{start}' is not a state", f"add {strange[0]}: to next"
        )
    return labels, path


def _bind_dwell(binder: Binder, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return how long each state lasts, and when the first one begins; nothing where the file does not say."""
    if "dwell" not in raw:
        if "at" in raw:
            hint = "add dwell: {trial: {fixed: 14d}}"
            raise Fault("FW-SCHEMA-STATES", (*place, "at"), "an instant of the first state needs 'dwell'", hint)
        return {}
    following, dwell, here = raw["next"], raw["dwell"], (*place, "dwell")
    final = sorted({after for options in following.values() for after in options} - following.keys())
    for state in dwell:
        if state in final:
            why, hint = f"'{state}' is final: no state follows it, so it has no dwell", "delete it"
            binder.complaints.add("FW-SCHEMA-STATES", (*here, state), why, hint, on_key=True)
        elif state not in following:
            hint = nearest(state, following)
            binder.complaints.add("FW-SCHEMA-STATES", (*here, state), f"'{state}' is not a state", hint, on_key=True)
    lost = [state for state in following if state not in dwell]
    if lost:
        hint = f"add {lost[0]}: {{exponential: {{mean: 30d}}}}"
        binder.complaints.add("FW-SCHEMA-STATES", here, f"no dwell for '{lost[0]}'", hint)
    laws = {}
    for state, found in dwell.items():
        with binder.complaints.catch():
            laws[state] = binder.lag(found, (*here, state))
    return {
        "dwell": laws,
        "at": binder.end(str(raw.get("at", "window.start")), (*place, "at") if "at" in raw else here),
    }


def bind_knots(binder: Binder, raw: Mapping[str, Any], place: Place, name: str) -> dict[str, Any]:
    """Return each knot as a parameter of its own, `knot 0.5`, so that it may differ by segment (raises Fault)."""
    each = {"$ref": "#/$defs/quantity"}
    return {f"{name} {share}": binder.number(found, each, (*place, share)) for share, found in raw.items()}


def bind_exposure(binder: Binder, made: Generator, raw: Mapping[str, Any], place: Place, *, able: Any) -> Generator:
    """Return the generator of numbers whose mean a column of the row multiplies (raises Fault).

    able: the trait `exposure` of the kind; "own": the kind takes it as a parameter.
    """
    here = (*place, "exposure")
    if not able:
        why, hint = f"an exposure is not possible for '{made.kind}'", "it multiplies the mean of numbers and counts"
        raise Fault("FW-SCHEMA-OPTION", here, why, hint, on_key=True)
    path = binder.typed(str(raw["exposure"]), {"$ref": "#/$defs/number_path"}, here)
    if able == "own":
        return replace(made, params=MappingProxyType({**made.params, "exposure": path}))
    params = MappingProxyType({"law": made, "exposure": path})
    return Generator("number with exposure", params, made.multipliers, made.place)


def bind_otherwise(binder: Binder, value: Any, place: Place) -> Any:
    """Return a literal, an `End`, a `Path`, or the generator of a kind (raises Fault)."""
    if isinstance(value, dict):
        return binder.single(value, "value", place)
    if not isinstance(value, str):
        return value
    if value in {"window.start", "window.end"} or is_instant(value):
        return binder.end(value, place)
    try:
        return binder.path(value, place)
    except Fault as fault:
        raise Fault(fault.code, place, fault.why, fault.hint or f"for a text write {{constant: {value}}}") from fault


def _check_reached(binder: Binder, starts: tuple[str, ...], following: Mapping[str, Any], place: Place) -> None:
    """Report the first state that no row can ever be in: a slip of the pen, in most cases."""
    reached, todo = set(starts), list(starts)
    while todo:
        for after in following.get(todo.pop(), ()):
            if after not in reached:
                reached.add(after)
                todo.append(after)
    lost = next((state for state in following if state not in reached), None)
    if lost is not None:
        hint = nearest(lost, sorted(reached - following.keys()))
        known = "', '".join(starts)
        why = f"state '{lost}' cannot be reached from the start state '{known}'"
        binder.complaints.add(
            "FW-SCHEMA-STATES", (*place, lost), why, hint or "add it to the next states of another state, or delete it"
        )
