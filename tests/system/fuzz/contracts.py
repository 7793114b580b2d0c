"""Mutants of contracts: refused with a code, or used to judge the data of the contract that they were made of."""

from __future__ import annotations

import copy
import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import audit, load_contract
from fanwise.validator.contract.load import to_dict
from fanwise.validator.findings import Status
from tests.system.fuzz.edits import EDITS, doubled, places, put, some
from tests.system.fuzz.judge import made
from tests.system.fuzz.outcomes import Outcome, guarded, told
from tests.system.fuzz.seeds import documents

__all__ = ["judge", "mutant", "outcome_of"]

CONDITIONS = (
    "id > 0", "1 = 1", "id / 0 > 1", "amount >= 0 and amount < 1e300", "tier = 'VIP' or tier is null", "customer.tier = 'x'",
    "purchase.shipped >= purchase.at", "nothing > 1", "id is null", "lower(id) = 'a'", "case when id > 1 then true end", "'x'",
    "at < timestamp '2024-02-30'", "(select 1) = 1", "id = id = id", "", "length(name) < 3 or name like '%'", "round(id, 400) = id",
    "date_trunc('month', at) = at", "1e400 > id", "id in (1, 2, null)", "not (id between 1 and 0)",
)  # fmt: skip
TYPES = (
    "int8",
    "int64",
    "float32",
    "float64",
    "text",
    "bool",
    "date",
    "time",
    "timestamp",
    "decimal(9,2)",
    "json",
    "uuid",
    "list",
    "int",
)
PARTS: tuple[tuple[str, Any], ...] = (
    ("min", 5), ("max", -1), ("min", "2024-01-01"), ("decimals", 0), ("decimals", 400), ("nulls", 0.5), ("nullable", False),
    ("unique", True), ("values", ["a"]), ("values", []), ("kind", "continuous"), ("holds", ["id > 3"]), ("ascends", True),
    ("numbered", {"start": 1, "step": 0}), ("formula", "id + 1"), ("rollup", {"sum": "purchase.amount"}), ("length", [1, 2]),
    ("pattern", "(a+)+$"), ("date_format", "%d.%m.%Y"), ("moves", {"start": "new", "next": {}}), ("digits", 3),
)  # fmt: skip


@cache
def seed_of(name: str) -> tuple[str, dict[str, pl.DataFrame]]:
    """Return a contract as YAML, and data that keep it."""
    plan = compile_plan(load(dict(documents())[name]))
    frames = {table: frame for table, frame in made(plan).items() if frame.width}
    return yaml.safe_dump(to_dict(compile_contract(plan)), sort_keys=False), frames


def mutant(number: int, seed: int = 0) -> tuple[str, str]:
    """Return the name of what a mutant was made of, and its text. The same numbers give the same mutant."""
    rng = random.Random(f"contract {seed} {number}")
    name = rng.choice([name for name, _ in documents()])
    content = yaml.safe_load(seed_of(name)[0])
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice((*EDITS, _condition, _condition, _column, _column, _type))(rng, content)
    out: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)
    return name, doubled(rng, out) if rng.random() < 0.03 else out


def _columns(content: Any) -> list[Any]:
    return [place for place in places(content) if len(place) == 4 and place[0] == "tables" and place[2] == "columns"]


def _condition(rng: random.Random, content: Any) -> None:
    if isinstance(content, dict):
        tables = content.get("tables")
        table = rng.choice(list(tables)) if isinstance(tables, dict) and tables else "t"
        checks = content.setdefault("checks", [])
        if isinstance(checks, list):
            checks.append({"table": table, "text": rng.choice(CONDITIONS)})


def _column(rng: random.Random, content: Any) -> None:
    if found := _columns(content):
        key, value = rng.choice(PARTS)
        put(content, (*rng.choice(found), key), copy.deepcopy(value)) if _is_mapping(content, found[0]) else None


def _is_mapping(content: Any, place: Any) -> bool:
    return all(isinstance(column, dict) for column in _of(content, place))


def _of(content: Any, place: Any) -> list[Any]:
    return list(content["tables"][place[1]]["columns"].values())


def _type(rng: random.Random, content: Any) -> None:
    put(
        content,
        some(rng, content, lambda value: value in TYPES if isinstance(value, str) else False),
        rng.choice(TYPES),
    )


def outcome_of(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number."""
    name, text = mutant(number, seed)
    found = guarded(lambda: judge(text, seed_of(name)[1], pages=number % 16 == 0), told)
    return found.kind, found.detail


def judge(text: str, frames: dict[str, pl.DataFrame], *, pages: bool = False) -> Outcome:
    """Judge data by a contract; raises what refuses it. pages: the report is made in each of its formats, too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "contract.yaml")
        path.write_text(text, encoding="utf-8")
        contract = load_contract(path)
    said = to_dict(contract)
    if to_dict(load_contract(json.loads(json.dumps(said, allow_nan=False)))) != said:
        return Outcome("broken law", "a contract that is written and read again is another")
    report = audit(frames, contract, threads=1)
    json.loads(report.to_json(), parse_constant=_refuse)
    report.text()
    for ending in (".txt", ".md", ".html", ".xml") if pages else ():
        report.render(ending)
    if lost := [finding for finding in report.findings if finding.status is Status.ERROR]:
        return Outcome("error", lost[0].text if hasattr(lost[0], "text") else str(lost[0])[:300])
    if report.exit_code != 1 and (broken := _broken(said, frames)):
        return Outcome("broken law", f"{broken} is broken and not found")
    return Outcome("judged", str(report.exit_code))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} in a report")


def _broken(contract: dict[str, Any], frames: dict[str, pl.DataFrame]) -> str:
    """Return a promise of a column that its values break, read without the auditor's code; "" if there is none."""
    if contract.get("gates") == "none" or contract.get("defects"):
        return ""
    for name, table in contract["tables"].items():
        if name not in frames:
            return f"the table {name}"
        for column, said in table["columns"].items():
            if not isinstance(said, dict):
                continue
            if column not in frames[name].columns:
                return f"the column {name}.{column}"
            series = frames[name][column]
            low, high = said.get("min"), said.get("max")
            if said.get("nullable") is False and series.null_count():
                return f"nullable of {name}.{column}"
            if said.get("unique") is True and series.dtype.is_integer() and series.drop_nulls().is_duplicated().any():
                return f"unique of {name}.{column}"
            if series.dtype.is_integer() and series.drop_nulls().len():
                least, most = int(series.min()), int(series.max())  # type: ignore[arg-type]
                if (isinstance(low, int | float) and least < low) or (isinstance(high, int | float) and most > high):
                    return f"bounds of {name}.{column}"
    return ""
