"""What an axis is: a set of features of a customer, what they need, and how they are brought to one scale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

__all__ = ["AxisState", "Feature", "FeatureTable", "Scale"]


class Scale(StrEnum):
    """How the values of a feature are transformed before they are clipped and standardised.

    LOG: log1p(x / unit), for counts and money, from 0; the unit is the weighted 10 % quantile of the positive values,
    so that another currency or unit changes nothing (log1p alone would). SHARE: 2 arcsin √x, for shares in [0, 1].
    SIGNED: asinh(x / unit) for trends, the unit being the weighted median of |x| (of the values that are not 0, if that
    is 0). PLAIN: as it is (flags, sines, cosines). Units are learned from the sample; 1 where there is none to learn.
    """

    LOG = "log"
    SHARE = "share"
    SIGNED = "signed"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Feature:
    """One number per customer. A feature belongs to one axis.

    name: its column in the feature table, `AXIS.FEATURE`. needs: the inputs without which it cannot be computed
    (`product`, `category`, `discount`, `channel`, `time`, `return`, `ticket`, …). min_orders: customers with fewer have
    null there (too little history), never a filled-in value.
    """

    name: str
    axis: str
    scale: Scale
    about: str
    needs: frozenset[str] = frozenset()
    min_orders: int = 1


@dataclass(frozen=True, slots=True)
class AxisState:
    """What a source allows of an axis: `full`, `partial` (features in `missing` are left out), or `off` (`reason`)."""

    status: Literal["full", "partial", "off"]
    features: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of every customer, in a Parquet file sorted by `customer_id` as text.

    Columns: `customer_id` (String), `orders` Int64, `value` Float64 (lifetime value: the sum of order totals), and one
    Float64 column per feature of the axes that are not off, named `AXIS.FEATURE`; null where a customer has too little
    history or no value (then the customer is not eligible for that axis); never NaN or infinite.
    as_of: the instant that features look back from. fingerprint: what the features were made from (rows per table,
    first and last instant, hash of the mapping), strings and numbers only.
    """

    path: Path
    states: Mapping[str, AxisState]
    as_of: dt.datetime
    customers: int
    orders: int
    fingerprint: Mapping[str, str | int]
