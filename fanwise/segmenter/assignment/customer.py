"""One customer to their segments, with all that can be said of them: in milliseconds from features, and from orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fanwise.segmenter.assignment.archetypes import archetype_codes
from fanwise.segmenter.assignment.batches import live_axes
from fanwise.segmenter.assignment.membership import membership
from fanwise.segmenter.assignment.nearest import (
    INSUFFICIENT_CODE,
    STRENGTHS,
    Floats,
    Position,
    distances,
    locate,
    strength,
)
from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.model.model import AxisModel, Model
from fanwise.segmenter.model.validation import INSUFFICIENT, OTHER, UNASSIGNED
from fanwise.text.numbers import percent
from fanwise.text.terminal import table, wrapped

__all__ = ["Assignment", "AxisAssignment", "assign_one"]

_MIN_ORDERS = {feature.name: feature.min_orders for feature in FEATURES}


@dataclass(frozen=True, slots=True)
class AxisAssignment:
    """The segment of a customer on one axis.

    status: assigned, insufficient history, or unassigned; without a segment the next four are None or empty and `why`
    says why. membership: per segment, summing to 1 but for rounding.
    """

    axis: str
    status: str
    segment_id: int | None = None
    segment: str | None = None
    margin: float | None = None
    strength: str | None = None
    membership: Mapping[str, float] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The segments of a customer on every axis of the model; archetype None where the model has none."""

    axes: tuple[AxisAssignment, ...]
    archetype: str | None = None

    def __getitem__(self, axis: str) -> AxisAssignment:
        """Return one axis (KeyError where the model does not have it)."""
        for each in self.axes:
            if each.axis == axis:
                return each
        raise KeyError(axis)

    def text(self) -> str:
        """Return a table of at most 80 columns."""
        rows = [
            [each.axis, each.segment or each.status, f"{_own(each)} {each.strength}" if each.strength else "–"]
            for each in self.axes
        ]  # fmt: skip
        lines = table(["axis", "segment", "membership"], rows, left=(0, 1))
        lines += [line for each in self.axes if each.why for line in wrapped(f"{each.axis}: {each.why}.", "  ", "    ")]
        lines += wrapped(f"archetype: {self.archetype}", "  ", "    ") if self.archetype else []
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        return asdict(self)


def assign_one(
    model: Model,
    customer: Mapping[str, Any],
    *,
    customer_id: str | None = None,
    mapping: Path | None = None,
    as_of: dt.date | dt.datetime | None = None,
) -> Assignment:
    """Return where one customer stands.

    customer: either features by name (`AXIS.FEATURE`; None or left out where there is no value), or frames by the name
    of their table, from which the features are made with the constants of the model. customer_id: which, if the frames
    hold several. mapping: of frames, as in `open_frames`; default: that of the model. as_of: best given, for otherwise
    it is the last order.

    A feature that is None means too little history; one that is left out is missing, as in a source that lacks it.
    Raises SourceError for values that are no numbers, and for frames that cannot be used.
    """
    if any(hasattr(value, "__arrow_c_stream__") for value in customer.values()):
        customer = _features_of(model, customer, customer_id, mapping, as_of)
    columns = _columns(model, customer)
    positions = {axis.axis: locate(axis, columns, 1) for axis in live_axes(model)}
    axes = tuple(_stands(axis, positions[axis.axis], columns) for axis in live_axes(model))
    archetype = None
    if model.archetypes:
        code = int(archetype_codes(model.archetypes, {name: at.codes for name, at in positions.items()})[0])
        archetype = OTHER if code < 0 else model.archetypes[code].name
    return Assignment(axes, archetype)


def _features_of(
    model: Model,
    frames: Mapping[str, Any],
    customer_id: str | None,
    mapping: Path | None,
    as_of: dt.date | dt.datetime | None,
) -> dict[str, Any]:
    import polars as pl

    from fanwise.segmenter.features import build_features
    from fanwise.segmenter.ingest.mapping import carried_mapping
    from fanwise.segmenter.ingest.source import open_frames

    wanted_mapping = mapping or carried_mapping(model.mapping)
    wanted = [axis.axis for axis in live_axes(model)]
    with (
        TemporaryDirectory(prefix="fanwise-") as folder,
        open_frames(frames, wanted_mapping, folder=Path(folder), as_of=as_of, constants=model.constants) as source,
    ):
        only = None if customer_id is None else [customer_id]
        table = build_features(source, wanted, constants=model.constants, customers=only)
        frame = pl.read_parquet(table.path)
    if frame.height != 1:
        which = "" if customer_id is None else f" {customer_id!r}"
        why = f"hold {frame.height} customers{which}, not one"
        raise SourceError("FW-SOURCE-CUSTOMER", why, "give the orders of one customer, or pass customer_id", "frames")
    return {name: value for name, value in frame.row(0, named=True).items() if "." in name}


def _columns(model: Model, customer: Mapping[str, Any]) -> dict[str, Floats]:
    columns, problems = {}, []
    for axis in live_axes(model):
        for feature in axis.features:
            if feature.name not in customer:
                continue
            value = customer[feature.name]
            try:
                number = np.nan if value is None else float(value)
            except (TypeError, ValueError, OverflowError):
                number = np.inf
            if np.isinf(number):
                problems.append(
                    Problem(
                        "FW-SOURCE-FEATURES", f"must be a finite number or None, not {value!r:.40}", path=feature.name
                    )
                )
            columns[feature.name] = np.array([number])
    if problems:
        raise SourceError(problems)
    return columns


def _stands(axis: AxisModel, position: Position, columns: Mapping[str, Floats]) -> AxisAssignment:
    code = int(position.codes[0])
    if code == INSUFFICIENT_CODE:
        return AxisAssignment(axis.axis, INSUFFICIENT, why=_too_little(axis, columns))
    apart = distances(axis, columns, 1)
    if code < 0 or apart is None:
        missing = [feature.name for feature in axis.features if feature.name not in columns]
        return AxisAssignment(axis.axis, UNASSIGNED, why=f"features are missing: {', '.join(missing)}")
    shares = membership(apart, axis.spread)[0].round(6).tolist()
    return AxisAssignment(
        axis.axis,
        "assigned",
        code,
        axis.segments[code].name,
        float(position.margin[0]),
        STRENGTHS[int(strength(position.margin)[0])],
        {segment.name: share for segment, share in zip(axis.segments, shares, strict=True)},
    )


def _too_little(axis: AxisModel, columns: Mapping[str, Floats]) -> str:
    without = [each.name for each in axis.features if each.name in columns and np.isnan(columns[each.name][0])]
    needed = max(_MIN_ORDERS.get(name, 1) for name in without)
    orders = f"; it needs {needed} orders" if needed > 1 else ""
    return f"no value for {', '.join(without)}{orders}"


def _own(each: AxisAssignment) -> str:
    return "–" if each.membership is None or each.segment is None else percent(each.membership[each.segment], 0)
