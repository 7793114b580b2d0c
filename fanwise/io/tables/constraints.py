"""What a database declares about its tables: keys, references, columns that are never null, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["NOTHING", "Constraints", "ForeignKey"]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values are those of `keys` in `table`; no keys mean the primary key."""

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraints:
    """The constraints of one table. checks: conditions in the SQL of the source, or the statements that hold
    them. values: of enum types."""

    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    references: tuple[ForeignKey, ...] = ()
    required: frozenset[str] = frozenset()
    checks: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def renamed(self, names: Mapping[str, str]) -> Constraints:
        """Return the constraints with other names for the columns of the table itself."""

        def own(columns: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(column, column) for column in columns)

        return Constraints(
            own(self.key),
            tuple(map(own, self.unique)),
            tuple(ForeignKey(own(each.columns), each.table, each.keys) for each in self.references),
            frozenset(own(tuple(self.required))),
            self.checks,
            {names.get(column, column): values for column, values in self.values.items()},
        )


NOTHING = Constraints()
