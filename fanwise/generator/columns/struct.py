"""`struct` and `json`: a value with named parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.json_text import json_text
from fanwise.generator.columns.support.nested import Part, covariates_of, struct_series, struct_type
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Covariate, Generator
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Struct(ColumnKind):
    """The parts of a row, each drawn by itself; as JSON text where `as_text` says so."""

    names: ClassVar[tuple[str, ...]] = ("struct", "json")
    spec: Generator
    parts: Mapping[str, Part]
    as_text: bool
    dtype: pl.DataType
    type_name: str | None
    needs_number: bool

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        parts = {name: binding.inner(part, name) for name, part in binding.generator.params["parts"].items()}
        as_text = binding.generator.kind == "json"
        dtype = TEXT if as_text else struct_type(parts)
        numbered = any(part.generator.needs_number for part in parts.values())
        return cls(binding.generator, parts, as_text, dtype, "json" if as_text else None, numbered)

    def draw(self, ctx: GenerationContext) -> Values:
        series = struct_series(self.parts, ctx)
        return Values(json_text(series), TEXT) if self.as_text else Values.of(series)

    @property
    def covariates(self) -> frozenset[Covariate]:
        return covariates_of(self.parts.values())

    def may_be_null(self, nulls: Nullability) -> bool:
        return False
