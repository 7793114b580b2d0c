"""Files as a source: Parquet and CSV give the same features, and what cannot be read has a file and a line."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise.inference.sources.opening import opened
from fanwise.io.tables.csv import header_of
from fanwise.segmenter.errors import FanwiseError, MappingError, SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_source
from fanwise.validator import Status, audit
from tests.segmenter.shops import AS_OF, shop


def features(location: Path | str, work: Path, mapping: Path | None = None) -> pl.DataFrame:
    with open_source(location, mapping, folder=work, as_of=AS_OF) as source:
        return pl.read_parquet(build_features(source).path)


def refused(location: Path | str, work: Path, mapping: Path | None = None) -> str:
    with pytest.raises(FanwiseError) as caught:
        features(location, work, mapping)
    return str(caught.value)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_every_format_gives_the_same_features(tmp_path: Path, work: Path) -> None:
    tables = shop(7)
    for form in ("parquet", "csv", "gz", "parts"):
        (tmp_path / form).mkdir()
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / "parquet" / f"{name}.parquet")
        frame.write_csv(tmp_path / "csv" / f"{name}.csv")
        (tmp_path / "gz" / f"{name}.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
        (tmp_path / "parts" / name).mkdir()
        half = frame.height // 2
        frame[:half].write_parquet(tmp_path / "parts" / name / "part-0.parquet")
        frame[half:].write_parquet(tmp_path / "parts" / name / "part-1.parquet")
    expected = features(tmp_path / "parquet", work)

    assert features(tmp_path / "csv", work).equals(expected)
    assert features(tmp_path / "gz", work).equals(expected)
    assert features(tmp_path / "parts", work).equals(expected)


def test_a_single_file_of_lines_is_orders_and_lines(data: Path, work: Path) -> None:
    path = data / "export.csv"
    path.write_text(
        "basket_id,household_id,sold_at,product_id,quantity,sales_value\n"
        "b1,h1,2024-01-05 10:00:00,p1,1,10\nb1,h1,2024-01-05 10:00:00,p2,2,30\nb2,h1,2024-02-01 12:30:00,p1,1,5\n"
    )
    (data / "map.yaml").write_text("tables: {order: {at: sold_at}}\n")

    found = features(path, work, data / "map.yaml").row(0, named=True)

    assert (found["customer_id"], found["orders"], found["value"]) == ("h1", 2, 45.0)
    assert found["purchase_value.largest"] == 40.0
    assert found["category_exploration.products"] == 2


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_told_by_the_header(data: Path, work: Path, separator: str) -> None:
    rows = ["customer_id,order_date,amount", "007,2024-01-05,10.5", "007,2024-01-06,11"]
    (data / "orders.csv").write_text("\n".join(row.replace(",", separator) for row in rows) + "\n")

    found = features(data, work).row(0, named=True)

    assert (found["customer_id"], found["value"]) == ("007", 21.5)


@pytest.mark.parametrize(
    ("header", "first"),
    [('"",customer_id,order_date,amount', "column_1"), (",customer_id,order_date,Column_1", "column_1_")],
)
def test_a_column_without_a_name_is_called_by_its_place(data: Path, work: Path, header: str, first: str) -> None:
    """As pandas and R write the numbers of rows."""
    (data / "orders.csv").write_text(f"{header}\n0,007,2024-01-05,10.5\n1,007,2024-01-06,11\n")

    assert header_of(data / "orders.csv") == ([first, "customer_id", "order_date", header.rpartition(",")[2]], ",")
    if header.endswith("amount"):
        assert features(data, work).row(0, named=True)["value"] == 21.5


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_lines_may_end_as_on_any_system(data: Path, work: Path, end: str) -> None:
    rows = ["customer_id,order_date,amount", "007,2024-01-05,10.5", "007,2024-01-06,11"]
    (data / "orders.csv").write_bytes(end.join([*rows, ""]).encode())
    assert features(data, work).row(0, named=True)["value"] == 21.5


def test_line_ends_that_are_mixed_are_an_error_that_says_so(data: Path, work: Path) -> None:
    (data / "orders.csv").write_bytes(
        b"customer_id,order_date,amount\n7,2024-01-05,10\r7,2024-01-06,1\r\n8,2024-01-06,1\n"
    )
    assert "orders.csv: some lines end in CR, others in LF. Hint: end all lines in LF" in refused(data, work)


def test_dates_in_another_order_need_a_format(data: Path, work: Path) -> None:
    (data / "orders.csv").write_text("customer_id,order_date,amount\na,31/01/2024,10\na,01/02/2024,11\n")
    (data / "map.yaml").write_text("date_format: '%d/%m/%Y'\n")

    assert "date_format" in refused(data, work)
    assert features(data, work, data / "map.yaml")["customer_maturity.span_days"][0] == 1.0


HEADER = b"order_id,customer_id,order_date,amount\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            HEADER + b"1,a,2024-01-01,1\n2,a,2024-01-02\n",
            ["orders.csv:3:1", "the row has 3 values, the header has 4 columns"],
        ),
        (
            HEADER + b"1,a,2024-01-01,1\n2,a,2024-01-02,2,3\n",
            ["orders.csv:3:1", "the row has 5 values", "double quotes"],
        ),
        (HEADER + b"1,a,2024-01-01,1\n2,a,2024-01-02,cheap\n", ["orders.csv:3:16", "'cheap'", "column amount"]),
        (HEADER + b"1,a,yesterday,1\n", ["orders.csv:2:5", "'yesterday'", "is not a date and time"]),
        (HEADER + b"1,\xff\xe9,2024-01-01,1\n", ["orders.csv:2", "not UTF-8"]),
        (b"order_id,\xff,order_date\n1,2,3\n", ["orders.csv:1", "not UTF-8"]),
        (
            b"order_id,customer_id,customer_id,order_date\n",
            ["orders.csv:1", "duplicate column names in the header: customer_id"],
        ),
        (
            b"order_id,customer_id,Customer_ID,order_date\n",
            ["duplicate column names in the header: Customer_ID, customer_id", "the case of a name says nothing"],
        ),
        (b"", ["orders.csv:1", "no header line"]),
        (HEADER, ["orders", "the table is empty"]),
        (
            HEADER + b"1,a,2024-01-01,nan\n2,a,2024-01-02,inf\n",
            ["orders.amount", "2 values hold NaN or infinity", "order_id 1, 2"],
        ),
        (
            HEADER + b"1,a,2024-01-01,-5\n",
            ["orders.amount", "1 values are negative (first: order_id 1)", "returns: {negative: true}"],
        ),
        (
            HEADER + b"1,a,2024-01-01,5\n1,a,2024-01-01,5\n",
            ["orders.order_id", "1 rows have a duplicate id (first: 1)", "order_item"],
        ),
        (
            HEADER + b"1,,2024-01-01,5\n2,a,,5\n",
            ["none of 2 rows", "1 orders without a customer", "1 orders without an instant"],
        ),
    ],
)
def test_what_is_wrong_has_its_place(data: Path, work: Path, content: bytes, expected: list[str]) -> None:
    (data / "orders.csv").write_bytes(content)

    said = refused(data, work)

    assert [word for word in expected if word not in said] == [], said
    assert "Traceback" not in said


def test_everything_wrong_is_said_at_once(data: Path, work: Path) -> None:
    pl.DataFrame(
        {
            "order_id": [1, 1],
            "customer_id": ["a", "b"],
            "order_date": ["2024-01-01", "soon"],
            "amount": [float("nan"), -1.0],
        }
    ).write_parquet(data / "orders.parquet")

    said = refused(data, work)

    assert [
        word for word in ("NaN", "negative", "have a duplicate id", "are not a valid date") if word not in said
    ] == [], said


def test_bad_files_are_all_named(data: Path, work: Path) -> None:
    (data / "orders.parquet").write_bytes(b"not parquet")
    (data / "customers.csv").write_bytes(b"")

    said = refused(data, work)

    assert "orders.parquet" in said
    assert "customers.csv:1" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", "no such folder or file"),
        ("empty", "holds no files of tables"),
        ("notes.txt", "is neither a data file"),
    ],
)
def test_what_is_no_source_says_what_is_one(data: Path, work: Path, name: str, expected: str) -> None:
    (data / "empty").mkdir()
    (data / "notes.txt").write_text("hello")

    assert expected in refused(data / name, work)


def test_files_that_lie_deeper_are_not_read_and_named(data: Path, work: Path) -> None:
    (data / "orders" / "year=2024").mkdir(parents=True)
    (data / "orders" / "year=2024" / "0.csv").write_bytes(HEADER + b"1,a,2024-01-01,1\n")

    assert "are not read, such as orders/year=2024" in refused(data, work)


def test_a_table_in_two_formats_is_refused(data: Path, work: Path) -> None:
    shop(1)["order"].write_parquet(data / "order.parquet")
    shop(1)["order"].write_csv(data / "order.csv")

    assert "table order has files of several formats" in refused(data, work)


def test_parts_with_other_columns_are_refused(data: Path, work: Path) -> None:
    (data / "orders").mkdir()
    (data / "orders" / "1.csv").write_bytes(HEADER + b"1,a,2024-01-01,1\n")
    (data / "orders" / "2.csv").write_bytes(b"order_id,amount\n1,2\n")

    assert "its header differs from that of 1.csv" in refused(data, work)


def test_a_work_folder_must_be_there(data: Path, tmp_path: Path) -> None:
    (data / "orders.csv").write_bytes(HEADER + b"1,a,2024-01-01,1\n")

    with pytest.raises(MappingError, match="work folder does not exist"):
        features(data, tmp_path / "nowhere")


def test_nothing_is_left_in_the_work_folder(data: Path, work: Path) -> None:
    (data / "orders.csv").write_bytes(HEADER + b"1,a,2024-01-01,1\n")
    features(data, work)

    assert [path.name for path in work.iterdir()] == ["features.parquet"]


def test_no_other_file_can_be_read(data: Path, work: Path, tmp_path: Path) -> None:
    (data / "orders.csv").write_bytes(HEADER + b"1,a,2024-01-01,1\n")
    (tmp_path / "secret.csv").write_text("a\n1\n")

    with open_source(data, folder=work) as source, pytest.raises(SourceError, match=r"[Pp]ermission|disabled"):
        source.warehouse.rows("SELECT * FROM read_csv($1)", [str(tmp_path / "secret.csv")])


def test_a_column_of_an_arrow_file_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "": [3, 4]}).write_ipc(tmp_path / "t.arrow")
    with opened(str(tmp_path)) as found:
        assert list(found.source.tables["t"].columns) == ["id", "column_2"]
        assert found.rows("SELECT column_2 FROM data.t ORDER BY 1") == [(3,), (4,)]


def test_an_empty_key_of_json_lines_is_refused_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": 1}\n{"id": 2, "": 3}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="a key of the line is empty"), opened(str(tmp_path)):
        pass
    report = audit(tmp_path, {"contract": 1, "name": "x", "tables": {"t": {"columns": {"id": "int64"}}}})
    (error,) = report.with_status(Status.ERROR)
    assert "t.jsonl:2:1: a key of the line is empty" in error.message


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow", "jsonl"])
def test_a_name_that_no_query_can_hold_is_refused_with_its_file(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({"id": [1, 2], "na\0me": ["a", "b"]})
    write = {
        "csv": frame.write_csv,
        "parquet": frame.write_parquet,
        "arrow": frame.write_ipc,
        "jsonl": frame.write_ndjson,
    }
    write[ending](tmp_path / f"t.{ending}")
    with pytest.raises(FanwiseError) as error:
        fanwise.infer(str(tmp_path))

    assert f"t.{ending}: the name of column 'na\\u0000me' holds a NUL character" in str(error.value)
    assert "Hint: rename the column." in str(error.value)
