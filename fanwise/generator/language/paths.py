"""Paths from a row to a column, and the numbers that differ by the value there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.io.problems import Place

__all__ = ["Alike", "ByKey", "Correlate", "Covariate", "Multiplier", "Number", "Path", "Profile", "Step"]

Covariate = tuple[tuple["Step", ...], str]  # the steps from a row to another, and a column there
Profile = Mapping[Covariate, str | None]  # the value of each covariate, as text


@dataclass(frozen=True, slots=True)
class Step:
    """An edge of a path, to `table`: along the ref column `column`, to the driving parent, or down to an only child."""

    table: str
    column: str | None = None
    down: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved name: from a row of `table`, along `steps`, to `column` of `target` (an axis is its column)."""

    text: str
    table: str
    steps: tuple[Step, ...]
    target: str
    column: str
    axis: str | None = None

    @property
    def covariate(self) -> Covariate:
        """Where the path leads, whatever it is called."""
        return self.steps, self.column


@dataclass(frozen=True, slots=True)
class ByKey:
    """A parameter per segment or category: `{category: {book: 15, else: 9}}`. `values` keeps the file's order."""

    path: Path
    values: Mapping[str, float]
    default: float | None
    place: Place = ()

    def at(self, profile: Profile) -> float | None:
        """Return the value of a row with this profile, None where the file gives it none."""
        key = profile[self.path.covariate]
        return self.default if key is None else self.values.get(key, self.default)


Number = float | ByKey


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Factors on a mean per segment or category: `multiplier: {tier: {VIP: 1.4, else: 1}}`; one object per axis."""

    path: Path
    factors: Mapping[str, float]
    default: float | None
    place: Place = ()

    def at(self, profile: Profile) -> float:
        """Return the factor of a row with this profile; 1 where the file gives it none."""
        key = profile[self.path.covariate]
        factor = self.default if key is None else self.factors.get(key, self.default)
        return 1.0 if factor is None else factor


@dataclass(frozen=True, slots=True)
class Correlate:
    """The correlation of a normal score with that of the column at `path`."""

    path: Path
    value: Number
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """The share of a normal score's variance that the rows below one row of `table` have in common.

    steps: the way from a row to that ancestor.
    """

    table: str
    steps: tuple[Step, ...]
    share: float
    place: Place = ()
