"""Texts that are never true or false are refused as conditions; DuckDB's own types are the oracle."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from fanwise.validator.contract.condition_kinds import refuse_no_truth
from fanwise.validator.contract.expressions import ConditionError, Name, names_in, to_sql
from fanwise.validator.contract.load import load_contract
from fanwise.validator.errors import ContractError

COLUMNS = {
    "n": ("int64", "BIGINT"),
    "x": ("float64", "DOUBLE"),
    "m": ("decimal(9,2)", "DECIMAL(9,2)"),
    "t": ("text", "VARCHAR"),
    "b": ("bool", "BOOLEAN"),
    "d": ("date", "DATE"),
    "at": ("timestamp", "TIMESTAMP"),
}
TRUTHS = (
    "b", "not b", "n > 1", "n > 1 and b", "n = 1 or x < 2", "t like '%a'", "t not like '%a'", "n in (1, 2)", "n not in (1, 2)",
    "n between 1 and 2", "n is null", "n is not null", "starts_with(t, 'a')", "ends_with(t, 'a')", "(b)", "((n > 1))",
    "coalesce(b, true)", "nullif(b, false)", "greatest(b, true)", "case when n > 1 then true end",
    "case when n > 1 then b else x > 2 end", "true", "null", "case when n > 1 then null else b end",
)  # fmt: skip
OTHERS = (
    "n", "x", "m", "t", "d", "at", "'x'", "1", "1.5", "n + 1", "n - 1", "n * 2", "n / 2", "n // 2", "n % 2", "- n", "(t)", "t || 'a'",
    "cast(n as varchar)", "cast(t as date)", "cast(t as bigint)", "length(t)", "lower(t)", "upper(t)", "concat(t, 'a')",
    "left(t, 1)", "right(t, 1)", "lpad(t, 3, 'x')", "rpad(t, 3, 'x')", "ltrim(t)", "rtrim(t)", "trim(t)", "replace(t, 'a', 'b')",
    "substr(t, 1, 2)", "strftime(d, '%Y')", "format_number(x, 2)", "abs(n)", "ceil(x)", "floor(x)", "sqrt(x)", "exp(x)", "ln(x)",
    "log10(x)", "log2(x)", "sin(x)", "cos(x)", "tan(x)", "power(x, 2)", "round(x, 2)", "extract(year from d)",
    "date_diff('day', d, at)", "date_trunc('month', at)", "date_add(at, 1, 'day')", "coalesce(t, 'a')", "nullif(n, 0)",
    "least(n, 2)", "case when b then 'a' end", "case when b then 1 else 2.5 end",
)  # fmt: skip


def is_truth(text: str) -> bool:
    """Return whether DuckDB says that the value is true or false, or null."""
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    sql = "".join(f'"{piece.text}"' if isinstance(piece, Name) else piece for piece in to_sql(text, types))
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, (_, kind) in COLUMNS.items())
    found = duckdb.connect().execute(f"SELECT typeof({sql}) FROM (SELECT {columns})").fetchone()
    assert found is not None
    return found[0] in ("BOOLEAN", '"NULL"')


@pytest.mark.parametrize("text", [*TRUTHS, *OTHERS])
def test_a_text_is_refused_where_duckdb_has_another_type(text: str) -> None:
    types = {name: kind for name, (kind, _) in COLUMNS.items() if name in names_in(text)}
    assert is_truth(text) == (text in TRUTHS)
    if text in TRUTHS:
        refuse_no_truth(text, types)
        return
    with pytest.raises(ConditionError, match="is not a condition: its value is a "):
        refuse_no_truth(text, types)


CONTRACT = """
contract: 1
name: shop
tables:
  customer: {key: id, columns: {id: int64, paid: {type: float64, rollup: {sum: order.amount, where: WHERE}}}}
  order:
    parent: {table: customer, columns: [customer_id]}
    columns:
      customer_id: int64
      status: {type: text, holds: [HOLDS]}
      amount: decimal(9,2)
checks:
- {table: order, text: CHECK}
"""


@pytest.mark.parametrize("place", ["WHERE", "HOLDS", "CHECK"])
def test_a_contract_with_one_is_refused_where_it_stands(tmp_path: Path, place: str) -> None:
    text = CONTRACT.replace(place, "lower(status)")
    for other in ("WHERE", "HOLDS", "CHECK"):
        text = text.replace(other, "amount > 0")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        load_contract(tmp_path / "contract.yaml")
    (problem,) = refused.value.problems
    line = next(at for at, line in enumerate(text.splitlines(), 1) if "lower(status)" in line)
    assert str(problem).startswith(f"{tmp_path / 'contract.yaml'}:{line}:")
    assert problem.code == "FW-CONTRACT-CONDITION"
    assert "its value is a text, not true or false" in problem.why
