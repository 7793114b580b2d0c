"""The model of discovery: all that is needed to assign a customer to segments years later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fanwise.segmenter.axes import Scale

__all__ = ["FORMAT", "Archetype", "AxisModel", "FittedFeature", "KScore", "Model", "SampleDesign", "SegmentModel"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class FittedFeature:
    """How one feature is brought to scale: transform by `scale` and `unit`, clip to [low, high], (x - mean) / std.

    unit: divisor of LOG and SIGNED, else 1. low, high, mean, std: in transformed units, weighted, learned from the
    sample. deciles: the 9 weighted deciles of the raw values, for drift. decile_shares: the weighted shares of the 10
    bins x ≤ d1, d1 < x ≤ d2, …, x > d9 (not 0.1 each where a value is frequent; all of a repeated decile is in its
    first bin).
    """

    name: str
    scale: Scale
    unit: float
    low: float
    high: float
    mean: float
    std: float
    deciles: tuple[float, ...]
    decile_shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class KScore:
    """The scores of one number of clusters: what the choice of k was made from.

    inertia: weighted within-cluster sum of squares per customer. silhouette: weighted simplified silhouette.
    z: the silhouette standardised by those of the null sets. stability: mean adjusted Rand index of bootstrap refits;
    None where it could not have changed the choice.
    """

    k: int
    inertia: float
    silhouette: float
    z: float
    stability: float | None
    min_share: float


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """One segment of an axis: `id` from 0 in canonical order; centroid in standardised units, in order of features."""

    id: int
    name: str
    share: float
    centroid: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AxisModel:
    """One axis of a model.

    status, missing, reason: as in AxisState; a reason stands also where a feature set turned out too poor (off).
    structure: `clusters`; `tiers` where no structure was found and customers are cut at quantiles of the first feature
    (k = 1 by the statistics, and reported so); `none` where the axis is off.
    cuts: of tiers only: a customer's tier is the number of cuts that are <= its standardised first feature.
    dropped: the declared features that the data left without use, as `AXIS.FEATURE: why`.
    spread: mean squared distance to the own centroid per dimension (the τ² of membership). null_quantile: what z had
    to pass. eligible: weighted share of customers with enough history.
    """

    axis: str
    status: str
    structure: str
    features: tuple[FittedFeature, ...] = ()
    segments: tuple[SegmentModel, ...] = ()
    scores: tuple[KScore, ...] = ()
    missing: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    reason: str = ""
    cuts: tuple[float, ...] = ()
    spread: float = 0.0
    null_quantile: float = 0.0
    eligible: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleDesign:
    """How the sample was drawn: per stratum of lifetime value its lower bound, population and sample size.

    effective: Kish's effective sample size (Σw)² / Σw².
    """

    allocation: str
    size: int
    effective: float
    cuts: tuple[float, ...]
    population: tuple[int, ...]
    sampled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Archetype:
    """A frequent combination of segments across axes.

    id: 10 hexadecimal digits, the beginning of the SHA-256 of `segments` as canonical JSON. segments: the segment id
    per axis, None for too little history.
    """

    id: str
    name: str
    share: float
    segments: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Model:
    """What discovery found. as_of: ISO 8601 UTC. source: fingerprint. axes: in the order of the design.

    constants: what the features learned from the population (priors), needed to compute them for new customers.
    archetypes: those kept, most frequent first; all other combinations are "other". mapping: what the mapping of the
    source said, as JSON; empty where there was none.
    """

    program: str
    seed: int
    as_of: str
    source: Mapping[str, str | int]
    sample: SampleDesign
    axes: tuple[AxisModel, ...]
    constants: Mapping[str, float] = field(default_factory=dict)
    archetypes: tuple[Archetype, ...] = ()
    mapping: str = ""
