"""`sample`: a value of a column of a CSV file, as often as the file has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import nearest
from fanwise.generator.language.document.files import digest, read_below
from fanwise.generator.language.literals import typed_options
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import TEXT, Values
from fanwise.io.problems import Refused


class _Refused(Refused):
    """Why a file cannot be drawn from; `parameter` is at fault."""

    def __init__(self, why: str, hint: str, parameter: str = "file") -> None:
        self.parameter = parameter
        super().__init__("FW-PLAN-SAMPLE", why, hint)


@dataclass(frozen=True, slots=True)
class Sample(ColumnKind):
    """One of the file's rows per row, drawn evenly; rows without a value are left out.

    rows: for each row of the file the place of its value in `options`. sha256: of the file.
    """

    names: ClassVar[tuple[str, ...]] = ("sample",)
    spec: Generator
    uniforms: UniformSource
    file: str
    sha256: str
    rows: npt.NDArray[np.int32]
    options: npt.NDArray[Any] | pl.Series
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        file, column = str(binding.generator.params["file"]), str(binding.generator.params["column"])
        try:
            content = read_below(binding.dataset.folder, file, "FW-PLAN-SAMPLE")
            found = _column(content, file, column)
        except Refused as error:
            parameter = error.parameter if isinstance(error, _Refused) else "file"
            raise binding.error(error.code, binding.place(parameter), error.why, error.hint) from None
        distinct = found.unique(maintain_order=True)
        places = found.replace_strict(distinct, np.arange(len(distinct)), return_dtype=pl.Int32).to_numpy()
        options, dtype = _typed(distinct)
        sha256 = digest(content)
        return cls(binding.generator, binding.uniforms, file, sha256, places, options, dtype)

    def variety(self) -> Variety:
        shares = np.bincount(self.rows) / len(self.rows)
        return Variety(len(shares), float(np.sum(shares**2)))

    def draw(self, ctx: GenerationContext) -> Values:
        codes = self.rows[(self.uniforms.draw(ctx) * len(self.rows)).astype(np.int64)]
        if isinstance(self.options, pl.Series):
            return Values(codes, self.dtype, self.options)
        return Values(self.options[codes], self.dtype)

    @property
    def files(self) -> Mapping[str, str]:
        return {self.file: self.sha256}

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("file", f"{self.file}, {len(self.rows):,} rows with a value")
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))


def _column(content: bytes, file: str, column: str) -> pl.Series:
    """Return the values of a CSV column as texts, without the empty ones (raises _Refused)."""
    try:
        table = pl.read_csv(content, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        why = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no table"
        raise _Refused(f"'{file}' is not CSV in UTF-8 with a header: {why}", "separate columns by commas") from None
    if column not in table.columns:
        raise _Refused(f"'{file}' has no column '{column}'", nearest(column, table.columns), "column")
    found = table[column].drop_nulls()
    found = found.filter(found != "")
    if found.is_empty():
        raise _Refused(f"the column '{column}' of '{file}' holds no value", "choose a column with values", "column")
    return found


def _typed(distinct: pl.Series) -> tuple[npt.NDArray[Any] | pl.Series, pl.DataType]:
    """Return the values typed as the keys of a choice are: numbers or booleans where each is written as one."""
    values = typed_options(tuple(distinct))
    if all(isinstance(value, str) for value in values):
        return distinct, TEXT
    array = np.array(values)
    dtypes: dict[str, pl.DataType] = {"b": pl.Boolean(), "i": pl.Int64(), "f": pl.Float64()}
    return array, dtypes[array.dtype.kind]
