"""Tables of given rows: values as they are given, their types, what refers to them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import SchemaError, UsageError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

CSV = 'code,name,vat,people,eu\nUS,"United States, the",0,330,false\nDE,,0.19,83,true\nFR,007,0.20,68,true\n'
SCHEMA = """
fanwise: 1
name: shop
segments:
  region: {table: customer, share: {North: 0.5, South: 0.5}}
tables:
  plan:
    key: code
    values:
      - {code: free, price: 0, seats: 1}
      - {code: pro, price: 29.5, seats: null}
    columns:
      price: {type: "decimal(6,2)"}
      mood: {uniform: {min: 0, max: 1}}
  country: {key: code, file: lists/country.csv}
  customer:
    rows: 900
    key: id
    columns:
      id: {sequence: {}}
      region: {segment: region}
      country: {ref: country, weight: people}
      plan: {ref: plan}
      vat: {expr: country.vat}
      spend: {gamma: {mean: {country.code: {US: 10, DE: 20, FR: 30}}, shape: 3}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "country.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(SCHEMA, encoding="utf-8")
    return tmp_path


def frames(schema: object, *, chunk_rows: int | None = None, **options: object) -> dict[str, pl.DataFrame]:
    plan = compile_plan(load(schema), **options)
    parts: dict[str, list[pl.DataFrame]] = {}
    for found in generate(plan, chunk_rows=chunk_rows, threads=2):
        for name, frame in found.items():
            parts.setdefault(name, []).append(frame)
    return {name: pl.concat(found) for name, found in parts.items()}


def test_values_and_types_are_as_given(folder: Path) -> None:
    found = frames(folder / "shop.yaml")

    assert found["country"].rows() == [
        ("US", "United States, the", 0.0, 330, False), ("DE", None, 0.19, 83, True), ("FR", "007", 0.2, 68, True),
    ]  # fmt: skip
    assert found["plan"].drop("mood").schema == {"code": pl.String, "price": pl.Decimal(6, 2), "seats": pl.Int64}
    assert found["plan"]["seats"].to_list() == [1, None]


def test_references_draw_by_a_given_weight_and_paths_read_the_row(folder: Path) -> None:
    customer = frames(folder / "shop.yaml")["customer"]
    shares = dict(customer["country"].value_counts(normalize=True).iter_rows())
    vat = {"US": 0.0, "DE": 0.19, "FR": 0.2}

    assert shares["US"] == pytest.approx(330 / 481, abs=0.05)
    assert customer["vat"].to_list() == [vat[code] for code in customer["country"]]


@pytest.mark.parametrize("options", [{"chunk_rows": 7}, {"scale": 3}, {"rows": {"customer": 5}}])
def test_chunks_and_scale_leave_the_table_alone(folder: Path, options: dict[str, object]) -> None:
    found, whole = frames(folder / "shop.yaml", **options), frames(folder / "shop.yaml")

    for name in ("plan", "country"):
        assert_frame_equal(found[name], whole[name])
    shared = min(len(found["customer"]), 900)
    assert_frame_equal(found["customer"].head(shared), whole["customer"].head(shared))


def test_the_rows_cannot_be_set(folder: Path) -> None:
    with pytest.raises(UsageError, match="the rows of 'plan' are given"):
        compile_plan(load(folder / "shop.yaml"), rows={"plan": 9})


def test_the_plan_knows_the_file_and_the_mix_of_the_rows(folder: Path) -> None:
    plan = compile_plan(load(folder / "shop.yaml"))
    seen = (plan.dataset.tables["customer"].columns["country"].reference,), "code"
    mix = {profile[seen]: mass for profile, mass in plan.profiles.of("customer", [seen])}

    assert list(plan.files) == ["file lists/country.csv"]
    assert mix["US"] == pytest.approx(900 * 330 / 481)


def test_given_columns_go_together_in_the_forecast() -> None:
    """A ref by weight sees the rows as they are: its mean is Σ weight · price / Σ weight, not a product of means."""
    schema = """
fanwise: 1
name: s
segments: {tier: {table: customer, share: {A: 0.5, B: 0.5}, rank: A > B}}
tables:
  plan: {key: code, values: [{code: x, size: big, weight: 1}, {code: y, size: small, weight: 9}]}
  customer:
    rows: 20000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      plan: {ref: plan, weight: weight}
      spend: {normal: {mean: {plan.size: {big: 100, small: 10}}, sd: 1}, multiplier: {tier: {A: 2, B: 1}}}
"""
    plan = compile_plan(load(schema))
    effects = compile_contract(plan).effects

    assert dict(effects["value.customer.spend.tier"].declared) == {"A": 2.0, "B": 1.0}
    assert "spend" in str(forecast(plan))
    column = plan.tables["customer"].columns["plan"].generator
    assert [round(mass, 9) for _, mass in plan.profiles.weighted(column.reference, [((), "size")])] == [1.0, 9.0]


@pytest.mark.parametrize("format_", ["parquet", "csv", "jsonl", "arrow"])
def test_the_audit_compares_value_by_value(folder: Path, format_: str) -> None:
    found = run(load(folder / "shop.yaml"), RunOptions(out=folder / "out", format=format_))

    assert {f.id: str(f.status) for f in found.report.findings if f.check == "given"} == {
        "given.plan": "PASS",
        "given.country": "PASS",
    }


BAD = {
    "mixed types": ("[{code: a, n: 1}, {code: b, n: x}]", "have mixed types", "tables.plan.values[1].n"),
    "key twice": (
        "[{code: a}, {code: b}, {code: a}]",
        "'a' is there twice, first in row 1",
        "tables.plan.values[2].code",
    ),
    "key null": ("[{code: a}, {code: null}]", "the key 'code' is null", "tables.plan.values[1].code"),
    "lost column": ("[{code: a, n: 1}, {code: b}]", "the row has no 'n'", "tables.plan.values[1]"),
    "more columns": ("[{code: a}, {code: b, m: 1}]", "the first row has no 'm'", "tables.plan.values[1].m"),
    "a list": ("[{code: [1]}]", "", "tables.plan.values[0].code"),
    "no rows": ("[]", "", "tables.plan.values"),
}


@pytest.mark.parametrize("values", BAD)
def test_bad_values_are_told_with_their_place(values: str) -> None:
    text, why, path = BAD[values]
    with pytest.raises(SchemaError) as caught:
        load(f"fanwise: 1\nname: s\ntables:\n  plan: {{key: code, values: {text}}}\n")
    problem = caught.value.problems[0]

    assert (problem.path, problem.mark.line) == (path, 4)
    assert why in problem.why
    assert problem.hint


BAD_FILES = {
    "outside": ("../country.csv", CSV, "is not a path below the schema's folder"),
    "absolute": ("/etc/passwd", CSV, "is not a path below the schema's folder"),
    "missing": ("none.csv", CSV, "there is no file"),
    "ragged": ("c.csv", "code,n\na,1\nb\n", "c.csv:3: 1 values, but the header has 2 columns"),
    "no rows": ("c.csv", "code\n", "has no rows"),
    "bad name": ("c.csv", "code,a b\nx,1\n", "c.csv:1: 'a b' is not a name of a column"),
    "column twice": ("c.csv", "code,code\nx,1\n", "c.csv:1: the column 'code' is there twice"),
    "not UTF-8": ("c.csv", b"code\n\xff\n", "is not CSV in UTF-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_told(tmp_path: Path, name: str) -> None:
    file, content, why = BAD_FILES[name]
    (tmp_path / "c.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "s.yaml").write_text(f"fanwise: 1\nname: s\ntables:\n  plan: {{key: code, file: {file}}}\n")
    with pytest.raises(SchemaError, match="FW-SCHEMA-VALUES") as caught:
        load(tmp_path / "s.yaml")

    assert why in caught.value.problems[0].why
    assert caught.value.problems[0].mark.line == 4


def test_a_key_twice_in_a_file_names_the_line_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("code\na\nb\na\n")
    (tmp_path / "s.yaml").write_text("fanwise: 1\nname: s\ntables:\n  plan: {key: code, file: c.csv}\n")
    with pytest.raises(SchemaError, match=r"c\.csv:4:1: code 'a' is there twice, first in row 1"):
        load(tmp_path / "s.yaml")


ROLES = {
    "rows": ("{values: [{a: 1}], rows: 3}", "has no 'rows'"),
    "file and values": ("{values: [{a: 1}], file: c.csv}", "has no 'file'"),
    "a kind": ("{values: [{a: 1}], columns: {a: {sequence: {}}}}", "the rows give 'a' already"),
    "a change": ("{values: [{a: 1}], columns: {a: {given: {}, null: 10%}}}", "'null' would change given values"),
    "no rows": ("{rows: 2, columns: {a: {given: {}}}}", "do not give 'a'"),
    "no columns": ("{rows: 2}", "'columns' is missing"),
    "type": ("{values: [{a: x}], columns: {a: {type: int8}}}", "this column holds text, not integer"),
}


@pytest.mark.parametrize("role", ROLES)
def test_what_does_not_go_with_given_rows(role: str) -> None:
    table, why = ROLES[role]
    with pytest.raises(SchemaError) as caught:
        load(f"fanwise: 1\nname: s\ntables:\n  t: {table}\n")

    assert why in str(caught.value)
