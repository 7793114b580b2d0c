"""The frozen objects that a valid schema becomes.

Every name is resolved to a `Path`, and every parameter has its final Python type. A `place` is where a part stands: the
keys that lead to it from the root of the document. What stands in `Generator.params` follows from the kind's `$defs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fanwise.generator.language.curve import Curve
from fanwise.generator.language.given import GivenRows
from fanwise.generator.language.literals import Gates as Gates
from fanwise.generator.language.literals import Scalar
from fanwise.generator.language.paths import Alike as Alike
from fanwise.generator.language.paths import ByKey as ByKey
from fanwise.generator.language.paths import Correlate as Correlate
from fanwise.generator.language.paths import Covariate as Covariate
from fanwise.generator.language.paths import Multiplier as Multiplier
from fanwise.generator.language.paths import Number as Number
from fanwise.generator.language.paths import Path as Path
from fanwise.generator.language.paths import Profile as Profile
from fanwise.generator.language.paths import Step as Step
from fanwise.generator.language.sql.expressions import Compiled
from fanwise.io.problems import Mark, Place, Problem
from fanwise.io.yaml import Document

Claim = Literal["ratio", "direction", "none"]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a `between`: an instant (microseconds since 1970-01-01 UTC) or a column in scope; one is set."""

    instant: int | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """An SQL expression, compiled for a frame whose columns have the names in it; `names` maps each to its path."""

    text: str
    compiled: Compiled
    names: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Below:
    """A column of a table below, as a rollup names it; `column` is None where the rows themselves are counted.

    way: the tables from the child down to `table`.
    """

    text: str
    table: str
    column: str | None
    way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """What is drawn: a kind, its parameters, and the multipliers on its mean; `place` is of the object with both.

    alike: the farthest ancestor first.
    """

    kind: str
    params: Mapping[str, Any]
    multipliers: tuple[Multiplier, ...] = ()
    place: Place = ()
    correlate: tuple[Correlate, ...] = ()
    alike: tuple[Alike, ...] = ()

    @property
    def by_key(self) -> tuple[ByKey, ...]:
        """The parameters that are given per segment or category."""
        return tuple(_by_key(tuple(self.params.values())))

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What parameters and multipliers are given by."""
        paths = [given.path for given in self.by_key] + [given.path for given in self.multipliers]
        return frozenset(path.covariate for path in paths)

    def factor(self, profile: Profile) -> float:
        """Return the product of the multipliers of a row with this profile."""
        return math.prod(multiplier.at(profile) for multiplier in self.multipliers)


def _by_key(value: Any) -> Iterator[ByKey]:
    if isinstance(value, ByKey):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _by_key(inner)


@dataclass(frozen=True, slots=True)
class When:
    """Replacements by the value of another column: `when: {status: {cancelled: 0, lost: null}}`."""

    path: Path
    cases: Mapping[str, Scalar | Generator]


@dataclass(frozen=True, slots=True)
class Claims:
    """What the audit promises of the effects of a generator: `axes` of those that are named, `rest` of all others."""

    rest: Claim = "ratio"
    axes: Mapping[str, Claim] = field(default_factory=dict)

    def of(self, axis: str) -> Claim:
        """Return what is promised of the effect of an axis."""
        return self.axes.get(axis, self.rest)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a generator and its modifiers, applied in the order draw, clamp, when, round, null, type.

    reference: the step that it is, where it refers to the rows of a table. source: what it repeats, of the row referred
    to or of the parent's. refers: the key that its values are of, where `references` names it. detour: parents and refs
    lead to the same row, so names of tables do not go this way. claims: what the audit promises of the effects of its
    per-segment numbers. required: it is never null. description: what it means, in words.
    """

    name: str
    generator: Generator
    clamp: tuple[float | None, float | None] | None = None
    when: When | None = None
    round: int | None = None
    null: float = 0.0
    unique: bool = False
    hidden: bool = False
    type: str | None = None
    reference: Step | None = None
    source: Path | None = None
    refers: Path | None = None
    detour: bool = False
    claims: Claims = Claims()
    required: bool = False
    description: str = ""

    @property
    def kind(self) -> str:
        return self.generator.kind

    @property
    def place(self) -> Place:
        return self.generator.place


