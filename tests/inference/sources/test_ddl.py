"""DDL of several dialects: the same shop, each in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

import fanwise
from fanwise.generator.plan import compile_plan

POSTGRES = """
CREATE TYPE status AS ENUM ('new', 'paid');
CREATE TABLE customer (
  customer_id bigserial PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, country char(2), created_at timestamptz NOT NULL);
CREATE TABLE "order" (
  order_id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer, state status,
  total numeric(10,2) CHECK (total >= 0), is_gift boolean);
CREATE TABLE line (
  order_id bigint NOT NULL REFERENCES "order"(order_id), line_no int, quantity int CHECK (quantity BETWEEN 1 AND 5),
  PRIMARY KEY (order_id, line_no));
CREATE INDEX i ON line (quantity);
"""
OTHERS = {
    "mysql": """
CREATE TABLE `customer` (`customer_id` BIGINT AUTO_INCREMENT, `email` VARCHAR(120) NOT NULL, `country` CHAR(2),
  `created_at` DATETIME NOT NULL, PRIMARY KEY (`customer_id`), UNIQUE KEY `e` (`email`)) ENGINE=InnoDB;
CREATE TABLE `order` (`order_id` BIGINT PRIMARY KEY, `customer_id` BIGINT NOT NULL, `state` ENUM('new','paid'),
  `total` DECIMAL(10,2) CHECK (`total` >= 0), `is_gift` TINYINT(1),
  CONSTRAINT `c` FOREIGN KEY (`customer_id`) REFERENCES `customer` (`customer_id`));
CREATE TABLE `line` (`order_id` BIGINT NOT NULL, `line_no` INT, `quantity` INT CHECK (`quantity` BETWEEN 1 AND 5),
  PRIMARY KEY (`order_id`, `line_no`), FOREIGN KEY (`order_id`) REFERENCES `order` (`order_id`));
""",
    "sqlite": """
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, country TEXT,
  created_at DATETIME NOT NULL);
CREATE TABLE [order] (order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(customer_id),
  state TEXT CHECK (state IN ('new', 'paid')), total DECIMAL(10,2) CHECK (total >= 0), is_gift BOOLEAN);
CREATE TABLE line (order_id INTEGER NOT NULL REFERENCES [order](order_id), line_no INTEGER,
  quantity INTEGER CHECK (quantity >= 1 AND quantity <= 5), PRIMARY KEY (order_id, line_no)) WITHOUT ROWID;
""",
    "tsql": """
CREATE TABLE [dbo].[customer] ([customer_id] BIGINT IDENTITY(1,1) PRIMARY KEY, [email] NVARCHAR(120) NOT NULL UNIQUE,
  [country] CHAR(2), [created_at] DATETIME2 NOT NULL);
CREATE TABLE [dbo].[order] ([order_id] BIGINT PRIMARY KEY, [customer_id] BIGINT NOT NULL,
  [state] NVARCHAR(10) CHECK ([state] IN ('new', 'paid')), [total] DECIMAL(10,2) CHECK ([total] >= 0), [is_gift] BIT,
  FOREIGN KEY ([customer_id]) REFERENCES [dbo].[customer] ([customer_id]));
CREATE TABLE [dbo].[line] ([order_id] BIGINT NOT NULL FOREIGN KEY REFERENCES [dbo].[order] ([order_id]), [line_no] INT,
  [quantity] INT CHECK ([quantity] BETWEEN 1 AND 5), CONSTRAINT [k] PRIMARY KEY ([order_id], [line_no]));
""",
    "snowflake": """
CREATE OR REPLACE TABLE customer (customer_id NUMBER(38,0) PRIMARY KEY, email VARCHAR(120) NOT NULL UNIQUE,
  country CHAR(2), created_at TIMESTAMP_NTZ NOT NULL);
CREATE OR REPLACE TABLE "order" (order_id NUMBER(38,0) PRIMARY KEY, customer_id NUMBER(38,0) NOT NULL REFERENCES customer
  (customer_id), state VARCHAR(8), total NUMBER(10,2), is_gift BOOLEAN);
