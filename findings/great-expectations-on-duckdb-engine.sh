#!/usr/bin/env bash
# Great Expectations 1.24.1 with duckdb-engine 0.17.0: every expectation fails on correct data in a DuckDB file.
#
# SQLAlchemy reads the file by the same URL, the data source is added, and nothing is raised: `validate` returns
# success False, as it does for broken data. Only `exception_info` says that no value was looked at: "list index out of
# range" for expectations of columns and tables, "'NoneType' object is not subscriptable" for a query. The same table in
# SQLite passes. A job that counts failed expectations reports bad data where none was read. What works for DuckDB: give
# the result of a query to a pandas data source, and look at `exception_info` before `success`.
#
# Seen on Python 3.11 with DuckDB 2.0.1 and SQLAlchemy 2.1.9:
#   duckdb: SQLAlchemy counts 10 rows
#   duckdb: ExpectTableRowCountToEqual False (list index out of range)
#   duckdb: ExpectColumnValuesToNotBeNull False (list index out of range)
#   duckdb: UnexpectedRowsExpectation False ('NoneType' object is not subscriptable)
#   sqlite: SQLAlchemy counts 10 rows
#   sqlite: ExpectTableRowCountToEqual True
#   sqlite: ExpectColumnValuesToNotBeNull True
#   sqlite: UnexpectedRowsExpectation True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  great-expectations==1.24.1 duckdb-engine==0.17.0 duckdb==2.0.1 sqlalchemy==2.1.9 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - 2>"$folder/notes" <<'PY'
import sqlite3

import duckdb
import great_expectations as gx
import sqlalchemy

ROWS = [(number, 1.5) for number in range(10)]
EXPECTED = (
    gx.expectations.ExpectTableRowCountToEqual(value=10),
    gx.expectations.ExpectColumnValuesToNotBeNull(column="id"),
    gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch} WHERE amount < 0"),
)
for connection in (duckdb.connect("shop.duckdb"), sqlite3.connect("shop.sqlite")):
    connection.execute("CREATE TABLE sale (id INTEGER, amount DOUBLE)")
    connection.executemany("INSERT INTO sale VALUES (?, ?)", ROWS)
    connection.commit()
    connection.close()
context, found = gx.get_context(mode="ephemeral"), {}
for name in ("duckdb", "sqlite"):
    url = f"{name}:///shop.{name}"
    with sqlalchemy.create_engine(url).connect() as connection:
        count = connection.execute(sqlalchemy.text("SELECT count(*) FROM sale")).scalar()
    print(f"{name}: SQLAlchemy counts {count} rows")
    source = context.data_sources.add_sql(name, connection_string=url)
    batch = source.add_table_asset("sale", table_name="sale").add_batch_definition_whole_table("all").get_batch()
    for expectation in EXPECTED:
        result = batch.validate(expectation)
        info = result.exception_info
        told = [info] if "exception_message" in info else list(info.values())
        message = next((each["exception_message"] for each in told if each.get("raised_exception")), None)
        found[name, type(expectation).__name__] = result.success
        print(f"{name}: {type(expectation).__name__} {result.success}{f' ({message})' if message else ''}")
same = all(success == (name == "sqlite") for (name, _), success in found.items())
raise SystemExit(0 if same and len(found) == 6 else "this changed")
PY
