"""Column kinds: one file a kind, all listed here; other packages add theirs by entry point."""

from __future__ import annotations

from functools import cache

from generator.columns.after import After
from generator.columns.base import Binding, ColumnGenerator, LanedGenerator
from generator.columns.choice import Choice
from generator.columns.constant import Constant
from generator.columns.expr import Expr
from generator.columns.fake import Fake
from generator.columns.integer import UniqueInteger
from generator.columns.number import Number
from generator.columns.ordinal import Ordinal
from generator.columns.parent import Parent
from generator.columns.pattern import Pattern
from generator.columns.ref import Ref
from generator.columns.rollup import Rollup
from generator.columns.sample import Sample
from generator.columns.segment import Segment
from generator.columns.sequence import Sequence
from generator.columns.states import States
from generator.columns.timestamp import Timestamp
from generator.columns.uuid import Uuid
from generator.columns.words import Words
from generator.language.plugins import plugin_classes

__all__ = ["BUILTIN", "Binding", "ColumnGenerator", "LanedGenerator", "kinds"]

BUILTIN: tuple[type[ColumnGenerator], ...] = (
    After,
    Choice,
    Constant,
    Expr,
    Fake,
    Number,
    Ordinal,
    Parent,
    Pattern,
    Ref,
    Rollup,
    Sample,
    Segment,
    Sequence,
    States,
    Timestamp,
    UniqueInteger,
    Uuid,
    Words,
)


@cache
def kinds() -> dict[str, type[ColumnGenerator]]:
    """Return every column kind by its name in the language, built-in ones first."""
    return {name: kind for kind in (*BUILTIN, *plugin_classes()) for name in kind.names}