CREATE OR REPLACE TABLE line (order_id NUMBER(38,0) NOT NULL, line_no NUMBER(38,0), quantity NUMBER(38,0),
  PRIMARY KEY (order_id, line_no), FOREIGN KEY (order_id) REFERENCES "order" (order_id));
""",
    "bigquery": """
CREATE TABLE `shop.customer` (customer_id INT64 NOT NULL, email STRING NOT NULL, country STRING, created_at TIMESTAMP
  NOT NULL, PRIMARY KEY (customer_id) NOT ENFORCED);
CREATE TABLE `shop.order` (order_id INT64 NOT NULL, customer_id INT64 NOT NULL, state STRING, total NUMERIC(10,2),
  is_gift BOOL, PRIMARY KEY (order_id) NOT ENFORCED,
  FOREIGN KEY (customer_id) REFERENCES `shop.customer` (customer_id) NOT ENFORCED);
CREATE TABLE `shop.line` (order_id INT64 NOT NULL, line_no INT64, quantity INT64,
  PRIMARY KEY (order_id, line_no) NOT ENFORCED,
  FOREIGN KEY (order_id) REFERENCES `shop.order` (order_id) NOT ENFORCED);
""",
}
OTHERS["duckdb"] = POSTGRES.replace("bigserial", "BIGINT")


def inferred(folder: Path, ddl: str, dialect: str | None = None) -> str:
    file = folder / "shop.sql"
    file.write_text(ddl)
    return fanwise.infer(file, dialect=dialect)


@pytest.mark.parametrize(("dialect", "ddl"), [("postgres", POSTGRES), *OTHERS.items()], ids=lambda each: each[:9])
def test_every_dialect_gives_keys_references_and_types(dialect: str, ddl: str, tmp_path: Path) -> None:
    text = inferred(tmp_path, ddl, dialect)
    plan = compile_plan(fanwise.load(text))

    assert {name: table.key for name, table in plan.dataset.tables.items()} == {
        "customer": ("customer_id",),
        "order": ("order_id",),
        "line": ("order_id", "line_no"),
    }
    assert {name: bound.parent for name, bound in plan.tables.items()} == {
        "customer": None,
        "order": "customer",
        "line": "order",
    }
    types = {name: str(column.dtype) for name, column in plan.tables["order"].columns.items()}
    assert types["is_gift"] == "Boolean"
    assert types["total"].startswith("Decimal(precision=10, scale=2")
    assert "default" in text


def test_bounds_and_values_of_checks_are_kept(tmp_path: Path) -> None:
    data = fanwise.dataset(inferred(tmp_path, POSTGRES), rows={"customer": 200})

    assert set(data["line"]["quantity"]) == {1, 2, 3, 4, 5}
    assert set(data["order"]["state"]) == {"new", "paid"}
    assert data["order"]["total"].min() >= 0


def test_the_dialect_is_found_and_other_statements_are_named(tmp_path: Path) -> None:
    text = inferred(tmp_path, OTHERS["mysql"])
    assert "customer_id: {parent: customer_id}" in text

    assert "left out: 1 CREATE" in inferred(
        tmp_path, POSTGRES + "INSERT INTO customer VALUES (1);", "postgres"
    ).replace("2 CREATE", "1 CREATE")


def test_ddl_that_makes_no_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(fanwise.SourceError, match="no statement makes a table"):
        inferred(tmp_path, "SELECT 1; DROP TABLE x;")
    with pytest.raises(fanwise.InputError, match="unknown dialect"):
        inferred(tmp_path, POSTGRES, "postgress")
    with pytest.raises(fanwise.SourceError, match="cannot be parsed"):
        inferred(tmp_path, "CREATE TABLE (((", "postgres")


def test_cycles_and_lost_tables_are_told(tmp_path: Path) -> None:
    text = inferred(
        tmp_path,
        "CREATE TABLE a (id int primary key, b_id int references b(id));"
        "CREATE TABLE b (id int primary key, a_id int references a(id), boss_id int references b(id), c_id int references c(id));",
    )
    assert "which the cycle" in text
    assert "refers to c, which this file does not make" in text
    assert "boss_id: {ref: b}" in text
