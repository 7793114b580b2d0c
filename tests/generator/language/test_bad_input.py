"""Every kind of mistake once: where it is reported, under which path, and with which way out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fanwise.generator.errors import Mark, Problem, SchemaError
from fanwise.generator.language import load

HERE = Path(__file__).parent
SHOP = (HERE / "shop.yaml").read_text(encoding="utf-8")
PLACE = "§"

# Mistakes that have to be mended in several places.
MENDED_IN = {
    "trend without window": 5,
    "balanced child": 3,
    "axis column twice": 2,
    "label with a line break": 2,
    "cycle": 2,
    "misspelt parameter": 2,
    "tables by case": 2,
}


@dataclass(frozen=True)
class Case:
    name: str
    old: str
    new: str
    code: str
    path: str
    words: tuple[str, ...]

    @classmethod
    def parse(cls, block: str) -> Case:
        name, *lines = block.split("\n")
        parts = {sign: [line[2:] for line in lines if line[:1] == sign] for sign in "-+!@?"}
        old, new = "\n".join(parts["-"]), "\n".join(parts["+"])
        return cls(name.strip(), old, new, parts["!"][0], parts["@"][0], tuple(parts["?"]))

    @property
    def text(self) -> str:
        old = self.old.replace(PLACE, "")
        assert old in SHOP, f"{self.name}: nothing to replace"
        return SHOP.replace(old, self.new.replace(PLACE, ""), 1)

    @property
    def place(self) -> tuple[str, Mark]:
        """The path and the mark of the problem."""
        path, _, mark = self.path.rpartition(" ")
        if path:
            line, column = map(int, mark.split(":"))
            return path, Mark(line, column)
        within = self.old if PLACE in self.old else self.new
        before = self.text[: SHOP.index(self.old.replace(PLACE, "")) + within.index(PLACE)]
        return self.path, Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))


CASES = [Case.parse(block) for block in (HERE / "bad_input.txt").read_text(encoding="utf-8").split("\n# ")[1:]]
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SchemaError) as caught:
        load(text, file="shop.yaml")
    return caught.value.problems


def test_the_schema_that_the_cases_break_is_good() -> None:
    assert load(SHOP).name == "shop"


@each_case
def test_a_mistake_is_reported_with_its_code_its_place_and_a_fix(case: Case) -> None:
    found = problems_of(case.text)

    assert (case.code, *case.place) in [(problem.code, problem.path, problem.mark) for problem in found]
    line = next(str(problem) for problem in found if problem.path == case.place[0])
    assert line.startswith("shop.yaml:")
    assert [word for word in case.words if word not in line] == [], line


@each_case
def test_one_mistake_is_one_complaint(case: Case) -> None:
    told = problems_of(case.text)

    assert len(told) <= MENDED_IN.get(case.name, 1), [str(problem) for problem in told]


@each_case
def test_every_complaint_shows_a_way_out(case: Case) -> None:
    assert [str(problem) for problem in problems_of(case.text) if not problem.hint] == []


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = SHOP
    for old, new in [
        ("VIP: 0.25", "VIP: 0.3"),
        ("rows: 3", "rows: x"),
        ("round: 2,", "rond: 2,"),
        ("order.at\n", "order.att\n"),
    ]:
        text = text.replace(old, new, 1)

    told = problems_of(text)

    assert [problem.path for problem in told] == [
        "segments.tier.share",
        "tables.store.rows",
        "tables.order.columns.amount.rond",
        "checks[0]",
    ]


def test_no_text_of_the_file_breaks_a_line_of_a_message() -> None:
    text = SHOP.replace("{VIP: 2, Casual: 1}", '{VIP: 2, Casual: 1, "x\\n\\e[2Jy": 3}').replace(
        "name: shop", 'name: "a\\nb"'
    )

    told = "\n".join(str(problem) for problem in problems_of(text))

    assert "\x1b" not in told
    assert all(line.startswith("shop.yaml:") for line in told.split("\n"))


def test_thousands_of_mistakes_are_cut_short() -> None:
    keys = "\n".join(f"key{number}: 1" for number in range(5000))

    told = problems_of(f"fanwise: 1\nname: x\n{keys}\n")

    assert len(told) == 201
    assert "only the first 200 problems" in str(told[-1])


@pytest.mark.parametrize(("old", "new"), [("fanout:", "fanot:"), ("columns:", "colums:"), ("rows: 3", "row: 3")])
def test_a_misspelt_key_of_a_table_is_not_also_a_missing_one(old: str, new: str) -> None:
    text = "fanwise: 1\nname: a\ntables:\n  a: {rows: 3, columns: {id: {sequence: {}}}}\n"
    text += "  b: {parent: a, fanout: {fixed: 2}, columns: {id: {sequence: {}}}}\n"

    told = problems_of(text.replace(old, new, 1))

    assert [problem.why for problem in told] == ["unknown key"]
