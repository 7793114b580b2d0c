"""Who the segments are, as data: sizes, shares of revenue, and the features that make them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

__all__ = ["ArchetypeProfile", "AxisProfile", "FeatureProfile", "Profile", "SegmentProfile"]


@dataclass(frozen=True, slots=True)
class FeatureProfile:
    """A feature of a segment in raw units. typical: of its centroid. mean, median: of its customers, where given."""

    feature: str
    typical: float
    mean: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """A segment: customers, their share of all customers and of all value (None where the value is not known).

    Without features of customers, `customers` and `value_share` are None and the share is that of the sample. Rows with
    id None hold the customers without a segment, so that shares sum to 1.
    """

    id: int | None
    name: str
    customers: int | None
    share: float
    value_share: float | None
    features: tuple[FeatureProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class AxisProfile:
    """An axis and its segments. key_features: those on which segments differ most, first the most telling.

    cut_feature: by which customers are cut in tiers; empty for clusters. cuts: in its own units, where each tier but
    the first begins.
    """

    axis: str
    status: str
    structure: str
    reason: str
    segments: tuple[SegmentProfile, ...]
    without: tuple[SegmentProfile, ...]
    key_features: tuple[str, ...]
    cut_feature: str = ""
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchetypeProfile:
    """An archetype, or all others (id None); shares of all customers and of all value."""

    id: str | None
    name: str
    customers: int | None
    share: float
    value_share: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """The segments of a model, of the customers whose features were given or of the sample (`customers` is None)."""

    customers: int | None
    as_of: str
    axes: tuple[AxisProfile, ...]
    archetypes: tuple[ArchetypeProfile, ...]

    def text(self) -> str:
        """Return an overview of the axes, then a table per axis, of at most 80 columns."""
        return _told("profile_text", self)

    def overview(self) -> str:
        """Return the overview alone."""
        return _told("overview_text", self)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        return asdict(self)


def _told(function: str, profile: Profile) -> str:
    """Return what a function of `document` makes of a profile, which holds data and does not know that module."""
    text: str = getattr(import_module("fanwise.segmenter.report.document"), function)(profile)
    return text
