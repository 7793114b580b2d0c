"""A layout from names: which table is which role, and which column is which field.

The mapping comes first; the rest is inferred from names (`roles`), and from types where they decide. Where two columns
would do, nothing is guessed: the error lists them and ends with a mapping to paste.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from fanwise.io.problems import nearest
from fanwise.segmenter.errors import MappingError, Problem
from fanwise.segmenter.ingest.fields import ROLES, Field, Kind, name_without, plain, prefix_of, words_of
from fanwise.segmenter.ingest.mapping import Declared, DeclaredTable, Layout, PlacedTable

__all__ = ["Tables", "resolve"]

Tables = Mapping[str, Mapping[str, str]]
"""DuckDB type of each column of each table; VARCHAR for all columns of a CSV file."""

_FLAT_SIGNS = ("product", "quantity", "price", "list_price")
_OF_ORDERS = ("order", "basket", "invoice", "receipt", "trip")
_SUITS = {
    Kind.INSTANT: ("TIMESTAMP", "DATE", "VARCHAR"),
    Kind.NUMBER: ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "VARCHAR"),
}


def resolve(declared: Declared, tables: Tables, source: str) -> tuple[Layout, tuple[str, ...]]:
    """Return the layout of a source, and one line per role that says what was taken for what.

    source: what errors call it. Raises MappingError for what is not there, and for what could be several things.
    """
    matcher = _Matcher(declared, tables, source)
    placed = matcher.placed()
    if "order" in placed and not matcher.problems:
        _check_marks(declared, placed["order"], tables, matcher)
    if matcher.problems:
        raise MappingError([*matcher.problems, *matcher.paste(placed)])
    matcher.check_totals(placed)
    matcher.check_rules(placed)
    if matcher.problems:
        raise MappingError(matcher.problems)
    grain = declared.order_grain or ("order" if "id" in placed["order"].columns else "customer_day")
    layout = Layout(
        placed, grain, declared.cancelled, declared.negative_returns, declared.date_format,
        declared.returned, declared.discounts or "amount", declared.number_format,
    )  # fmt: skip
    said = [
        f"{role} is {one.table} ({', '.join(f'{name} = {column}' for name, column in one.columns.items())})"
        for role, one in placed.items()
    ]
    if grain == "customer_day":
        said.append("one order is what a customer buys on one day")
    return layout, tuple(said)


def _check_marks(declared: Declared, order: PlacedTable, tables: Tables, matcher: _Matcher) -> None:
    for key, rows in (("cancelled", declared.cancelled), ("returns", declared.returned)):
        if rows and rows.column not in tables[order.table]:
            why, hint = f"{order.table} has no column {rows.column}", nearest(rows.column, tables[order.table])
            matcher.problems.append(declared.document.problem("FW-MAPPING-NAME", (key, "column"), why, hint))


@dataclass(slots=True)
class _Matcher:
    declared: Declared
    tables: Tables
    source: str
    problems: list[Problem] = field(default_factory=list)
    ambiguous: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def placed(self) -> dict[str, PlacedTable]:
        """Return every role that the source has; what is wrong is in `problems`."""
        tables = self._role_tables()
        flat = self._is_flat(tables)
        if flat:
            tables["order_item"] = tables["order"]
        found: dict[str, PlacedTable] = {}
        for role in ROLES:
            if role in tables:
                taken = set(found["order"].columns.values()) if flat and role == "order_item" else set()
                found[role] = PlacedTable(tables[role], self._columns(role, tables[role], taken, flat=flat))
        self._need_order(found)
        self._check_links(found)
        return found

    def _is_flat(self, tables: Mapping[str, str]) -> bool:
        """Return whether the order table holds lines: the mapping says so, or no other does and it looks like it."""
        order, lines = tables.get("order"), tables.get("order_item")
        if order is None or lines is not None or "order_item" in self._said():
            return order is not None and (
                lines == order or (lines is None and self._said().get("order_item") is not None)
            )
        said = self._said().get("order")
        if said is not None and said.columns.get("total"):
            return False
        return any(self._candidates("order_item", name, order) for name in _FLAT_SIGNS)

    def _said(self) -> Mapping[str, DeclaredTable | None]:
        return self.declared.tables

    def _role_tables(self) -> dict[str, str]:
        """Return the table of each role, in the order of the roles."""
        named = {role: self._declared_table(role) for role in ROLES}
        taken = {table for table in named.values() if table}
        if not named["order"] and len(self.tables) == 1 and self._said().get("order", True) is not None:
            named["order"] = next(iter(self.tables))
            taken |= set(self.tables)
        prefix = prefix_of(named["order"], ROLES["order"].names) if named["order"] else None
        for role in sorted(ROLES, key=lambda role: role != "order"):  # its name tells how the names of all begin
            if named[role] or self._said().get(role, True) is None:
                continue
            fitting = self._fitting(role, taken, prefix)
            if role == "order" and len(fitting) == 1:
                prefix = prefix_of(fitting[0], ROLES["order"].names)
            if len(fitting) > 1:
                self.ambiguous.setdefault(role, {})["table"] = fitting
                self._wrong(f"{role} could be {' or '.join(fitting)}", "choose one in a mapping.")
            elif fitting:
                named[role] = fitting[0]
                taken |= {fitting[0]}
        return {role: table for role, table in named.items() if table}

    def _declared_table(self, role: str) -> str | None:
        said = self._said().get(role)
        if said is None or said.table is None:
            return None
        if said.table not in self.tables:
            why, hint = f"there is no table {said.table}", nearest(said.table, self.tables)
            self.problems.append(
                self.declared.document.problem("FW-MAPPING-NAME", ("tables", role, "table"), why, hint)
            )
            return None
        return said.table

    def _fitting(self, role: str, taken: set[str], prefix: tuple[str, ...] | None) -> list[str]:
        """Return the tables that could be a role: by their names, else by the words that matter, without a prefix."""
        names = ROLES[role].names
        forms: tuple[Callable[[str], str], ...] = (
            str,
            name_without,
            lambda table: name_without(table, (prefix_of(table, names) if role == "order" else prefix) or ()),
        )
        for form in forms:
            found = [name for name in self.tables if name not in taken and self._could_be(role, name, form(name))]
            if found:
                return found
        return []

    def _could_be(self, role: str, table: str, called: str) -> bool:
        if not set(words_of(called)) & set(ROLES[role].names):
            return False
        columns = {name: self._candidates(role, name, table) for name in ROLES[role].fields}
        return self._complete(role, {name: "" for name, found in columns.items() if found})

    @staticmethod
    def _complete(role: str, columns: Mapping[str, str]) -> bool:
        """Return whether a table has what its role cannot do without."""
        if role == "order":
            return True  # an order table that lacks something is an error, not another table
        if role == "order_item":
            return "order" in columns
        if role in ("return", "ticket"):
            return "order" in columns or "customer" in columns
        return all(name in columns for name, one in ROLES[role].fields.items() if one.required)

    def _columns(self, role: str, table: str, taken: set[str], *, flat: bool) -> dict[str, str]:
        """Return the columns of a role, as the mapping says or by their names, without those that are `taken`."""
        said = self._said().get(role) or DeclaredTable()
        found: dict[str, str] = {}
        for name in ROLES[role].fields:
            column = self._declared_column(role, name, table, said)
            if name in said.columns:
                if column is not None:
                    found[name] = column
                continue
            if flat and (role, name) == ("order_item", "order"):
                continue  # a line is in the row of its order
            used = {*taken, *found.values(), *(other for other in said.columns.values() if other)}
            fitting = [column for column in self._candidates(role, name, table) if column not in used]
            if flat and role == "order" and name in ("total", "discount"):
                # Beside lines, an amount is a line's unless it is called an order's.
                fitting = [column for column in fitting if plain(column).startswith(_OF_ORDERS)]
            if len(fitting) > 1:
                self.ambiguous.setdefault(role, {})[name] = fitting
                why = f"{role}.{name} ({ROLES[role].fields[name].about}) could be {' or '.join(fitting)}"
                self._wrong(why, f"choose one in a mapping, or '{name}: ~' for none.", f"{self.source}: {table}")
            elif fitting:
                found[name] = fitting[0]
        return found

    def _declared_column(self, role: str, name: str, table: str, said: DeclaredTable) -> str | None:
        column = said.columns.get(name)
        if column is not None and column not in self.tables[table]:
            why, hint = f"{table} has no column {column}", nearest(column, self.tables[table])
            self.problems.append(self.declared.document.problem("FW-MAPPING-NAME", ("tables", role, name), why, hint))
            return None
        return column

    def _candidates(self, role: str, name: str, table: str) -> list[str]:
        """Return the columns of the best rank for a field: named after the table, by own names, by loose ones."""
        one = ROLES[role].fields[name]
        columns = [column for column, kind in self.tables[table].items() if _suits(one, kind)]
        ranks = [one.own, one.loose]
        if name == "id":
            ranks = [tuple(f"{word}id" for word in words_of(table)), *ranks]
        for names in ranks:
            found = [column for column in columns if plain(column) in names]
            if found:
                return found
        if name == "at" and role == "order":
            return [column for column in columns if self.tables[table][column].startswith(("TIMESTAMP", "DATE"))]
        return []

    def _need_order(self, found: Mapping[str, PlacedTable]) -> None:
        if "order" not in found:
            said = self._said().get("order")
            missing = said is not None and said.table is not None and said.table not in self.tables
            if "order" not in self.ambiguous and not missing:
                self._wrong(
                    f"no table of orders was found among {', '.join(self.tables) or 'nothing'}", "name it in a mapping."
                )
            return
        for role, one in found.items():
            for name, asked in ROLES[role].fields.items():
                unclear = name in self.ambiguous.get(role, {})
                said = self._said().get(role)
                if asked.required and name not in one.columns and not unclear and not (said and said.columns.get(name)):
                    columns = ", ".join(self.tables[one.table])
                    why = f"{role}.{name} ({asked.about}) was not found among {columns}"
                    self._wrong(why, "name the column in a mapping.", f"{self.source}: {one.table}")

    def _check_links(self, found: dict[str, PlacedTable]) -> None:
        """See that what refers to orders has orders with an id to refer to."""
        if "order" not in found or found["order"].columns.get("id"):
            return
        for role in ("order_item", "return", "discount", "ticket"):
            one = found.get(role)
            if one is None or one.table == found["order"].table or "customer" in one.columns:
                continue
            if "id" not in self.ambiguous.get("order", {}):
                why = f"{one.table} refers to orders, but {found['order'].table} has no order id"
                self._wrong(why, "name it as order.id in a mapping.", f"{self.source}: {found['order'].table}")

    def check_totals(self, found: Mapping[str, PlacedTable]) -> None:
        """Check that lines can be joined to days: totals that every line of an order repeats cannot be added up."""
        order, lines = found["order"], found.get("order_item")
        by_day = self.declared.order_grain == "customer_day" or "id" not in order.columns
        if lines is None or lines.table != order.table or "total" not in order.columns or not by_day:
            return
        if not {"amount", "price"} & set(lines.columns):
            why = f"{order.table} holds lines, of which order.total cannot be added up to customer days"
            self._wrong(why, "name order_item.amount in the mapping, or 'order_item: ~' if a row is an order.")

    def check_rules(self, found: Mapping[str, PlacedTable]) -> None:
        """Check that the rules of the mapping have the columns that they need, and count nothing twice."""
        order, lines = found["order"], found.get("order_item", PlacedTable("", {}))
        said = self.declared
        if said.order_grain == "order" and lines.table == order.table and "id" not in order.columns:
            why = f"{order.table} holds lines without an order id, which 'order_grain: order' needs"
            self._wrong(why, "name it as order.id, or write 'order_item: ~' if a row is an order.")
        if said.returned and "return" in found:
            table, column = found["return"].table, said.returned.column
            why = f"returns are in {table} and are marked by {column}: each would count twice"
            self._wrong(why, "write 'return: ~' in the mapping, or leave out returns.column.")
        if said.discounts in ("rate", "percent") and "discount" not in {**order.columns, **lines.columns}:
            why = f"'discounts: {said.discounts}' needs a column of rates"
            self._wrong(why, "name it as order.discount or order_item.discount in the mapping.")

    def _wrong(self, why: str, hint: str, place: str = "") -> None:
        problem = Problem("FW-MAPPING-NEEDED", why, hint, place or self.source)
        if problem not in self.problems:
            self.problems.append(problem)

    def paste(self, found: Mapping[str, PlacedTable]) -> Iterator[Problem]:
        """Yield a mapping to paste, where something is ambiguous or missing."""
        tables = []
        for role in ROLES:
            unclear = self.ambiguous.get(role, {})
            if role not in found and not unclear and role != "order":
                continue
            table = found[role].table if role in found else unclear.get("table", self._looks_like(role) or ["TABLE"])[0]
            items = [f"table: {table}"]
            columns = found[role].columns if role in found else self._guessed(role, table)
            for name, asked in ROLES[role].fields.items():
                if name in columns or name in unclear or (asked.required and role == "order"):
                    items.append(f"{name}: {columns.get(name) or unclear.get(name, ['COLUMN'])[0]}")
            others = "; ".join(f"{name}: or {', '.join(more[1:])}" for name, more in unclear.items())
            tables.append((f"{role}: {{{', '.join(items)}}}", others))
        if tables:
            # In flow style, so that it stays one line and can be pasted all the same.
            hint = f"start from this mapping: tables: {{{', '.join(text for text, _ in tables)}}}"
            hint += "".join(f"; {others}" for _, others in tables if others)
            yield Problem("FW-MAPPING-NEEDED", "the names are ambiguous", hint, self.source)

    def _looks_like(self, role: str) -> list[str]:
        """Return the tables whose columns could be those that a role needs, to be named in a mapping."""
        needed = [name for name, one in ROLES[role].fields.items() if one.required]
        return [table for table in self.tables if all(self._candidates(role, name, table) for name in needed)]

    def _guessed(self, role: str, table: str) -> dict[str, str]:
        """Return the first candidate for each field that a role needs."""
        if table not in self.tables:
            return {}
        fields = {name: self._candidates(role, name, table) for name, one in ROLES[role].fields.items() if one.required}
        return {name: columns[0] for name, columns in fields.items() if columns}


def _suits(asked: Field, kind: str) -> bool:
    return kind.startswith(_SUITS[asked.kind]) if asked.kind in _SUITS else True
