"""What expressions mean, said in plain Python: Polars and DuckDB must both give it, whatever their versions do.

Two engines that agree can be wrong together, or agree in one version only. Each case here is a text and a function of a row;
null rules are written once, in `strict`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise.generator.language.sql.expressions import ExpressionError, compile_expression, evaluate
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.load import load_contract

Row = dict[str, Any]
ROWS: list[Row] = [
    {"a": 7, "b": 2, "x": 2.5, "y": -0.0, "s": "héllo wörld", "r": "h", "p": True, "q": None},
    {"a": -7, "b": 2, "x": -2.5, "y": 0.1, "s": "", "r": "", "p": False, "q": True},
    {"a": 7, "b": -2, "x": 0.5, "y": 1e16, "s": "ABC\tdef\n", "r": "xyz", "p": None, "q": False},
    {"a": -7, "b": -2, "x": -0.5, "y": 123456.789, "s": "  two  words ", "r": "a%b_c\\d", "p": True, "q": False},
    {"a": 0, "b": 0, "x": 1e-5, "y": 1e-4, "s": "it's", "r": "'", "p": False, "q": None},
    {"a": 2**53 + 1, "b": 3, "x": 3.5, "y": 5e-324, "s": "e\u0301 combined", "r": "é", "p": True, "q": True},
    {
        "a": -(2**62),
        "b": 10,
        "x": 1e15 + 0.5,
        "y": 1.7976931348623157e308,
        "s": "a.b*c(d)[e]",
        "r": ".",
        "p": None,
        "q": None,
    },
    {"a": None, "b": 1, "x": None, "y": 2.0, "s": None, "r": "x", "p": True, "q": True},
    {"a": 1, "b": None, "x": 1.5, "y": None, "s": "x", "r": None, "p": False, "q": False},
]
DAYS = [
    *((2024, 2, 29), (2023, 12, 31), (2024, 12, 30), (1969, 12, 31), (1900, 3, 1), (2000, 2, 29), (2025, 1, 1)),
    *((2026, 1, 4), (1999, 7, 11)),
]
for row, day in zip(ROWS, DAYS, strict=True):
    row["d"] = dt.date(*day)
    row["t"] = dt.datetime(*day, day[2] % 24, day[1] * 4, 59)
ROWS[7]["d"] = ROWS[7]["t"] = None

TYPES = {"a": "int64", "b": "int64", "x": "float64", "y": "float64", "s": "text", "r": "text", "p": "bool", "q": "bool"}
TYPES |= {"d": "date", "t": "timestamp"}
POLARS: dict[str, Any] = {
    "int64": pl.Int64,
    "float64": pl.Float64,
    "text": pl.String,
    "bool": pl.Boolean,
    "date": pl.Date,
}
POLARS |= {"timestamp": pl.Datetime("us")}
FRAME = pl.DataFrame(ROWS, schema={name: POLARS[kind] for name, kind in TYPES.items()})
CONTRACT = load_contract({"contract": 1, "name": "f", "tables": {"f": {"columns": TYPES}}})


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    words = {"int64": "bigint", "float64": "double", "text": "varchar", "bool": "boolean"}
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {words.get(kind, kind)}" for name, kind in TYPES.items())
        connection.execute(f"create table f (n integer, {columns})")
        marks = ", ".join("?" * (len(TYPES) + 1))
        connection.executemany(f"insert into f values ({marks})", [(n, *row) for n, row in enumerate(FRAME.rows())])
        yield connection


def audited(duck: duckdb.DuckDBPyConnection, text: str) -> list[Any]:
    sql = parse_condition(CONTRACT.tables, CONTRACT.axes, "f", text).sql(lambda path: "f")
    return [value for (value,) in duck.execute(f"select {sql} from f order by n").fetchall()]


def strict(names: str, function: Callable[..., Any]) -> Callable[[Row], Any]:
    """Return a function of a row: null where any of the columns in `names` is null."""

    def of_row(row: Row) -> Any:
        values = [row[name] for name in names]
        return None if None in values else function(*values)

    return of_row


def toward_zero(a: int, b: int) -> int | None:
    return None if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def quotient(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def text_of(x: float) -> str:
    """The shortest text that reads back, with an exponent below 1e-4 and from 1e16 on, as Python writes it."""
    return repr(x)


def nine(x: float) -> float:
    return float(f"{x:.8e}")


def month_later(moment: dt.datetime, months: int) -> dt.datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


LENGTHS = {f"{unit}": dt.timedelta(**{f"{unit}s": 1}) for unit in ("second", "minute", "hour", "day", "week")}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def as_moment(day: dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)


def begin_of(unit: str, moment: dt.datetime) -> dt.datetime:
    """The start of the unit, by the calendar and not by counting."""
    names = ("year", "month", "day", "hour", "minute", "second")
    if unit in names:
        kept = names[: names.index(unit) + 1]
        return dt.datetime(**{name: getattr(moment, name) if name in kept else 1 for name in names[:3]},
                           **{name: getattr(moment, name) if name in kept else 0 for name in names[3:]})  # fmt: skip
    day = dt.datetime(moment.year, moment.month, moment.day)
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def units_between(unit: str, a: dt.datetime, b: dt.datetime) -> int:
    first, last = begin_of(unit, a), begin_of(unit, b)
    if unit in MONTHS:
        return ((last.year - first.year) * 12 + last.month - first.month) // MONTHS[unit]
    return (last - first) // LENGTHS[unit]


def either(p: bool | None, q: bool | None) -> bool | None:
    return True if True in (p, q) else None if None in (p, q) else False


def both(p: bool | None, q: bool | None) -> bool | None:
    return False if False in (p, q) else None if None in (p, q) else True


def like(pattern: str) -> Callable[[str], bool]:
    regex = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
    return lambda text: re.fullmatch(regex, text, re.DOTALL) is not None


def known(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]


CASES: dict[str, Callable[[Row], Any]] = {
    # Numbers.
    "a // nullif(b, 0)": strict("ab", toward_zero),
    "a % nullif(b, 0)": strict("ab", lambda a, b: None if b == 0 else a - toward_zero(a, b) * b),
    "x % 2": strict("x", lambda x: math.fmod(x, 2)),
    "x % -0.3": strict("x", lambda x: math.fmod(x, -0.3)),
    "a / b": strict("ab", lambda a, b: quotient(float(a), float(b))),
    "x / y": strict("xy", quotient),
    "5 / 2": lambda _: 2.5,
    "-7 // 2": lambda _: -3,
    "-7 % 4 * 2": lambda _: -6,
    "7 - 2 - 1": lambda _: 4,
    "2 + 3 * 4": lambda _: 14,
    "100 / 10 / 5": lambda _: 2.0,
    "a + x": strict("ax", lambda a, x: float(a) + x),
    "b * 3 - 1": strict("b", lambda b: b * 3 - 1),
    "x * y": strict("xy", lambda x, y: x * y),
    "abs(a)": strict("a", abs),
    "-x": strict("x", lambda x: -x),
    "ceil(x)": strict("x", lambda x: float(math.ceil(x))),
    "floor(x)": strict("x", lambda x: float(math.floor(x))),
    "sqrt(x)": strict("x", lambda x: math.sqrt(x) if x >= 0 else math.nan),
    "round(a, 2)": strict("a", lambda a: a),
    "cast(x as bigint)": strict("x", round),  # Python, too, rounds halves to even
    "cast(a as double)": strict("a", float),
    "cast(p as bigint)": strict("p", int),
    "exp(x / 1e14)": strict("x", lambda x: nine(math.exp(x / 1e14))),
    "ln(y)": strict("y", lambda y: nine(math.log(y)) if y else -math.inf),
    "ln(x)": strict("x", lambda x: nine(math.log(x)) if x > 0 else math.nan),
    "log10(y)": strict("y", lambda y: nine(math.log10(y)) if y else -math.inf),
    "log2(b)": strict("b", lambda b: nine(math.log2(b)) if b > 0 else math.nan if b else -math.inf),
    "power(x, 3)": strict("x", lambda x: nine(x**3)),
    "power(b, -1)": strict("b", lambda b: nine(b**-1) if b else math.inf),
    "sin(x) + cos(x)": strict("x", lambda x: nine(math.sin(x)) + nine(math.cos(x))),
    "tan(b)": strict("b", lambda b: nine(math.tan(b))),
    "greatest(a, b)": lambda row: max(known(row["a"], row["b"]), default=None),
    "least(a, b, 3)": lambda row: min(known(row["a"], row["b"], 3)),
    "greatest(x, 0 / 0)": lambda _: math.nan,  # above all numbers
    # Conditions.
    "p and q": lambda row: both(row["p"], row["q"]),
    "p or q": lambda row: either(row["p"], row["q"]),
    "not p or q": lambda row: either(None if row["p"] is None else not row["p"], row["q"]),
    "a = a and not a <> a": strict("a", lambda a: True),
    "a = 9007199254740992.0": strict("a", lambda a: float(a) == 2.0**53),
    "0 / 0 = 0 / 0": lambda _: True,
    "0 / 0 > 1e300": lambda _: True,
    "a between b and 10": lambda row: both(
        None if None in (row["a"], row["b"]) else row["a"] >= row["b"], None if row["a"] is None else row["a"] <= 10
    ),
    "a not in (7, 0)": strict("a", lambda a: a not in (7, 0)),
    "a in (b, 7)": lambda row: either(
        None if None in (row["a"], row["b"]) else row["a"] == row["b"], None if row["a"] is None else row["a"] == 7
    ),
    "s < r": strict("sr", lambda s, r: s.encode() < r.encode()),
    "p < q": strict("pq", lambda p, q: p < q),
    "s is null": lambda row: row["s"] is None,
    "case when p then 'y' when q then 'z' end": lambda row: "y" if row["p"] else "z" if row["q"] else None,
    "case a when 7 then 1 else 2 end": lambda row: 1 if row["a"] == 7 else 2,
    "nullif(a, 7)": strict("a", lambda a: None if a == 7 else a),
    "coalesce(x, a, 1.5)": lambda row: known(row["x"], None if row["a"] is None else float(row["a"]), 1.5)[0],
    # Texts.
    "x || ''": strict("x", text_of),
    "y::text": strict("y", text_of),
    "cast(p as text)": strict("p", lambda p: "true" if p else "false"),
    "d || ' ' || t": strict("dt", lambda d, t: f"{d:%Y-%m-%d} {t:%Y-%m-%d %H:%M:%S}"),
    "concat(s, '/', a)": lambda row: "".join(map(str, known(row["s"], "/", row["a"]))),
    "s || r": strict("sr", lambda s, r: s + r),
    "length(s)": strict("s", len),
    "lower(s)": strict("s", str.lower),
    "upper(s)": strict("s", str.upper),
    "substr(s, 2, 3)": strict("s", lambda s: s[1:4]),
    "substr(s, 4)": strict("s", lambda s: s[3:]),
    "left(s, 3)": strict("s", lambda s: s[:3]),
    "right(s, 3)": strict("s", lambda s: s[-3:]),
    "lpad(s, 6, '*')": strict("s", lambda s: s[:6].rjust(6, "*")),
    "rpad(s, 6, 'é')": strict("s", lambda s: s[:6].ljust(6, "é")),
    "trim(s)": strict("s", lambda s: s.strip(" ")),
    "ltrim(s) || '.'": strict("s", lambda s: s.lstrip(" ") + "."),
    "rtrim(s) || '.'": strict("s", lambda s: s.rstrip(" ") + "."),
    "replace(s, 'o', '0')": strict("s", lambda s: s.replace("o", "0")),
    "replace(s, '', '-')": strict("s", lambda s: s),
    "starts_with(s, r)": strict("sr", str.startswith),
    "ends_with(s, r)": strict("sr", str.endswith),
    "s like 'a.b*c(d)[e]'": strict("s", like("a.b*c(d)[e]")),
    "s like '%_o%'": strict("s", like("%_o%")),
    "s not like '%\n'": strict("s", lambda s: not s.endswith("\n")),
    "r like 'a%b_c\\d'": strict("r", like("a%b_c\\d")),
    "s like ''": strict("s", lambda s: s == ""),
    # Days and moments.
    "d + 30": strict("d", lambda d: d + dt.timedelta(days=30)),
    "d - DATE '2000-01-01'": strict("d", lambda d: (d - dt.date(2000, 1, 1)).days),
    "t + INTERVAL '90 minutes'": strict("t", lambda t: t + dt.timedelta(minutes=90)),
    "t - INTERVAL '2 weeks'": strict("t", lambda t: t - dt.timedelta(weeks=2)),
    "t + INTERVAL '13 months'": strict("t", lambda t: month_later(t, 13)),
    "d - INTERVAL '1 month'": strict("d", lambda d: month_later(dt.datetime(d.year, d.month, d.day), -1)),
    **{
        f"date_add(t, {n}, '{unit}')": strict("t", lambda t, n=n, size=size: t + n * size)
        for unit, size in LENGTHS.items()
        for n in (0, 1, -3, 400)
    },
    **{
        f"date_add({name}, {n}, '{unit}')": strict(name, lambda x, n=n, size=size: month_later(as_moment(x), n * size))
        for unit, size in MONTHS.items()
        for n in (0, 1, -1, 13, -25)
        for name in "dt"
    },
    "date_add(d, b, 'month')": strict("db", lambda d, b: month_later(as_moment(d), b)),
    "date_add(t, b * 2, 'day')": strict("tb", lambda t, b: t + dt.timedelta(days=2 * b)),
    "date_add(d, null, 'day')": lambda row: None,
    **{
        f"date_trunc('{unit}', {name})": strict(name, lambda x, unit=unit: begin_of(unit, as_moment(x)))
        for unit in (*LENGTHS, *MONTHS)
        for name in "dt"
    },
    **{
        f"date_diff('{unit}', {a}, {b})": strict(
            "dt",
            lambda d, t, unit=unit, a=a, b=b: units_between(
                unit,
                *({"d": as_moment(d), "t": t, "DATE '2023-10-31'": dt.datetime(2023, 10, 31)}[name] for name in (a, b)),
            ),
        )
        for unit in (*LENGTHS, *MONTHS)
        for a, b in (("d", "t"), ("t", "DATE '2023-10-31'"), ("DATE '2023-10-31'", "d"))
    },
    "t::date = d": strict("td", lambda t, d: t.date() == d),
    "d < t": strict("dt", lambda d, t: dt.datetime(d.year, d.month, d.day) < t),
    "extract(year from d)": strict("d", lambda d: d.year),
    "extract(quarter from t)": strict("t", lambda t: (t.month + 2) // 3),
    "extract(month from d)": strict("d", lambda d: d.month),
    "extract(week from d)": strict("d", lambda d: d.isocalendar().week),
    "extract(day from t)": strict("t", lambda t: t.day),
    "extract(dow from d)": strict("d", lambda d: d.isoweekday() % 7),
    "extract(isodow from d)": strict("d", lambda d: d.isoweekday()),
    "extract(doy from d)": strict("d", lambda d: d.timetuple().tm_yday),
    "extract(hour from d)": strict("d", lambda d: 0),
    "extract(minute from t)": strict("t", lambda t: t.minute),
    "extract(second from t)": strict("t", lambda t: t.second),
    "extract(epoch from t)": strict("t", lambda t: (t - dt.datetime(1970, 1, 1)).total_seconds()),
}


def same(mine: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(mine, float | int) and not isinstance(mine, bool):
        return mine == expected or (mine != mine and expected != expected)
    return type(mine) is type(expected) and mine == expected


@pytest.mark.parametrize("text", CASES)
def test_both_engines_give_what_the_language_says(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    expected = [CASES[text](row) for row in ROWS]
    for engine, found in (
        ("generator", evaluate(compile_expression(text), FRAME).to_list()),
        ("validator", audited(duck, text)),
    ):
        wrong = [(f, e) for f, e in zip(found, expected, strict=True) if not same(f, e)]
        assert wrong == [], engine


@pytest.mark.parametrize(
    "text",
    [
        "a * 4",
        "-(a * 2)",
        "2147483647 + 3",
        "100000 * 100000",
        "cast(y as bigint)",
        "cast(a as integer)",
    ],
)
def test_what_does_not_fit_is_an_error_in_both(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    with pytest.raises(ExpressionError, match=r"beyond|too large"):
        evaluate(compile_expression(text), FRAME)
    with pytest.raises((duckdb.OutOfRangeException, duckdb.ConversionException)):
        audited(duck, text)


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "float32", "decimal(5,2)"])
def test_a_narrow_column_counts_as_wide(kind: str) -> None:
    """DuckDB multiplies an int8 by 100 in 8 bits; the language has one kind of whole number."""
    contract = load_contract({"contract": 1, "name": "f", "tables": {"f": {"columns": {"n": kind}}}})
    words = {"int8": "tinyint", "int16": "smallint", "int32": "integer", "float32": "float"}
    sql = parse_condition(contract.tables, contract.axes, "f", "n * 100000 + 1").sql(lambda path: "f")
    with duckdb.connect() as connection:
        found = connection.execute(f"select {sql} from (select 100::{words.get(kind, kind)} as n) as f").fetchall()

    assert found == [(10_000_001,)]
