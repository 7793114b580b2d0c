"""How a reader of the files names what a plan reads, and where nobody can read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fanwise.generator.audit.contract.domains import iso
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.formulas import Exposure, Formula
from fanwise.generator.language.spec import End, Path
from fanwise.generator.plan import Plan
from fanwise.io.quoting import quote_text
from fanwise.validator import Table
from fanwise.validator.contract.conditions import ConditionError, resolve_name

__all__ = ["Off", "Reader", "is_common"]


class Off(Exception):
    """A rule that the files cannot show; the message says why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one table of a plan. tables: those of its contract."""

    plan: Plan
    tables: Mapping[str, Table]
    name: str

    def readable(self, path: Path) -> str:
        """Return the name of what a path leads to (raises Off)."""
        seen = self.plan.schema.readable(path)
        if seen is None:
            raise Off(f"'{path.text}' is not in the files")
        return ".".join(map(_quoted, seen.split(".")))

    def end(self, end: End, *, day: bool) -> str:
        """Return an end of an interval as an expression (raises Off)."""
        if end.instant is not None:
            text = iso(end.instant, day=day)
            return f"date '{text}'" if day else f"timestamp '{text.replace('T', ' ')}'"
        assert end.path is not None
        text = self.readable(end.path)
        return f"cast({text} as date)" if day else text

    def exposure(self, exposure: Exposure) -> str:
        """Return what a mean is per unit of as an expression of the table (raises Off)."""
        if isinstance(exposure, Path):
            return self.readable(replace(exposure, table=self.name))
        start, end = (self.end(one, day=False) for one in exposure)
        return f"greatest(extract(epoch from {end}) - extract(epoch from {start}), 0)"

    def value(self, value: Path | End | str | float | bool) -> str:
        """Return a stated value as an expression (raises Off)."""
        if isinstance(value, Path):
            return self.readable(replace(value, table=self.name))
        if isinstance(value, End):
            return self.end(value, day=False)
        if isinstance(value, str):
            return quote_text(value)
        return str(value).lower() if isinstance(value, bool) else repr(value)

    def formula(self, formula: Formula) -> str:
        """Return an expression whose names all mean to a reader what they mean to the plan (raises Off)."""
        if formula.off:
            raise Off(formula.off)
        for name, path in formula.names.items():
            self._same(name, path)
        return formula.text

    def order(self, table: str) -> str | None:
        """Return a written column of a table that tells the order of the rows below one parent, or None."""
        columns = self.plan.tables[table].columns
        found = (name for name, bound in columns.items() if not bound.spec.hidden and _counts_up(bound))
        return next(found, None) if table in self.tables else None

    def _same(self, name: str, path: Path) -> None:
        schema = self.plan.schema
        if schema.made[path.target].columns[path.column].hidden:
            raise Off(f"'{name}' is hidden")
        route = schema.route(path.table, path.steps, down=True)
        if route is None:
            raise Off(f"the path to '{name}' is not in the files")
        try:
            found = resolve_name(self.tables, {}, self.name, name)
        except ConditionError as error:
            raise Off(error.why) from None
        if (found.path, found.table, found.column) != (route, path.target, path.column):
            raise Off(f"'{name}' means another column to a reader of the files")


def is_common(end: End | None) -> bool:
    """Whether all rows below one parent have the same end."""
    return end is None or end.path is None or (bool(end.path.steps) and end.path.steps[0].column is None)


def _counts_up(bound: BoundColumn) -> bool:
    spec = bound.spec
    plain = type(bound) is BoundColumn and spec.when is None and not spec.null and spec.clamp is None
    return plain and bound.generator.counts_up and bound.dtype.is_integer()


def _quoted(name: str) -> str:
    return f'"{name}"' if name.lower() in {"null", "true", "false", "not", "case"} else name
