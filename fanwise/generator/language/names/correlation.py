"""`correlate` and `alike`: the columns that a draw goes along with, and what the rows below one ancestor share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.outline import Outline
from fanwise.generator.language.names.scope import Scope
from fanwise.generator.language.problems import Complaints, Fault
from fanwise.generator.language.shape.definitions import definitions
from fanwise.generator.language.spec import Alike, Correlate, Generator, Number, Path, Step
from fanwise.io.problems import Place

__all__ = ["bind_correlation"]

_WORDS = ("correlate", "alike")


class Binder(Protocol):
    """Binds parameters in the scope of one table."""

    @property
    def outline(self) -> Outline: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def complaints(self) -> Complaints: ...
    def number(self, value: Any, schema: dict[str, Any], place: Place, /) -> Number: ...
    def path(self, name: str, place: Place, /, *, on_key: bool = False) -> Path: ...


def bind_correlation(
    binder: Binder, made: Generator, raw: Mapping[str, Any], place: Place, traits: Mapping[str, Any]
) -> Generator:
    """Return the generator with its correlations; each that is at fault is reported and left out (raises Fault)."""
    word = next((word for word in _WORDS if word in raw), None)
    if word is None:
        return made
    if "score" not in traits:
        raise Fault("FW-SCHEMA-CORRELATE", (*place, word), _unable(made.kind, traits), on_key=True)
    if "exposure" in raw:
        why = "a column with an exposure cannot be correlated: its values do not follow from one draw"
        raise Fault("FW-SCHEMA-CORRELATE", (*place, word), why, "delete one of the two", on_key=True)
    return replace(
        made,
        correlate=tuple(_correlate(binder, raw.get("correlate") or {}, (*place, "correlate"))),
        alike=tuple(_alike(binder, raw.get("alike") or {}, (*place, "alike"))),
    )


def _correlate(binder: Binder, raw: Mapping[str, Any], place: Place) -> list[Correlate]:
    node = definitions(binder.outline.schema)["correlate"]["additionalProperties"]
    found: list[Correlate] = []
    for name, value in raw.items():
        here = (*place, name)
        with binder.complaints.catch():
            path = binder.path(name, here, on_key=True)
            _check_source(binder, path, here)
            first = next((one for one in found if one.path.covariate == path.covariate), None)
            if first is not None:
                why = f"'{name}' and '{first.path.text}' are the same"
                raise Fault("FW-SCHEMA-DUPLICATE", here, why, on_key=True)
            found.append(Correlate(path, binder.number(value, node, here), here))
    return found


def _check_source(binder: Binder, path: Path, place: Place) -> None:
    column = binder.outline.tables[path.target].columns[path.column]
    if path.axis is not None:
        hint = "give the segments their own parameters, or a multiplier"
        raise Fault("FW-SCHEMA-CORRELATE", place, "a segment has no order to correlate with", hint, on_key=True)
    source = binder.outline.source(path.target, path.column)
    if column.edge and source is not None:
        why, hint = f"{path.target}.{path.column} repeats {'.'.join(source)}", "name that column itself"
        raise Fault("FW-SCHEMA-CORRELATE", place, why, hint, on_key=True)
    if column.kind and "score" not in column.traits:
        why = f"{path.target}.{path.column} cannot be correlated with: {_unable(column.kind, column.traits)}"
        raise Fault("FW-SCHEMA-CORRELATE", place, why, on_key=True)


def _unable(kind: str, traits: Mapping[str, Any]) -> str:
    if "constant" in traits:
        return f"'{kind}' is a constant, and a constant has no correlation"
    return f"'{kind}' has no inverse distribution function"


def _alike(binder: Binder, raw: Mapping[str, Any], place: Place) -> list[Alike]:
    outline, table = binder.outline, binder.scope.table
    above = outline.ancestors(table)
    found = []
    for name, share in raw.items():
        here = (*place, name)
        with binder.complaints.catch():
            if name not in outline.tables:
                raise outline.unknown_table(here, name)
            if name not in above:
                why = f"'{name}' is not an ancestor of {table}"
                if name == table:
                    why = f"each row of {table} has one value, so no other row can be like it"
                raise Fault("FW-SCHEMA-CORRELATE", here, why, nearest(name, above), on_key=True)
            way = tuple(Step(one) for one in above[: above.index(name) + 1])
            found.append(Alike(name, way, float(share), here))
    return sorted(found, key=lambda one: -len(one.steps))