@dataclass(frozen=True, slots=True)
class Fanout:
    """Children per parent row: a count distribution with bounds; `claims` is as in `Column`."""

    generator: Generator
    min: int | None = None
    max: int | None = None
    claims: Claims = Claims()

    @property
    def place(self) -> Place:
        return self.generator.place


@dataclass(frozen=True, slots=True)
class Axis:
    """A way to segment `table`; `column` is its `{segment: …}` column, `share` keeps the order of the file."""

    name: str
    table: str
    column: str
    share: Mapping[str, float]
    rank: tuple[str, ...] = ()
    assign: Literal["balanced", "random"] = "balanced"
    description: str = ""

    @property
    def place(self) -> Place:
        return ("segments", self.name)

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.share)


@dataclass(frozen=True, slots=True)
class Table:
    """A root (`rows` set) or a child (`parent` and `fanout` set).

    given: the rows of a lookup table. hidden: it is not written. together: sets of columns that are unique together.
    """

    name: str
    rows: int | None
    scale: bool
    parent: str | None
    fanout: Fanout | None
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    given: GivenRows | None = None
    hidden: bool = False
    description: str = ""
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def place(self) -> Place:
        return ("tables", self.name)

    def unique_place(self, columns: tuple[str, ...]) -> Place:
        """Return where it is written that these columns are unique."""
        if columns == self.key:
            return (*self.place, "key")
        return (*(self.place if columns in self.together else self.columns[columns[0]].place), "unique")


@dataclass(frozen=True, slots=True)
class Check:
    """A row condition of `table` with no violation allowed."""

    table: str
    expression: Expression
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Defect:
    """A declared fault of the written data.

    column: None for a defect of whole rows. share: of rows, or of values that are not null. factor: of `outlier`.
    lag: of `late`, in seconds.
    """

    name: str
    table: str
    column: str | None
    share: float
    factor: float = 0.0
    lag: Generator | None = None
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """One entry of `audit.expect`.

    aggregate: count, sum, mean or share; table: the table counted or holding `column`; value: for share, the value
    whose share is meant; per (count and sum): the table that carries the axis, or another one on the path; by: axis
    name; path: from `table` to the axis' column; ratios: (of, to, low, high).
    """

    name: str
    aggregate: Literal["count", "sum", "mean", "share"]
    table: str
    column: str | None
    value: str | None
    per: str | None
    by: str
    path: Path
    rank: tuple[str, ...] = ()
    ratios: tuple[tuple[str, str, float, float], ...] = ()

    @property
    def place(self) -> Place:
        return ("audit", "expect", self.name)


@dataclass(frozen=True, slots=True)
class AuditSpec:
    """The `audit:` block: expectations and thresholds (shares, not percent).

    floors: `fanout` and `value` where `min_effect` states them, so that the ranks of expectations must show them.
    gates: what can fail an audit. equivalence: the half-width of the band around a declared ratio.
    """

    expect: tuple[Expect, ...] = ()
    min_effect_fanout: float = 0.20
    min_effect_value: float = 0.10
    cov: float = 0.05
    floors: frozenset[str] = frozenset()
    gates: Gates = "all"
    equivalence: float = 0.10


@dataclass(frozen=True, slots=True)
class Dataset:
    """A valid schema. `window` is half-open, in microseconds since 1970-01-01 UTC; `sha256` is that of `text`."""

    name: str
    seed: int
    window: tuple[int, int] | None
    axes: Mapping[str, Axis]
    curves: Mapping[str, Curve]
    tables: Mapping[str, Table]
    checks: tuple[Check, ...] = ()
    audit: AuditSpec = AuditSpec()
    defects: tuple[Defect, ...] = ()
    document: Document = field(default=Document({}, "<text>"), repr=False, compare=False)
    folder: str = "."
    sha256: str = ""
    text: str = field(default="", repr=False)
    description: str = ""

    @property
    def file(self) -> str:
        return self.document.file

    def mark(self, place: Place) -> Mark | None:
        """Return the line and column of a part, or None where it was not read from a text."""
        return self.document.mark(place, on_key=isinstance(self.document.at(place), Mapping))

    def problem(self, code: str, place: Place, why: str, hint: str = "") -> Problem:
        """Return a problem of the part at `place`, with its line, its column and its value."""
        return self.document.problem(code, place, why, hint)

    def children(self, table: str) -> Iterator[Table]:
        """Yield the tables whose driving parent is `table`, in the order of the file."""
        return (child for child in self.tables.values() if child.parent == table)
