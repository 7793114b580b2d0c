"""The columns of a table, bound one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Dataset, Table

__all__ = ["OnDemand"]


class OnDemand(Mapping[str, BoundColumn]):
    """The columns of a table, each bound when it is first asked for: a kind may want to know of others."""

    def __init__(self, dataset: Dataset, table: Table, bind: Callable[[Table, str], BoundColumn]) -> None:
        self._dataset, self._table = dataset, table
        self._bind = partial(bind, table)
        self._bound: dict[str, BoundColumn] = {}
        self._under_way: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.columns)

    def __len__(self) -> int:
        return len(self._table.columns)

    def __getitem__(self, name: str) -> BoundColumn:
        found = self._bound.get(name)
        return self._made(name) if found is None else found

    def _made(self, name: str) -> BoundColumn:
        if name in self._under_way:
            why, hint = (
                f"the type and values of '{name}' depend on itself",
                "change one of the columns so that it does not use the other",
            )
            raise PlanError(self._dataset.problem("FW-PLAN-CYCLE", self._table.columns[name].place, why, hint))
        self._under_way.add(name)
        try:
            self._bound[name] = self._bind(name)
        finally:
            self._under_way.remove(name)
        return self._bound[name]
