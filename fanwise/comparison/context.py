"""What the measures share: both sides, the shapes of every quantity, and the features of the units, read once."""

from __future__ import annotations

from dataclasses import dataclass, field

from fanwise.comparison.features import Features, features_of
from fanwise.comparison.pair import LEAST, Pair
from fanwise.comparison.shapes import Both, shapes_of
from fanwise.comparison.subjects import Subject, subjects_of

__all__ = ["Context"]


@dataclass(slots=True)
class Context:
    """shapes: of every quantity that enough units have, for all rows and for each segment."""

    pair: Pair
    shapes: dict[Subject, tuple[Both, ...]] = field(default_factory=dict)
    _features: list[Features | None] = field(default_factory=list)

    @classmethod
    def of(cls, pair: Pair) -> Context:
        """Measure every quantity of both sides."""
        return cls(pair, {each: shapes_of(pair, each, LEAST) for each in subjects_of(pair)})

    @property
    def features(self) -> Features | None:
        """The features of the units; None where there are too few units or features."""
        if not self._features:
            self._features.append(features_of(self.pair))
        return self._features[0]
