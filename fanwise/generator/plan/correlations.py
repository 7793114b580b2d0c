"""Does a correlation keep the distribution that is declared? Not where a parameter or a multiplier follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.columns.support.correlation import Innovation
from fanwise.generator.errors import PlanError
from fanwise.generator.language.names.tables import paths_in
from fanwise.generator.language.spec import Dataset, Path, Step

__all__ = ["check_correlation"]


def check_correlation(dataset: Dataset, tables: Mapping[str, BoundTable], kind: ColumnKind) -> None:
    """Raise PlanError where a column that parameters are given by is correlated with what is drawn.

    A value of such a column would come with some draws more often than with others, so that the declared means no
    longer hold for it.
    """
    spec = kind.spec
    if not (spec.correlate or spec.alike) or isinstance(kind.quantile_of, str):
        return
    own = kind.quantile_of.innovations
    given = [(number.path, number.place) for number in spec.by_key]
    given += [(number.path, number.place) for number in spec.multipliers]
    given += [(one.value.path, one.value.place) for one in spec.correlate if not isinstance(one.value, float)]
    given += [(axis.path, spec.correlate[0].place) for axis in kind.quantile_of.axes if spec.correlate]
    for path, place in given:
        if not own.isdisjoint(_innovations(tables, path, (), set())):
            why = f"'{path.text}' is correlated with this column and decides on its distribution as well"
            hint = "delete the correlation or the numbers"
            raise PlanError(dataset.problem("FW-PLAN-CORRELATION", place, why, hint))


def _innovations(
    tables: Mapping[str, BoundTable], path: Path, above: tuple[Step, ...], seen: set[tuple[tuple[Step, ...], str, str]]
) -> Iterator[Innovation]:
    """Yield what the column at a path, and the columns that it is computed from, are drawn from."""
    steps = (*above, *path.steps)
    if (steps, path.target, path.column) in seen:
        return
    seen.add((steps, path.target, path.column))
    column = tables[path.target].columns[path.column]
    uniforms = column.quantile_of
    if not isinstance(uniforms, str):
        yield from (((*steps, *way), key) for way, key in uniforms.innovations)
    for inner in paths_in((replace(column.spec.generator, correlate=()), column.spec.when)):
        if inner.table == path.target:
            yield from _innovations(tables, inner, steps, seen)
