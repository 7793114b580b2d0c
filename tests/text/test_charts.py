"""Charts: to scale, in the colours of the page, the same bytes each time, and no name in them can act."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fanwise.text.blocks import Box, Boxes, Chart, Interval, Intervals, Points
from fanwise.text.charts import STATUS_SHAPES, draw

TAGS = {"svg", "g", "path", "line", "rect", "circle", "polyline", "text", "tspan", "defs", "clipPath"}
GEOMETRY = {
    "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "points", "d", "dy", "dx", "transform", "fill",
    "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "text-anchor", "id", "clip-path", "class", "style",
}  # fmt: skip


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def mark(label: str = "x / y", estimate: float = 1.4, status: str = "PASS", **other: object) -> Interval:
    given = {"low": estimate / 1.1, "high": estimate * 1.1, "expected": 1.5, "band": (1.35, 1.65), "group": "a"} | other
    return Interval(label=label, estimate=estimate, status=status, **given)  # type: ignore[arg-type]


def intervals(*marks: Interval) -> Intervals:
    return Intervals("ratio", 0.95, marks)


def boxes(*, log: bool = False, label: str = "VIP") -> Boxes:
    return Boxes("amount", (Box(label, 1, 10, 20, 40, 900, 33),), log)


CHARTS: list[Chart] = [
    intervals(mark(), mark(group="b")),
    boxes(),
    boxes(log=True),
    Points("k", "z", ((1, 0.0), (2, 3.5), (3, 1.25)), 2.5, 2),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_a_chart_is_shapes_and_words_in_the_colours_of_the_page(chart: Chart) -> None:
    root = parsed(draw(chart, "c1", "Amounts & more"))
    elements = list(root.iter())[1:]
    paints = {each.get(paint) for each in elements for paint in ("fill", "stroke") if each.get("stroke-width") != "0"}

    assert {element.tag for element in root.iter()} <= TAGS
    assert {key for element in elements for key in element.attrib} <= GEOMETRY
    assert all(paint in (None, "none") or re.fullmatch(r"var\(--[a-z]+\)", paint) for paint in paints)
    assert (root.get("role"), root.get("aria-label")) == ("img", "Amounts & more")


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_a_chart_is_the_same_bytes_each_time_and_has_ids_of_its_own(chart: Chart) -> None:
    svg = draw(chart, "c1", "t")
    ids = re.findall(r' id="([^"]+)"', svg)

    assert draw(chart, "c1", "t") == svg
    assert len(set(ids)) == len(ids) > 0
    assert all(name.startswith("c1-") for name in [*ids, *re.findall(r"url\(#([^)]+)\)", svg)])
    assert not re.search(r"\d\.\d\d", svg)


def circles(root: ElementTree.Element) -> list[float]:
    return [float(each.get("cx", "nan")) for each in root.iter("circle")]


def test_ratios_stand_on_a_logarithmic_axis() -> None:
    root = parsed(
        draw(intervals(*(mark(name, ratio) for name, ratio in zip("abcd", (1, 2, 4, 0.5), strict=True))), "c1", "t")
    )

    one, two, four, half = circles(root)

    assert four - two == pytest.approx(two - one, abs=0.2)
    assert one - half == pytest.approx(two - one, abs=0.2)


def test_bands_reach_from_end_to_end() -> None:
    root = parsed(draw(intervals(mark("a", 1.0, band=(1.0, 4.0)), mark("b", 2.0, band=(1.0, 2.0))), "c1", "t"))
    wide, narrow = (float(each.get("width", "nan")) for each in root.iter("rect") if "band" in each.get("fill", ""))

    assert wide / narrow == pytest.approx(math.log(4) / math.log(2), rel=0.01)


def test_each_status_has_a_shape_and_a_colour_of_its_own() -> None:
    assert len({shape for shape, _ in STATUS_SHAPES.values()}) == len({sign for _, sign in STATUS_SHAPES.values()}) == 6
    svg = draw(intervals(*(mark(status, status=status) for status in STATUS_SHAPES)), "c1", "t")

    assert all(f'fill="var(--{status.lower()})"' in svg for status in ("PASS", "WARN", "FAIL", "INCONCLUSIVE"))


def test_a_group_is_named_once_above_its_marks() -> None:
    words = list(
        parsed(
            draw(intervals(mark("p", group="one"), mark("q", group="one"), mark("r", group="two")), "c", "t")
        ).itertext()
    )

    assert (words.count("one"), words.count("two")) == (1, 1)


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert draw(intervals(), "c1", "t") == ""
    assert draw(intervals(mark(estimate=math.nan)), "c1", "t") == ""
    assert draw(Boxes("u", ()), "c1", "t") == ""
    assert draw(Points("x", "y", ()), "c1", "t") == ""
    bare = draw(intervals(mark("bare", 1.2, low=None, high=None, expected=None, band=None)), "c1", "t")
    assert "--band" not in bare
    assert "bare" in bare


@pytest.mark.parametrize("estimate", [1.0, 1.0000001, 1e-12, 1e12, 3.2])
def test_any_ratio_has_an_axis(estimate: float) -> None:
    root = parsed(draw(intervals(mark(estimate=estimate, expected=None, band=None)), "c1", "t"))

    assert len(circles(root)) == 1
    assert not any(text == "nan" for text in root.itertext())


@pytest.mark.parametrize(
    "name",
    ["</svg><script>x</script>", "\\(x^2\\)", '<a href="javascript:x">a</a>', "q000q", "{x}", "\x1b[2J", "n" * 200],
)
def test_names_are_words_in_a_chart(name: str) -> None:
    for chart in (boxes(label=name), intervals(mark(name, group=name)), Points(name, name, ((1, 1), (2, 2)))):
        root = parsed(draw(chart, "c1", name))
        words = [text.strip() for text in root.itertext()]

        assert {element.tag for element in root.iter()} <= TAGS
        assert [word for word in words if word[:6] == name.replace("\x1b", "\\u001b")[:6]] or len(name) > 100
        assert [word for word in words if word != name and re.fullmatch(r"q\d{3}qn*", word)] == []


def test_a_long_label_is_wrapped_and_loses_its_beginning_at_last() -> None:
    words = list(parsed(draw(boxes(label="Enterprise / Business over private and affluent"), "c", "t")).itertext())
    assert {"Enterprise / Business over private", "and affluent"} <= set(words)

    words = list(parsed(draw(boxes(label=f"{'very ' * 30}long in Spain"), "c", "t")).itertext())
    assert any(word.startswith("…") for word in words)
    assert any(word.endswith("in Spain") for word in words)


@pytest.mark.system
def test_a_library_that_nobody_compiled_warns_of_nothing(tmp_path: Path) -> None:
    """Some installers do not compile what they install; where warnings are errors, the page then ended a run."""
    options = ["-W", "error", "-X", f"pycache_prefix={tmp_path}"]
    command = [sys.executable, *options, "-c", "from fanwise.text import charts; charts.prepare()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_chart_that_is_drawn_again_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from fanwise.text import charts

    first = draw(intervals(mark("once more")), "c", "t")
    monkeypatch.setattr(charts, "_PLOTS", {})

    assert draw(intervals(mark("once more")), "c", "t") == first
    with pytest.raises(KeyError):
        draw(intervals(mark("once more", 1.41)), "c", "t")
