"""`pattern`: text by a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.patterns import Pattern as Template
from fanwise.generator.columns.support.patterns import PatternError, parse_pattern
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.unique import place_in_domain
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator, Path
from fanwise.generator.values import TEXT, Values
from fanwise.io.quoting import quote_ident, quote_text


@dataclass(frozen=True, slots=True)
class Pattern(ColumnKind):
    """Fixed text, the row's sequence number, and characters of a range: drawn, or a permutation when unique."""

    names: ClassVar[tuple[str, ...]] = ("pattern",)
    spec: Generator
    uniforms: UniformSource
    template: Template
    unique: bool
    own: Path | None
    dtype = TEXT
    needs_number: bool = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        try:
            template = parse_pattern(str(binding.generator.params["text"]))
        except PatternError as error:
            raise binding.error(error.code, binding.place("text"), error.why, error.hint) from None
        unique = binding.unique and not template.has_seq
        if unique:
            binding.require_room(template.domain)
        alone = binding.column and not binding.part  # not a part of a nested value
        own = Path(binding.column, binding.table, (), binding.table, binding.column) if alone else None
        return cls(binding.generator, binding.uniforms, template, unique, own, needs_number=unique or template.has_seq)

    @property
    def lengths(self) -> tuple[int, int] | None:
        return self.template.lengths

    @property
    def conditions(self) -> Sequence[Formula]:
        """A text has the fixed characters of the pattern, at their places."""
        if self.own is None or not self.template.like:
            return ()
        name = self.own.column
        return (Formula(f"{quote_ident(name)} LIKE {quote_text(self.template.like)}", {name: self.own}),)

    @property
    def drawn_characters(self) -> Sequence[tuple[int, str]]:
        return self.template.drawn

    def variety(self) -> Variety:
        if self.template.has_seq:
            return Variety(alike=0.0)
        return Variety(self.template.domain, 0.0 if self.unique else 1.0 / self.template.domain)

    def draw(self, ctx: GenerationContext) -> Values:
        place = place_in_domain(ctx, self.uniforms, self.template.domain, self.unique)
        sequence = ctx.rows.numbers + 1 if self.template.has_seq else None
        return Values(self.template.render(sequence, place.astype(np.uint64)), self.dtype)
