"""`decimal: [12, 2]`, another spelling of `type: decimal(12,2)`."""

from __future__ import annotations

from fanwise.generator.language.expansion.draft import Draft

__all__ = ["expand_decimals"]


def expand_decimals(draft: Draft) -> None:
    """Give each column with `decimal` its type; one that has both is reported."""
    for name, _ in draft.tables():
        columns = draft.columns(name)
        for column, raw in columns.items():
            sizes = raw.get("decimal") if isinstance(raw, dict) else None
            if not (isinstance(sizes, list) and len(sizes) == 2 and all(type(size) is int for size in sizes)):
                continue  # the schema pass says what is wrong with it
            place = ("tables", name, "columns", column)
            if "type" in raw:
                why, hint = "the column has a type already", "delete type: or decimal:"
                draft.complaints.add("FW-SCHEMA-OPTION", (*place, "decimal"), why, hint, on_key=True)
                continue
            document, there = draft.finished().origin((*place, "decimal"))
            here = document.content is draft.content  # which is still growing
            draft.written[*place, "type"] = (draft.document if here else document), there
            kept = {key: value for key, value in raw.items() if key != "decimal"}
            columns[column] = {**kept, "type": f"decimal({sizes[0]},{sizes[1]})"}
        if columns:
            draft.set_columns(name, columns)
