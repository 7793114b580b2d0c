"""The document: every section is there, in order, and says what the report says; tables are whole, bars to scale."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.text.blocks import Block, Boxes, Document, Entries, Fold, Intervals, Items, Paragraph, Table, bars, text_of
from fanwise.validator import Report, Status
from fanwise.validator.findings import WORST
from fanwise.validator.report.document import document_of
from fanwise.validator.report.json import report_schema
from fanwise.validator.verdict.grades import LADDER
from fanwise.validator.verdict.verdict import decide

ORDER = [
    "actions", "causes", "findings", "effects", "population", "fanout", "value", "lifetime", "grades", "checks",
    "completeness", "structure", "statistics", "forecast", "verification", "shares", "method", "glossary",
]  # fmt: skip
FLAT = {"VIP": 1.0, "Standard": 1.0, "Casual": 1.0}
NEVER = ("statistically identical", "insignificant", "accept the null", "cannot be rejected", "nan", "None")


@pytest.fixture
def broken(make) -> Report:
    return make(seed=91, price=FLAT).audit()


def blocks(document: Document, kind: type[Block]) -> list:
    found = [block for section in document.sections for block in section.blocks]
    return [block for block in found if isinstance(block, kind)]


def charts(document: Document, kind: type) -> list:
    return [table.chart for table in blocks(document, Table) if isinstance(table.chart, kind)]


def texts(document: Document) -> list[str]:
    found = [document.title, document.line, *(section.title for section in document.sections)]
    found += [block.text for block in blocks(document, Paragraph)]
    found += [item for block in blocks(document, Items) for item in block.items]
    for table in blocks(document, Table):
        found += [table.caption, table.note, *(column.name for column in table.columns)]
        found += [text_of(cell) for row in table.rows for cell in row]
    return found


def test_sections_stand_in_the_order_of_reading(broken: Report) -> None:
    found = [section.id for section in document_of(broken).sections]

    assert found == [name for name in ORDER if name in found]
    assert set(ORDER) - set(found) == {"forecast"}


def test_every_table_is_whole(broken: Report) -> None:
    for table in blocks(document_of(broken), Table):
        assert table.rows, table.caption
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.caption
        statuses = [at for at, column in enumerate(table.columns) if column.kind == "status"]
        assert all(row[at] in Status.__members__ or not row[at] for row in table.rows for at in statuses)


def test_it_is_plain_text_without_gaps(broken: Report) -> None:
    for text in texts(document_of(broken)):
        assert isinstance(text, str)
        assert not any(word in text.split() or (f"{word} " in f"{text} " and " " in word) for word in NEVER), text


def test_drawings_are_finite_and_in_order(broken: Report) -> None:
    document = document_of(broken)
    for box in (item for chart in charts(document, Boxes) for item in chart.items):
        assert box.low <= box.p25 <= box.median <= box.p75 <= box.high
    for mark in (item for chart in charts(document, Intervals) for item in chart.items):
        assert mark.low <= mark.estimate <= mark.high
        assert mark.band is None or mark.band[0] < mark.band[1]


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=8))
def test_the_length_of_a_bar_is_proportional_to_its_value(values: list[float]) -> None:
    lengths = [cell.bar or 0.0 for cell in bars(values, [""] * len(values))]

    assert all(0 <= length <= 1 for length in lengths)
    for (one, a), (other, b) in itertools.combinations(zip(values, lengths, strict=True), 2):
        assert one * b == pytest.approx(other * a, rel=1e-9, abs=1e-300)
    if max(values) > 0:
        assert max(lengths) == 1


def test_shares_are_drawn_to_one(broken: Report) -> None:
    table = document_of(broken).section("population").blocks[0]

    assert [row[2].bar for row in table.rows] == pytest.approx(
        [float(row[2].text[:-2]) / 100 for row in table.rows], abs=1e-3
    )


def folds(within: Iterable[Block]) -> Iterator[Fold]:
    """Yield every fold, and those in it."""
    for block in within:
        if isinstance(block, Fold):
            yield block
            yield from folds(block.blocks)


def test_every_finding_stands_behind_its_check(broken: Report) -> None:
    document = document_of(broken)
    listed = [block for fold in folds(document.section("checks").blocks) for block in fold.blocks]
    told = [entry.text for block in listed if isinstance(block, Entries) for entry in block.items]

    assert sorted(told) == sorted(finding.message for finding in broken.findings)
    counts = " ".join(
        item for block in document.section("checks").blocks if isinstance(block, Items) for item in block.items
    )
    for name in {finding.check for finding in broken.findings}:
        own = [finding.status for finding in broken.findings if finding.check == name]
        assert f"{name} {own.count('PASS')} of {len(own) - own.count('SKIPPED')}" in counts


def test_every_format_counts_alike(broken: Report) -> None:
    """A warning is not a pass: the line, the JSON and the checks of the document say the same of the same findings."""
    for report in (
        broken,
        replace(broken, verdict=decide([f for f in broken.findings if f.status in ("PASS", "WARN")])),
    ):
        counts = report.to_dict()["summary"]["counts"]
        run = sum(counts.values()) - counts["SKIPPED"]
        assert f" {run:,} checks" in report.verdict.line
        if report.status == "PASS" and counts["WARN"]:
            assert report.verdict.line.startswith(
                f"{counts['PASS']:,} of {run:,} checks passed, {counts['WARN']:,} warn"
            )


def test_what_to_do_lists_the_worst_first(broken: Report) -> None:
    (found,) = document_of(broken).section("actions").blocks
    statuses = [entry.status for entry in found.items]

    assert statuses == sorted(statuses, key=list(WORST).index)


def test_the_ladder_is_published(broken: Report) -> None:
    ladder = next(each for each in blocks(document_of(broken), Table) if each.caption == "Grades")

    assert dict(ladder.rows) == LADDER


def test_nothing_to_do_where_all_is_well(make) -> None:
    report = make(seed=92, customers=20_000).audit()
    document = document_of(report)

    assert report.with_status(Status.WARN) == ()
    assert document.section("actions") is None


def test_structure_counts_orphans_nulls_and_repeats(shop) -> None:
    order, item = shop.frames["order"], shop.frames["item"]
    shop.frames["order"] = order.filter(order["order_id"] != 3).vstack(order.head(1))
    report = shop.audit()
    by_name = {each.table: each for each in report.structures}

    assert by_name["order"].repeated == 1
    assert by_name["item"].references[0].orphans == (item["order_id"] == 3).sum()
    assert next(each for each in by_name["review"].columns if each.name == "customer_id").nulls == 72
    assert by_name["customer"].repeated == 0


def test_a_missing_table_leaves_gaps_and_no_error(shop) -> None:
    del shop.frames["item"]
    report = shop.audit()
    document = document_of(report)

    assert next(each for each in report.structures if each.table == "item").rows is None
    assert any("not read" in table.caption for table in blocks(document, Table))
    jsonschema.Draft202012Validator(report_schema()).validate(report.to_dict())


@pytest.mark.parametrize("fault", [{}, {"price": FLAT}, {"customers": 12}, {"customers": 40, "orders": 0.2}])
def test_json_follows_its_schema(make, fault: dict) -> None:
    report = make(seed=93, **fault).audit()

    jsonschema.Draft202012Validator(report_schema()).validate(report.to_dict())
    assert texts(document_of(report))


def test_a_baseline_is_a_section_of_its_own(make) -> None:
    older = make(seed=94).audit().to_dict()
    document = document_of(make(seed=94, price=FLAT).audit().against(older))
    table = next(block for block in document.section("baseline").blocks if isinstance(block, Table))

    assert {row[1:] for row in table.rows} >= {("PASS", "FAIL")}
    assert any("mean item.price" in row[0] for row in table.rows)


def test_a_pair_is_listed_once_where_its_order_is_not_there(broken: Report) -> None:
    (found,) = document_of(broken).section("actions").blocks
    assert isinstance(found, Entries)
    failed = [each.text.split(" (")[0] for each in found.items if each.status == "FAIL"]

    assert len(failed) == len(set(failed)) == 2


def test_information_that_is_gone_is_no_regression(make) -> None:
    shop = make(seed=95)
    older = shop.audit().to_dict()
    older["checks"].append({**next(each for each in older["checks"] if each["check"] == "shape"), "id": "shape.gone"})

    assert not [each for each in shop.audit().against(older).baseline.worse if each.id == "shape.gone"]
