"""Text is a value only where the value says just what the text says: in CSV, JSON lines, SQLite and text columns."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise import validator
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, QueryError, SourceError
from fanwise.io.problems import Mark, Problem
from fanwise.io.tables import reader_of
from fanwise.io.tables.strict import parsed
from fanwise.segmenter.ingest.source import open_source
from fanwise.validator import ContractError, Report
from fanwise.validator.findings import Finding

REFUSED = [
    *[("BIGINT", text) for text in ("1.5", "0x1F", "1_000", "1e3", " 7", "7 ", "", "9223372036854775808", "1,234")],
    *[("TINYINT", text) for text in ("128", "-129")],
    *[("DECIMAL(10,2)", text) for text in ("2.999", "1e1", "1_0.5", "123456789", "1,234.50", " 2.5", ".", "")],
    *[("DATE", text) for text in ("2024-01-02 05:00", "2024-01-02T00:00:01", "01/02/2024", "2024-02-30", "epoch")],
    *[
        ("TIMESTAMP", f"2024-01-02 05:00{rest}")
        for rest in (" PM", ":00 AM", " xx", "+02:00", ":00-0330", ":00.1234567")
    ],
    *[
        ("TIMESTAMP", text)
        for text in ("2024-01-02 24:30:00", "infinity", "31/12/2024", "2024-01-02 05:00 Europe/Rome")
    ],
    *[("DOUBLE", text) for text in ("1_0.5", "1e400", "1,234.50", "9,98", "$5", "")],
    *[("BOOLEAN", text) for text in ("2", "maybe", "", " true")],
    *[("TIME", text) for text in ("24:00:00", "8:30", "08:30 PM", "08:60", "08:30:00.1234567", "")],
    *[("TIMESTAMP WITH TIME ZONE", text) for text in ("2024-01-02 05:00", "2024-01-02T05:00:00 PM", "2024-01-02Z")],
    *[("UUID", text) for text in ("7d3f8c524a1b4c9e9f602b1d5e8a9c03", "{7d3f8c52-4a1b-4c9e-9f60-2b1d5e8a9c03}", "")],
    *[("JSON", text) for text in ('{"a": NaN}', "[1,]", "{", "-Infinity", "")],
]
READ: list[tuple[str, str, Any]] = [
    *[("BIGINT", text, 7) for text in ("7", "007", "+7", "7.0")],
    *[("DECIMAL(10,2)", text, Decimal("2.90")) for text in ("2.9", "2.90", "02.9000", "+2.9")],
    *[("DATE", text, dt.date(2024, 1, 2)) for text in ("2024-01-02", "2024-1-2", "2024-01-02 00:00:00")],
    ("TIMESTAMP", "2024-01-02", dt.datetime(2024, 1, 2)),
    *[
        ("TIMESTAMP", f"2024-01-02{rest}", dt.datetime(2024, 1, 2, 5))
        for rest in (" 05:00", "T05:00:00", "T05:00:00.000000", " 05:00:00Z", " 05:00:00 UTC", "T05:00:00.0+00:00")
    ],
    ("TIMESTAMP", "2024-01-02T05:00:00.123456", dt.datetime(2024, 1, 2, 5, 0, 0, 123456)),
    *[("DOUBLE", text, 1000.0) for text in ("1e3", " 1000", "1000.")],
    ("DOUBLE", "inf", float("inf")),
    *[("BOOLEAN", text, True) for text in ("true", "TRUE", "t", "1")],
    ("VARCHAR", "007", "007"),
    *[("TIME", text, dt.time(8, 30)) for text in ("08:30", "08:30:00", "08:30:00.000000")],
    *[
        ("TIMESTAMP WITH TIME ZONE", f"2024-01-02T{rest}", dt.datetime(2024, 1, 2, 5, tzinfo=dt.UTC))
        for rest in ("05:00Z", "05:00:00.000Z", "07:00:00+02:00", "05:00:00+00")
    ],
    ("UUID", "7D3F8C52-4A1B-4C9E-9F60-2B1D5E8A9C03", uuid.UUID("7d3f8c52-4a1b-4c9e-9f60-2b1d5e8a9c03")),
    ("JSON", '{"a": [1, "NaN, ]"]}', '{"a": [1, "NaN, ]"]}'),
]


def ask(text: str, kind: str, form: str | None = None) -> Any:
    value = parsed("x", kind, form)
    zoned = kind == "TIMESTAMP WITH TIME ZONE"
    if zoned:  # DuckDB 2.0.0 needs the package pytz to make it a value of Python
        value = f"epoch_us({value})"
    with Session.open() as session:
        found = session.rows(f"SELECT {value} FROM (SELECT $1::VARCHAR AS x)", [text])[0][0]
    if zoned and found is not None:
        return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=found)
    return found


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_what_a_type_cannot_say_is_not_a_value(kind: str, text: str) -> None:
    assert ask(text, kind) is None


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_what_it_says_is_what_was_written(kind: str, text: str, value: Any) -> None:
    assert ask(text, kind) == value


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("%Y-%m-%d %I:%M:%S %p", "2024-01-10 07:19:25 PM", dt.datetime(2024, 1, 10, 19, 19, 25)),
        ("%Y-%m-%d %I:%M:%S %p", "2024-01-10 12:30:00 AM", dt.datetime(2024, 1, 10, 0, 30)),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-10T05:00:00+02:00", dt.datetime(2024, 1, 10, 3)),
        ("%d/%m/%Y", "1/2/2024", dt.datetime(2024, 2, 1)),
        ("%d/%m/%Y", "31/02/2024", None),
        ("%d/%m/%Y", "01/02/2024 05:00", None),
    ],
)
def test_a_stated_format_is_read_as_it_says(form: str, text: str, value: Any) -> None:
    assert ask(text, "TIMESTAMP", form) == value


def test_a_date_with_a_format_has_no_time_of_day() -> None:
    assert ask("01/02/2024 00:00", "DATE", "%d/%m/%Y %H:%M") == dt.date(2024, 2, 1)
    assert ask("01/02/2024 05:00", "DATE", "%d/%m/%Y %H:%M") is None


NUMBERS = st.from_regex(r"[+-]?[0-9]{0,12}(\.[0-9]{0,5})?", fullmatch=True).filter(
    lambda text: any(map(str.isdigit, text))
)


@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_numbers_are_exact_or_refused(texts: list[str]) -> None:
    with Session.open() as session:
        stream = session.stream(pl.DataFrame({"x": texts}))
        whole, cents = parsed("x", "BIGINT"), parsed("x", "DECIMAL(12,2)")
        rows = session.rows(f"SELECT x, {whole}, {cents} FROM {stream}")
    for text, integer, amount in rows:
        exact = Decimal(text)
        assert integer == (int(exact) if exact == int(exact) and not text.startswith((".", "-.", "+.")) else None)
        assert amount == (exact if exact * 100 == int(exact * 100) and abs(exact) < 10**10 else None)


@given(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)), st.sampled_from(" T"))
def test_every_instant_that_iso_8601_writes_is_read(instant: dt.datetime, sep: str) -> None:
    assert ask(instant.isoformat(sep), "TIMESTAMP") == instant


def table(column: dict[str, Any] | str) -> dict[str, Any]:
    columns = {"id": "int64", "note": {"type": "text", "nullable": True}, "v": column}
    return {"contract": 1, "name": "x", "tables": {"t": {"columns": columns}}}


def test_the_first_value_of_each_column_is_named_with_line_and_column(tmp_path: Path) -> None:
    rows = [["id", "note", "v"], ["1", "a, b\nand c", "2"], ["2", "", "3.5"], ["x", 'say "x"', "4.5"], ["y", "", "5"]]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    (tmp_path / "t.csv").write_text(text.getvalue())
    reader = reader_of(tmp_path)
    with Session.open() as session:
        reader.begin(session)
        with pytest.raises(ConversionError) as caught:
            reader.open(session, "t", {"id": "BIGINT", "note": "VARCHAR", "v": "INTEGER"})

    first, second = caught.value.problems
    assert first.why == "column id holds 'x', which is not an integer of 64 bits; 1 more value is not"
    assert second.why == "column v holds '3.5', which is not an integer of 32 bits; 1 more value is not"
    assert (first.mark, second.mark) == (Mark(5, 1), Mark(4, 4))


def test_an_empty_field_is_null_and_a_quoted_one_is_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,note,v\n1,,\n2,"",\n3,x,""\n')
    reader = reader_of(tmp_path)
    with Session.open() as session:
        reader.begin(session)
        query = reader.open(session, "t", {"id": "BIGINT", "note": "VARCHAR"})
        assert sorted(session.rows(query)) == [(1, None), (2, ""), (3, "x")]
        with pytest.raises(ConversionError) as caught:
            reader.open(session, "t", {"v": "BIGINT"})
    assert caught.value.problems[0].mark == Mark(4, 5)


@pytest.mark.parametrize(
    ("line", "why", "column"),
    [
        ("2,b,4,5", "the row has 4 values, the header has 3 columns", 1),
        ("2,b", "the row has 2 values, the header has 3 columns", 1),
        ('2,"b,4', "a double quote in the line is not closed, or not followed by a separator", 1),
        ('2,"b"c,4', "a double quote in the line is not closed, or not followed by a separator", 1),
    ],
)
def test_a_line_that_is_not_like_the_header_says_why(line: str, why: str, column: int, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f'id,note,v\n1,"two\nlines",3\n{line}\n5,e,6\n')
    reader = reader_of(tmp_path)
    with Session.open() as session:
        reader.begin(session)
        with pytest.raises(QueryError) as caught:
            reader.open(session, "t", {"id": "BIGINT"})
    problem = caught.value.problems[0]
    assert (problem.why, problem.mark) == (why, Mark(4, column))


def _sqlite(path: Path, kind: str, value: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE t (id INTEGER, note TEXT, v {kind})")
    connection.execute("INSERT INTO t VALUES (1, NULL, ?)", [value])
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("declared", "kind", "value"),
    [
        ("decimal(10,2)", "DECIMAL(10,2)", 2.999),
        ("date", "DATE", "2024-01-02 05:00:00"),
        ("int8", "INTEGER", 300),
        ("int64", "INTEGER", 1.5),
        ("int64", "INTEGER", "0x1F"),
        ("bool", "BOOLEAN", 2),
        ("timestamp", "TIMESTAMP", "2024-01-02 05:00 PM"),
    ],
)
def test_sqlite_values_that_do_not_fit_are_a_fail(declared: str, kind: str, value: object, tmp_path: Path) -> None:
    _sqlite(tmp_path / "x.db", kind, value)
    report = validator.audit(tmp_path / "x.db", table(declared))
    assert report.exit_code == 1
    assert "column v holds" in report.findings[0].message or "300" in report.findings[0].message


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_audit_refuses_what_it_would_have_to_round(form: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "note": "a", "v": 1}, {"id": 2, "note": "b", "v": 1.5}]
    if form == "csv":
        pl.DataFrame(rows, schema={"id": pl.Int64, "note": pl.String, "v": pl.String}, strict=False).write_csv(
            tmp_path / "t.csv"
        )
    else:
        (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = validator.audit(tmp_path, table("int64"))

    assert report.exit_code == 1
    place = "t.csv:3:5" if form == "csv" else "t.jsonl:2:24"
    assert f"{place}: column v holds '1.5', which is not an integer of 64 bits" in report.findings[0].message


def test_a_contract_states_how_dates_are_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,note,v\n1,a,07/11/2024 7:19 PM\n")
    spec = {"type": "timestamp", "format": "%d/%m/%Y %I:%M %p"}
    contract = {**table(spec), "checks": [{"table": "t", "text": "v = TIMESTAMP '2024-11-07 19:19:00'"}]}
    assert validator.audit(tmp_path, contract).exit_code == 0

    report = validator.audit(tmp_path, table("timestamp"))
    assert "7:19 PM" in report.findings[0].message
    assert "12-hour clock" in (report.findings[0].hint or "")
    with pytest.raises(ContractError, match="a format is for a number, a date or a timestamp, not for text"):
        validator.audit(tmp_path, table({"type": "text", "format": "%d"}))
    with pytest.raises(ContractError, match="'%Q' is not a format of strptime"):
        validator.audit(tmp_path, table({"type": "date", "format": "%Q"}))


def test_a_contract_states_how_numbers_are_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,note,v\n1,a,"1.080,50 €"\n2,b,-7\n')
    spec = {"type": "decimal(12,2)", "format": "1.234,56"}
    conditions = [{"table": "t", "text": "v = 1080.5 OR v = -7"}]
    assert validator.audit(tmp_path, {**table(spec), "checks": conditions}).exit_code == 0

    report = validator.audit(tmp_path, table("decimal(12,2)"))
    assert "a currency needs a stated format, such as '1,234.56'" in (report.findings[0].hint or "")
    with pytest.raises(ContractError, match=r"'%d': does not say how 1234\.56 is written"):
        validator.audit(tmp_path, table({"type": "float64", "format": "%d"}))


ORDERS = "customer_id,order_date,total\n"


def _discovered(path: Path, mapping: str | None = None) -> Problem | dt.datetime:
    places = path.parent / "m.yaml"
    if mapping:
        places.write_text(mapping)
    try:
        with open_source(path, places if mapping else None, folder=path.parent) as source:
            return source.as_of
    except SourceError as error:
        return error.problems[0]


def test_discovery_reads_a_12_hour_clock_by_a_format_only(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS + "1,2024-01-10 07:01:00 PM,10\n2,2024-01-10 12:30:00 AM,10\n")
    problem = _discovered(path)
    assert isinstance(problem, Problem)
    assert (problem.mark, "12-hour clock" in problem.hint) == (Mark(2, 3), True)

    found = _discovered(path, "date_format: '%Y-%m-%d %I:%M:%S %p'\n")
    assert found == dt.datetime(2024, 1, 10, 19, 1)


def test_discovery_refuses_an_offset_without_a_format(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS + "1,2024-01-10T07:01:00+02:00,10\n")
    problem = _discovered(path)
    assert isinstance(problem, Problem)
    assert "an offset from UTC needs a stated format" in problem.hint
    assert _discovered(path, "date_format: '%Y-%m-%dT%H:%M:%S%z'\n") == dt.datetime(2024, 1, 10, 5, 1)


def test_text_columns_of_typed_sources_are_read_as_strictly(tmp_path: Path) -> None:
    frame = pl.DataFrame({"customer_id": ["1"], "order_date": ["2024-01-10 07:01:00 PM"], "total": ["1_000"]})
    frame.write_parquet(tmp_path / "orders.parquet")
    with pytest.raises(Exception, match="1 values are not a valid date") as caught:
        open_source(tmp_path / "orders.parquet", folder=tmp_path)
    assert "1 values are not a valid number" in str(caught.value)


def found(report: Report) -> Finding:
    return next(finding for finding in report.findings if finding.id == "columns.t.v")


@pytest.mark.parametrize(
    ("declared", "frame", "said"),
    [
        ("int64", pl.DataFrame({"v": [1.0, 1.5]}), "t.v is DOUBLE, int64 (BIGINT) is declared."),
        ("int8", pl.DataFrame({"v": [1, 300]}), "declared, and 1 value does not fit (least: 300)."),
        (
            "decimal(10,2)",
            pl.DataFrame({"v": ["2.99", "2.999", "3.001"]}).cast(pl.Decimal(12, 4)),
            "declared, and 2 values do not fit (least: 2.9990).",
        ),
    ],
)
def test_typed_values_that_do_not_fit_are_a_fail(declared: str, frame: pl.DataFrame, said: str) -> None:
    contract = {"contract": 1, "name": "x", "tables": {"t": {"columns": {"v": declared}}}}
    report = validator.audit({"t": frame}, contract)
    assert report.exit_code == 1
    assert said in found(report).message


def test_another_width_in_which_all_values_fit_only_warns() -> None:
    contract = {"contract": 1, "name": "x", "tables": {"t": {"columns": {"v": "int8"}}}}
    report = validator.audit({"t": pl.DataFrame({"v": [1, 127]})}, contract)
    assert (report.exit_code, found(report).status.name) == (0, "WARN")
