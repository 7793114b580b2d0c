"""`sample`: a value of a column of a CSV file, as often as the file has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.matching import Candidates
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.errors import nearest
from fanwise.generator.language.document.files import digest, read_below
from fanwise.generator.language.literals import typed_options
from fanwise.generator.language.spec import Generator, Path
from fanwise.generator.values import TEXT, Values
from fanwise.io.problems import Refused
from fanwise.io.tables.text_files import separator_of


class _Refused(Refused):
    """Why a file cannot be drawn from; `parameter` is at fault."""

    def __init__(self, why: str, hint: str, parameter: str = "file") -> None:
        self.parameter = parameter
        super().__init__("FW-PLAN-SAMPLE", why, hint)


@dataclass(frozen=True, slots=True)
class Sample(ColumnKind):
    """One of the file's rows per row, drawn evenly; rows without a value are left out.

    rows: for each row of the file the place of its value in `options`. sha256: of the file. candidates: the rows by the
    values of the columns that `match` names; otherwise: where none match, any will do. together: the different values
    with those that they match, as text.
    """

    names: ClassVar[tuple[str, ...]] = ("sample",)
    spec: Generator
    uniforms: UniformSource
    file: str
    sha256: str
    rows: npt.NDArray[np.int32]
    options: npt.NDArray[Any] | pl.Series
    dtype: pl.DataType
    candidates: Candidates | None = None
    match: tuple[Path, ...] = ()
    otherwise: bool = False
    together: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        file, column = str(binding.generator.params["file"]), str(binding.generator.params["column"])
        try:
            content = read_below(binding.dataset.folder, file, "FW-PLAN-SAMPLE")
            table = _table(content, file)
            table = table.filter(_column(table, file, column).fill_null("") != "")
            found = _column(table, file, column)
            if found.is_empty():
                why = f"the column '{column}' of '{file}' holds no value"
                raise _Refused(why, "choose a column with values", "column")
            match = {name: path for name, path in binding.generator.params.get("match", {}).items() if name != "else"}
            texts = [Values.of(_column(table, file, name, f"match.{name}").replace("", None)) for name in match]
        except Refused as error:
            parameter = error.parameter if isinstance(error, _Refused) else "file"
            raise binding.error(error.code, binding.place(parameter), error.why, error.hint) from None
        distinct = found.unique(maintain_order=True)
        places = found.replace_strict(distinct, np.arange(len(distinct)), return_dtype=pl.Int32).to_numpy()
        options, dtype = _typed(distinct)
        sha256 = digest(content)
        rows = Candidates.of(texts, np.zeros(len(found), dtype=np.int64)) if match else None
        otherwise = "else" in binding.generator.params.get("match", {})
        return cls(
            binding.generator, binding.uniforms, file, sha256, places, options, dtype,
            rows, tuple(match.values()), otherwise, () if otherwise or not match else _together(found, texts),
        )  # fmt: skip

    def variety(self) -> Variety:
        shares = np.bincount(self.rows) / len(self.rows)
        return Variety(len(shares), float(np.sum(shares**2)))

    @property
    def possible(self) -> Sequence[Any]:
        return self.options.to_list() if isinstance(self.options, pl.Series) else list(self.options.tolist())

    @property
    def combinations(self) -> tuple[tuple[Path, ...], tuple[tuple[str, ...], ...]] | None:
        return (self.match, self.together) if self.together else None

    def draw(self, ctx: GenerationContext) -> Values:
        u, null = self.uniforms.draw(ctx), None
        if self.candidates is None:
            codes = self.rows[(u * len(self.rows)).astype(np.int64)]
        else:
            lowest, size = self._matching(ctx, self.candidates)
            null = size == 0 if (size == 0).any() else None
            codes = self.rows[self.candidates.order.take(lowest + (u * size).astype(np.int64))]
        if isinstance(self.options, pl.Series):
            return Values(codes, self.dtype, self.options, null)
        return Values(self.options[codes], self.dtype, null=null)

    def _matching(self, ctx: GenerationContext, candidates: Candidates) -> tuple[Ints, Ints]:
        """Return where the rows of the file begin that go with each row, and how many there are."""
        wanted = [_text(ctx.value(path)) for path in self.match]
        lowest, size = candidates.spans(candidates.groups(np.zeros(len(ctx), dtype=np.int64), wanted), None)
        if not self.otherwise:
            return lowest, size
        return np.where(size == 0, 0, lowest), np.where(size == 0, len(self.rows), size)

    def may_be_null(self, nulls: Nullability) -> bool:
        return self.candidates is not None and not self.otherwise

    @property
    def files(self) -> Mapping[str, str]:
        return {self.file: self.sha256}

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("file", f"{self.file}, {len(self.rows):,} rows with a value")
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))


def _table(content: bytes, file: str) -> pl.DataFrame:
    """Return a CSV file as texts (raises _Refused)."""
    try:
        end = "\n" if b"\n" in content else "\r"  # a CR alone, as spreadsheets on a Mac write
        return pl.read_csv(content, infer_schema=False, separator=separator_of(content), eol_char=end)
    except pl.exceptions.PolarsError as error:
        why = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no table"
        raise _Refused(f"'{file}' is not CSV in UTF-8 with a header: {why}", "separate columns by commas") from None


def _column(table: pl.DataFrame, file: str, column: str, parameter: str = "column") -> pl.Series:
    """Return the texts of a CSV column (raises _Refused)."""
    if column not in table.columns:
        raise _Refused(f"'{file}' has no column '{column}'", nearest(column, table.columns), parameter)
    return table[column]


def _together(found: pl.Series, texts: Sequence[Values]) -> tuple[tuple[str, ...], ...]:
    """Return the different values of a column, each with those of the columns that are matched."""
    columns = [found.alias("0"), *(text.series(str(at + 1)) for at, text in enumerate(texts))]
    return tuple(pl.DataFrame(columns).drop_nulls().unique(maintain_order=True).rows())


def _text(values: Values) -> Values:
    """Return values as a CSV file holds them."""
    return values if values.labels is not None else Values.of(values.series().cast(pl.String))


def _typed(distinct: pl.Series) -> tuple[npt.NDArray[Any] | pl.Series, pl.DataType]:
    """Return the values typed as the keys of a choice are: numbers or booleans where each is written as one."""
    values = typed_options(tuple(distinct))
    if all(isinstance(value, str) for value in values):
        return distinct, TEXT
    array = np.array(values)
    dtypes: dict[str, pl.DataType] = {"b": pl.Boolean(), "i": pl.Int64(), "f": pl.Float64()}
    return array, dtypes[array.dtype.kind]
