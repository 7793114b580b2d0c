"""Drawings: to scale, told in words, the same bytes each time, and with nothing in them but shapes and classes."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from fanwise.validator import Status
from fanwise.validator.report.blocks import Bar, Bars, Box, Boxes, IntervalMark, Intervals
from fanwise.validator.report.charts import STATUS_SHAPES, draw
from fanwise.validator.report.svg import page_drawing

SPACE = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "g", "path", "line", "rect", "circle", "polyline", "text", "tspan", "defs", "clipPath"}
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def bars(*values: float, scale: float | None = None) -> Bars:
    items = tuple(Bar(f"s{index}", value, f"{value:g}") for index, value in enumerate(values))
    return Bars("Rows by tier", "rows", items, scale if scale is not None else max(values))


def mark(label: str = "a: x / y", estimate: float = 1.4, status: Status = Status.PASS, **other: object) -> IntervalMark:
    given = {"low": estimate / 1.1, "high": estimate * 1.1, "declared": 1.5, "band": (1.35, 1.65)} | other
    return IntervalMark(label, estimate, status=status, text=f"{estimate:g} measured", **given)  # type: ignore[arg-type]


def intervals(*marks: IntervalMark) -> Intervals:
    return Intervals("Measured beside declared", 0.95, marks)


def boxes(*, log: bool = False, label: str = "VIP") -> Boxes:
    return Boxes("Amount by tier", "amount", (Box(label, 1, 10, 20, 40, 900, 33, "median 20"),), log)


BLOCKS = [bars(5, 10), intervals(mark()), boxes(), boxes(log=True)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_a_drawing_holds_shapes_and_words_only(block: Bars | Boxes | Intervals) -> None:
    svg = draw(block, "c1")
    root = parsed(svg)

    assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= TAGS
    assert re.search(r"#[0-9a-fA-F]{6}|rgb|style=|href|url\((?!#c1-)", svg) is None
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("c1-") for name in ids)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_a_drawing_is_an_image_whose_description_says_the_finding(block: Bars | Boxes | Intervals) -> None:
    root = parsed(draw(block, "c1"))
    told = {element.get("id"): element.text for element in root if element.get("id")}

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c1-title c1-desc"
    assert told["c1-title"] == block.caption
    assert all(item.text in (told["c1-desc"] or "") for item in block.items)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_a_drawing_is_the_same_bytes_each_time(block: Bars | Boxes | Intervals) -> None:
    assert draw(block, "c1") == draw(block, "c1")


def test_bars_start_at_zero_and_are_to_scale() -> None:
    root = parsed(draw(bars(10.0, 25.0, 100.0), "c1"))
    drawn = [rect for rect in root.iter(f"{SPACE}rect") if rect.get("class", "").startswith("fill-mark")]
    widths = sorted(float(rect.get("width", "nan")) for rect in drawn)

    assert [width / widths[-1] for width in widths] == pytest.approx([0.1, 0.25, 1.0], abs=0.001)
    assert {rect.get("x", "0") for rect in drawn} == {"0"}


def circles(root: ElementTree.Element, role: str) -> list[float]:
    return [float(each.get("cx", "nan")) for each in root.iter(f"{SPACE}circle") if role in each.get("class", "")]


def test_ratios_stand_on_a_logarithmic_axis() -> None:
    root = parsed(draw(intervals(mark("a", 1.0), mark("b", 2.0), mark("c", 4.0), mark("d", 0.5)), "c1"))

    one, two, four, half = circles(root, "fill-pass")

    assert four - two == pytest.approx(two - one, abs=0.2)
    assert one - half == pytest.approx(two - one, abs=0.2)


def test_bands_reach_from_end_to_end() -> None:
    root = parsed(draw(intervals(mark("a", 1.0, band=(1.0, 4.0)), mark("b", 2.0, band=(1.0, 2.0))), "c1"))
    wide, narrow = (
        float(each.get("width", "nan")) for each in root.iter(f"{SPACE}rect") if "fill-band" in each.get("class", "")
    )

    assert wide / narrow == pytest.approx(math.log(4) / math.log(2), rel=0.01)


def test_each_status_has_a_shape_of_its_own() -> None:
    assert len({shape for shape, _ in STATUS_SHAPES.values()}) == len(Status)
    assert len({sign for _, sign in STATUS_SHAPES.values()}) == len(Status)
    svg = draw(intervals(*(mark(status, status=status) for status in Status)), "c1")
    assert all(f"1.40× {status}" in svg for status in Status)


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert draw(intervals(), "c1") == ""
    assert draw(intervals(mark(estimate=math.nan)), "c1") == ""
    assert draw(Boxes("c", "u", ()), "c1") == ""
    assert draw(Bars("c", "u", (), 0.0), "c1") == ""
    bare = draw(intervals(mark("bare", 1.2, low=None, high=None, declared=None, band=None)), "c1")
    assert "fill-band" not in bare
    assert "1.20× PASS" in bare


@pytest.mark.parametrize("estimate", [1.0, 1.0000001, 1e-12, 1e12, 3.2])
def test_any_ratio_has_an_axis(estimate: float) -> None:
    root = parsed(draw(intervals(mark(estimate=estimate, declared=None, band=None)), "c1"))

    assert len(circles(root, "fill-pass")) == 1
    assert not any(text == "nan" for text in root.itertext())


@pytest.mark.parametrize("values", [(0.0, 0.0), (1.0,), (1e-9, 1e15)])
def test_any_bars_have_an_axis(values: tuple[float, ...]) -> None:
    assert "nan" not in draw(bars(*values), "c1").lower()


@pytest.mark.parametrize(
    "name",
    ["</svg><script>x</script>", "\\(x^2\\)", '<a href="javascript:x">a</a>', "q000q", "{x}", "\x1b[2J", "n" * 200],
)
def test_names_are_words_in_a_drawing(name: str) -> None:
    for block in (boxes(label=name), intervals(mark(name))):
        root = parsed(draw(block, "c1"))
        words = [text.strip() for text in root.itertext()]

        assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= TAGS
        shown = [word for word in words if word[:6] == name.replace("\x1b", "\\u001b")[:6]]
        assert shown
        assert [word for word in words if word != name and re.fullmatch(r"q\d{3}qn*", word)] == []


def test_foreign_elements_and_attributes_are_dropped() -> None:
    foreign = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10">'
        '<style>x</style><script>x</script><image xlink:href="http://x"/><a xlink:href="x"><text>t</text></a>'
        '<rect onclick="x" x="1.2345" fill="#123456" style="background: url(http://x)"/></svg>'
    )

    svg = page_drawing(foreign, "c", "t", "d", {}, {})

    assert svg.endswith('<rect x="1.2" class="fill-none"/></svg>')
    assert "http://x" not in svg
