"""The answer of `gen check` is kept between programs, under everything that it depends on, and a run uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.cli import questions
from fanwise.generator.cli.answers import Answer, keep_contract, kept_answer, known_answer, known_contract
from fanwise.generator.cli.questions import Question
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Forecast

ASKED = Question(None, 1.0, ())

SHOP = """\
fanwise: 1
name: shop
segments:
  tier: {table: customer, share: {a: 0.5, b: 0.5}, rank: a > b}
tables:
  customer:
    rows: 2000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      spent: {lognormal: {mean: 10, sd: 2}, multiplier: {tier: {a: 1.5, b: 1}}}
"""
PROGRAM = """
import sys
from fanwise.generator.cli import main
code = main(sys.argv[1:])
print(code, *sorted({"polars", "numpy", "sqlglot", "fanwise.validator.forecasting.forecast"} & set(sys.modules)))
"""


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANWISE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path


class Said:
    """Counts how often a forecast was computed."""

    def __init__(self) -> None:
        self.times = 0

    def of(self, schema: Path | str, asked: Question = ASKED) -> Answer:
        rows = dict(text.split("=") for text in asked.rows)
        sizes = {table: int(count) for table, count in rows.items()}
        plan = compile_plan(load(schema), seed=asked.seed, scale=asked.scale, rows=sizes)
        return kept_answer(asked, plan, lambda: self._made(plan), lambda: ["a remark"])

    def _made(self, plan: Plan) -> Forecast:
        self.times += 1
        return forecast(plan)


def test_an_answer_is_made_once_and_known_without_a_plan(schema: Path) -> None:
    said = Said()
    first = said.of(schema)

    assert said.of(schema) == first
    assert known_answer(ASKED, str(schema)) == first
    assert (said.times, first.warnings, len(first.forecast.outlooks) > 0) == (1, ("a remark",), True)


def test_a_ready_dataset_is_known_by_its_name() -> None:
    said = Said()

    assert known_answer(ASKED, "habits") is None
    assert known_answer(ASKED, "no such dataset") is None
    assert said.of("habits") == known_answer(ASKED, "habits")


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, seed=7),
        replace(ASKED, scale=2.0),
        replace(ASKED, rows=("customer=900",)),
        replace(ASKED, gates="none"),
    ],
    ids=["seed", "scale", "rows", "gates"],
)
def test_other_options_have_another_answer(schema: Path, other: Question) -> None:
    said = Said()
    said.of(schema)

    assert known_answer(other, str(schema)) is None
    said.of(schema, other)
    assert said.times == 2


def test_a_changed_schema_has_another_answer(schema: Path) -> None:
    said = Said()
    said.of(schema)
    schema.write_text(SHOP.replace("2000", "2001"))

    assert known_answer(ASKED, str(schema)) is None
    said.of(schema)
    assert said.times == 2


FILES: Mapping[str, tuple[str, str, str, str]] = {
    "include": (
        "rest.yaml",
        "tables: {note: {rows: 3, key: id, columns: {id: {sequence: {}}}}}\n",
        "rows: 3",
        "rows: 4",
    ),
    "sample": ("rest.csv", "city,n\nBonn,1\n", "Bonn", "Ulm"),
    "given": ("rest.csv", "id,city\n1,Bonn\n", "Bonn", "Ulm"),
}
USES = {
    "include": SHOP.replace("tables:", "include: rest.yaml\ntables:", 1),
    "sample": SHOP + "      city: {sample: {file: rest.csv, column: city}}\n",
    "given": SHOP + "  town: {key: id, file: rest.csv}\n",
}


@pytest.mark.parametrize("way", FILES)
def test_a_changed_file_beside_the_schema_has_another_answer(schema: Path, way: str) -> None:
    name, text, old, new = FILES[way]
    beside = schema.with_name(name)
    beside.write_text(text)
    schema.write_text(USES[way])
    said = Said()
    said.of(schema)
    said.of(schema)
    assert said.times == 1
    beside.write_text(text.replace(old, new))

    assert known_answer(ASKED, str(schema)) is None
    said.of(schema)
    assert said.times == 2


def test_another_program_computes_anew(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said()
    said.of(schema)
    monkeypatch.setattr(questions, "_program", lambda: b"another")

    assert known_answer(ASKED, str(schema)) is None
    said.of(schema)
    assert said.times == 2


def test_beside_plugins_nothing_is_kept(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_has_plugins", lambda: True)
    said = Said()

    assert said.of(schema) == said.of(schema)
    assert said.times == 2


def test_a_process_that_has_the_generator_asks_nothing_kept() -> None:
    assert Question.of(None, 1.0, None) is None


def told(*arguments: str, cache: str | None = None) -> tuple[list[str], str, str]:
    """Return exit code and loaded modules, standard output and standard error of a new program."""
    environment = os.environ if cache is None else {**os.environ, "FANWISE_CACHE": cache}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    *lines, last = done.stdout.splitlines()
    return last.split(), "\n".join(lines), done.stderr


@pytest.mark.system
def test_a_second_check_says_the_same_without_the_generator(schema: Path) -> None:
    schema.write_text(SHOP.replace("rows: 2000", "rows: 30").replace("sd: 2", "sd: 30"))  # too few: exit code 3
    for options in ([], ["--json"], ["--quiet"]):
        code, *loaded = told("check", str(schema), *options, cache="0")[0]
        first = told("check", str(schema), *options)
        again = told("check", str(schema), *options)

        assert (code, "polars" in loaded) == ("3", True)
        assert again[1:] == first[1:]
        assert again[0] == ["3"]


@pytest.mark.system
def test_a_run_uses_the_forecast_of_a_check(schema: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    without = told("run", str(schema), "--out", out, "--force", cache="0")
    told("check", str(schema))
    with_it = told("run", str(schema), "--out", out, "--force")

    assert "fanwise.validator.forecasting.forecast" in without[0]
    assert "fanwise.validator.forecasting.forecast" not in with_it[0]
    assert (with_it[0][0], with_it[1]) == (without[0][0], without[1])


def test_a_contract_is_known_without_a_plan(schema: Path) -> None:
    plan = compile_plan(load(schema))
    contract = compile_contract(plan)
    assert known_contract(ASKED, str(schema)) is None
    keep_contract(ASKED, plan, contract)

    assert known_contract(ASKED, str(schema)) == (plan.dataset.sha256, contract)
    assert known_contract(replace(ASKED, seed=7), str(schema)) is None


def test_a_contract_that_its_values_do_not_say_is_not_kept(schema: Path) -> None:
    plan = compile_plan(load(schema))
    contract = compile_contract(plan)
    axes = {name: replace(axis, counted=True) for name, axis in contract.axes.items()}
    keep_contract(ASKED, plan, replace(contract, axes=axes))

    assert known_contract(ASKED, str(schema)) is None


@pytest.mark.system
def test_an_audit_after_a_run_needs_no_generator(schema: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert told("run", str(schema), "--out", out)[0][0] == "0"
    audit = ("audit", out, "--schema", str(schema), "--json")
    without, with_it = told(*audit, cache="0"), told(*audit)

    assert "polars" in without[0]
    assert "polars" not in with_it[0]
    assert (with_it[0][0], with_it[1:]) == (without[0][0], without[1:])
    schema.write_text(SHOP.replace("2000", "2001"))
    assert "another version" in told(*audit)[2]


@pytest.mark.system
def test_an_audit_by_a_contract_needs_no_generator(schema: Path, tmp_path: Path) -> None:
    out, contract = str(tmp_path / "out"), str(tmp_path / "contract.yaml")
    told("run", str(schema), "--out", out, "--no-audit")
    told("contract", str(schema), "--out", contract)
    code, *loaded = told("audit", out, "--contract", contract)[0]

    assert (code, "polars" in loaded) == ("0", False)
