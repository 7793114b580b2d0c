"""The defects of the rows of one table: which cells are hit, their new values, and what is listed.

The draws of a row are functions of the seed, the table, the column, the defect and the number of the row, so no other
defect, part or process changes them. A cell has one defect at most: of several, the first in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import LanedKind
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.defects.cells import CHANGES, candidates
from fanwise.generator.defects.texts import key_text, text_of
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.language.spec import Defect
from fanwise.generator.numerics.randomness import bits, name_key, root_keys, uniform
from fanwise.generator.plan import Plan
from fanwise.generator.plan.defects import LISTED

__all__ = ["Existing", "TableDefects"]

Existing = Callable[[Defect, pl.Series], pl.Series]
"""Says which of some keys the table that a defect's column refers to has: bool (n,)."""

_LANES = 16  # draws of an orphan's key, before the value is left as it is
_DAY = 86_400
_SECOND = 1_000_000


@dataclass
class TableDefects:
    """Puts the defects of one table into its rows. existing: looks up keys of other tables."""

    plan: Plan
    table: str
    existing: Existing
    _defects: tuple[Defect, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._defects = tuple(each for each in self.plan.dataset.defects if each.table == self.table)

    def __bool__(self) -> bool:
        return bool(self._defects)

    def of(self, clean: pl.DataFrame, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return rows with their defects, and the list of these; `first` is the number of the first row.

        A duplicate follows its row. The list has the columns `LISTED`, in the order of the defects and the rows.
        """
        keys = root_keys(self.table, np.arange(first, first + clean.height))
        names = key_text(clean, self.plan.dataset.tables[self.table].key)
        taken: dict[str, npt.NDArray[np.bool_]] = {}
        passed: dict[str, float] = {}
        changed: dict[str, pl.Series] = {}
        listed: list[pl.DataFrame] = []
        copies = np.ones(clean.height, dtype=np.int64)
        for defect in self._defects:
            drawn = uniform(keys, self._key(defect))
            if defect.column is None:
                hit = np.flatnonzero(drawn < defect.share)
                copies[hit] += 1
                listed.append(self._listed(defect, names.gather(hit), None))
                continue
            before = changed.get(defect.column, clean[defect.column])
            done = taken.setdefault(defect.column, clean[defect.column].is_null().to_numpy().copy())
            # Of the values without an earlier defect, so that the share of all values is the declared one.
            share = defect.share / max(1.0 - passed.get(defect.column, 0.0), defect.share, 1e-300)
            passed[defect.column] = passed.get(defect.column, 0.0) + defect.share
            hit = np.flatnonzero((drawn < share) & ~done)
            values = before.gather(hit)
            made = self._changed(defect, values, keys, hit, first)
            other = made.ne_missing(values).to_numpy()
            hit, values, made = hit[other], values.filter(pl.Series(other)), made.filter(pl.Series(other))
            done[hit] = True
            changed[defect.column] = before.clone().scatter(hit, made) if len(hit) else before
            listed.append(self._listed(defect, names.gather(hit), text_of(values)))
        dirty = clean.with_columns(series.alias(name) for name, series in changed.items())
        if (copies > 1).any():
            dirty = dirty[np.repeat(np.arange(clean.height), copies)]
        return dirty, pl.concat(listed)

    def _key(self, defect: Defect, part: str = "") -> int:
        return name_key(self.plan.seed, self.table, defect.column or "", "defect", defect.name, part)

    def _changed(
        self,
        defect: Defect,
        values: pl.Series,
        keys: npt.NDArray[np.uint64],
        hit: npt.NDArray[np.intp],
        first: int,
    ) -> pl.Series:
        if defect.lag is not None:
            return values + self._lags(defect, hit + first, values.dtype)
        drawn = bits(keys[hit], self._key(defect, "value"))
        if defect.name in CHANGES:
            return CHANGES[defect.name](values, drawn, defect)
        return self._orphans(defect, values, keys[hit])

    def _lags(self, defect: Defect, numbers: npt.NDArray[np.int64], dtype: pl.DataType) -> pl.Series:
        """Return how much later the instants of rows are: at least a second, or a day."""
        lag = self.plan.lags[defect.place]
        assert isinstance(lag, LanedKind)
        rows = Rows.of_root(self.table, numbers)
        ctx = GenerationContext(self.plan.tables[self.table], rows, None, TableReferences(self.plan.tables))
        seconds = np.clip(np.asarray(lag.draw_lane(ctx, 0).data, dtype=np.float64), 1, 1e9)
        step = _DAY if dtype == pl.Date() else 1
        whole = np.ceil(seconds / step).astype(np.int64) * step * _SECOND
        return pl.Series(whole).cast(pl.Duration("us"))

    def _orphans(self, defect: Defect, values: pl.Series, keys: npt.NDArray[np.uint64]) -> pl.Series:
        made = values.clone()
        left = np.arange(len(values))
        for lane in range(_LANES):
            if not len(left):
                break
            found = candidates(values.gather(left), bits(keys[left], self._key(defect, "value"), lane))
            free = ~self.existing(defect, found).to_numpy()
            if free.any():
                made = made.scatter(left[free], found.filter(pl.Series(free)))
            left = left[~free]
        return made

    def _listed(self, defect: Defect, names: pl.Series, clean: pl.Series | None) -> pl.DataFrame:
        columns: Mapping[str, object] = {
            "table": defect.table,
            "key": names,
            "column": defect.column,
            "defect": defect.name,
            "clean": clean,
        }
        made = [
            pl.Series(name, value) if isinstance(value, pl.Series) else pl.Series(name, [value] * len(names))
            for name, value in columns.items()
        ]
        return pl.DataFrame([series.cast(pl.String) for series in made]).select(LISTED)
