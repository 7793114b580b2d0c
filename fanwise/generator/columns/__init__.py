"""Column kinds: one file a kind, all listed here; other packages add theirs by entry point."""

from __future__ import annotations

from functools import cache

import polars as pl

from fanwise.generator.columns.after import After
from fanwise.generator.columns.arrival import Arrival
from fanwise.generator.columns.arrivals import Arrivals
from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.choice import Choice
from fanwise.generator.columns.constant import Constant
from fanwise.generator.columns.count import Count
from fanwise.generator.columns.entered import Entered
from fanwise.generator.columns.exposed import Exposed
from fanwise.generator.columns.expr import Expr
from fanwise.generator.columns.fake import Fake
from fanwise.generator.columns.given import Given
from fanwise.generator.columns.integer import UniqueInteger
from fanwise.generator.columns.list import List
from fanwise.generator.columns.number import Number
from fanwise.generator.columns.ordinal import Ordinal
from fanwise.generator.columns.parent import Parent
from fanwise.generator.columns.pattern import Pattern
from fanwise.generator.columns.person import Person
from fanwise.generator.columns.place import Place
from fanwise.generator.columns.previous import Previous
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns.rollup import Rollup
from fanwise.generator.columns.rowsum import Rowsum
from fanwise.generator.columns.running import Running
from fanwise.generator.columns.sample import Sample
from fanwise.generator.columns.segment import Segment
from fanwise.generator.columns.sequence import Sequence
from fanwise.generator.columns.states import States
from fanwise.generator.columns.struct import Struct
from fanwise.generator.columns.timestamp import Timestamp
from fanwise.generator.columns.uuid import Uuid
from fanwise.generator.columns.words import Words
from fanwise.generator.language.literals import Scalar
from fanwise.generator.language.shape.plugins import plugin_distributions, plugin_kinds
from fanwise.generator.language.spec import Generator

__all__ = ["BUILTIN", "Binding", "ColumnKind", "kinds", "literal"]

BUILTIN: tuple[type[ColumnKind], ...] = (
    After,
    Arrival,
    Arrivals,
    Choice,
    Constant,
    Count,
    Entered,
    Exposed,
    Expr,
    Fake,
    Given,
    List,
    Number,
    Ordinal,
    Parent,
    Pattern,
    Person,
    Place,
    Previous,
    Ref,
    Rollup,
    Rowsum,
    Running,
    Sample,
    Segment,
    Sequence,
    States,
    Struct,
    Timestamp,
    UniqueInteger,
    Uuid,
    Words,
)


@cache
def kinds() -> dict[str, type[ColumnKind]]:
    """Return every column kind by its name in the language: the built-in ones, then those of plug-ins."""
    builtin = {name: kind for kind in BUILTIN for name in kind.names}
    return {**builtin, **plugin_kinds(), **dict.fromkeys(plugin_distributions(), Number)}


def literal(value: Scalar, beside: pl.DataType) -> ColumnKind:
    """Return the generator of a literal, which `when` puts in a column whose own draws are of the type `beside`."""
    return Constant.beside(Generator("constant", {"value": value}), beside)
