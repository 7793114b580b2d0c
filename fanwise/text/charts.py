"""Charts: the drawings of a document, made by lets-plot and handed on as elements of the page.

To draw another kind of chart, add its data to `blocks` and a function here that returns a plot of lets-plot. What the
library lacks for a page, `_element` adds: the page's own colours (light, dark and paper), the same bytes each time,
and a title that is read aloud. No name reaches the library: it reads formulas and links in labels, so it is given
stand-ins.
"""

from __future__ import annotations

import math
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from typing import Any

from fanwise.text.blocks import Boxes, Chart, Diagram, Interval, Intervals, Points, Quantiles
from fanwise.text.diagrams import draw_diagram
from fanwise.text.sanitize import printable

__all__ = ["STATUS_SHAPES", "draw", "prepare"]

_WIDTH = 860
_ROW = 30
_AXIS = 46
_LABEL = 34  # characters of a line of a label

# Colours only stand for variables of the page's style: #0101nn, nn being a place in this list.
_ROLES = ("ink", "grid", "band", "mark", "paper", "pass", "warn", "fail", "inconclusive", "error", "skipped")
_INK, _GRID, _BAND, _MARK, _PAPER = (f"#0101{place:02x}" for place in range(5))

STATUS_SHAPES = {
    "PASS": (21, "●"), "WARN": (24, "▲"), "FAIL": (23, "◆"),
    "INCONCLUSIVE": (22, "■"), "ERROR": (4, "✕"), "SKIPPED": (1, "○"),
}  # fmt: skip
"""Per status the shape of its mark, as a number of the chart library's and as a sign."""


def draw(chart: Chart, name: str, title: str) -> str:
    """Return `chart` as an SVG element; empty where nothing in it can be drawn. name: begins every id in it."""
    if isinstance(chart, Diagram):
        return draw_diagram(chart, printable(title))
    return _drawn(_Asked(repr(chart), chart), name, title)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A chart with what makes it equal to another one: all that it says."""

    identity: str
    chart: Boxes | Intervals | Points | Quantiles = field(compare=False)


@lru_cache(maxsize=64)
def _drawn(asked: _Asked, name: str, title: str) -> str:
    """Return a chart as an element. A page that is made anew with each step of a check keeps most of its charts."""
    words = _Words()
    plot = _PLOTS[type(asked.chart)](asked.chart, words)
    return "" if plot is None else _element(plot.to_svg(), name, title, words)


def prepare() -> None:
    """Load the chart library, so that this can be done while something else keeps the caller waiting."""
    _library()


@cache
def _library() -> Any:
    """Return the chart library. Where its installer did not compile it, Python does, and warns of its escapes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*invalid escape sequence")
        import lets_plot
    return lets_plot


class _Words:
    """Stand-ins for what is written in a chart, each as long as its text."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}

    def token(self, text: str) -> str:
        """Return letters that stand for one line of text."""
        token = f"q{len(self.shown):03d}q".ljust(len(text), "n")
        self.shown[token] = text
        return token

    def label(self, text: str) -> str:
        """Return the stand-in of a label of at most two lines; a longer one loses its beginning."""
        lines = textwrap.wrap(printable(text), _LABEL) or [""]
        if len(lines) > 2:
            lines = [f"…{lines[-2][1:]}", lines[-1]]
        return "\n".join(map(self.token, lines))


def _intervals(chart: Intervals, words: _Words) -> Any:
    marks = [mark for mark in chart.items if math.isfinite(mark.estimate) and mark.estimate > 0]
    if not marks:
        return None
    lp = _library()

    rows: list[tuple[str, Interval | None]] = []
    for mark in marks:
        if mark.group not in ("", rows[-1][1].group if rows and rows[-1][1] else ""):
            rows.append((mark.group, None))
        rows.append((mark.label, mark))
    placed = [(float(len(rows) - index), label, mark) for index, (label, mark) in enumerate(rows)]
    found = [(y, mark) for y, _, mark in placed if mark is not None]
    low, high = _spanned([1.0, *(value for mark in marks for value in _numbers(mark))])
    plot = _canvas(lp, [label if mark else "" for label, mark in rows], chart.unit, words)
    plot += lp.scale_x_log10(limits=[low, high], expand=[0, 0], **_ticks(low, high))
    plot += _strokes(lp, [(y - 0.5, 1, y + 0.5, 1) for y, _ in found], 0.4, "dashed")
    bands = [(y, *mark.band) for y, mark in found if mark.band is not None]
    data = _columns(("y", "low", "high"), bands) | {
        "d": [y - 0.36 for y, *_ in bands],
        "u": [y + 0.36 for y, *_ in bands],
    }
    plot += lp.geom_rect(lp.aes(xmin="low", xmax="high", ymin="d", ymax="u"), data=data, fill=_BAND, size=0)
    spans = [(y, mark.low, mark.high) for y, mark in found if mark.low is not None and mark.high is not None]
    plot += _strokes(lp, [(y, low, y, high) for y, low, high in spans], 1.0)
    plot += _strokes(lp, [(y - 0.13, end, y + 0.13, end) for y, *ends in spans for end in ends], 1.0)
    plot += _strokes(
        lp, [(y - 0.36, mark.expected, y + 0.36, mark.expected) for y, mark in found if mark.expected], 1.6
    )
    for status, (shape, _) in STATUS_SHAPES.items():
        data = _columns(("y", "x"), [(y, mark.estimate) for y, mark in found if mark.status == status])
        plot += lp.geom_point(lp.aes("x", "y"), data=data, shape=shape, fill=_colour(status), **_POINT)
    data = _columns(
        ("y", "x", "words"), [(y, low, words.token(printable(label))) for y, label, mark in placed if not mark]
    )
    return plot + lp.geom_text(lp.aes("x", "y", label="words"), data=data, hjust=0, size=6.5, color=_INK)


def _numbers(mark: Interval) -> Iterator[float]:
    """Yield the numbers of a mark that have a place on a logarithmic axis."""
    for value in (mark.estimate, mark.low, mark.high, mark.expected, *(mark.band or ())):
        if value is not None and math.isfinite(value) and value > 0:
            yield value


def _boxes(chart: Boxes, words: _Words) -> Any:
    boxes = [box for box in chart.items if math.isfinite(box.low) and math.isfinite(box.high)]
    if not boxes:
        return None
    lp = _library()

    plot = _canvas(lp, [box.label for box in boxes], f"{chart.unit}{', logarithmic' if chart.log else ''}", words)
    if chart.log:
        low, high = _spanned([value for box in boxes for value in (box.low, box.high, box.mean)])
        plot += lp.scale_x_log10(limits=[low, high], expand=[0, 0], **_ticks(low, high))
    else:
        plot += lp.expand_limits(x=0)
    names = ("low", "p25", "median", "p75", "high", "mean")
    rows = [(len(boxes) - index, *(getattr(box, name) for name in names)) for index, box in enumerate(boxes)]
    data = _columns(("y", *names), rows)
    ends = lp.aes(y="y", xmin="low", xlower="p25", xmiddle="median", xupper="p75", xmax="high")
    look = {"color": _INK, "fill": _MARK, "width": 0.55, "size": 0.6, "fatten": 3}
    plot += lp.geom_boxplot(ends, data=data, stat="identity", orientation="y", **look)
    return plot + lp.geom_point(lp.aes("mean", "y"), data=data, shape=23, fill=_PAPER, **_POINT | {"size": 3})


def _points(chart: Points, words: _Words) -> Any:
    points = [(x, y) for x, y in chart.items if math.isfinite(x) and math.isfinite(y)]
    if not points:
        return None
    lp = _library()

    plot = (
        _plain(lp, 240)
        + lp.xlab(words.token(printable(chart.x_label)))
        + lp.ylab(words.token(printable(chart.y_label)))
    )
    plot += lp.scale_x_continuous(breaks=sorted({x for x, _ in points}), format="{~g}")
    if chart.reference is not None:
        plot += lp.geom_hline(yintercept=chart.reference, color=_INK, size=0.6, linetype="dashed")
    data = _columns(("x", "y"), points)
    plot += lp.geom_line(lp.aes("x", "y"), data=data, color=_MARK, size=1)
    for chosen, shape, fill in ((False, 21, _PAPER), (True, 23, _MARK)):
        data = _columns(("x", "y"), [point for point in points if (point[0] == chart.marked) is chosen])
        plot += lp.geom_point(lp.aes("x", "y"), data=data, shape=shape, fill=fill, **_POINT)
    return plot


def _quantiles(chart: Quantiles, words: _Words) -> Any:
    panels = {
        name: [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        for name, points in list(chart.panels.items())[:_MOST_PANELS]
    }
    panels = {name: points for name, points in panels.items() if points}
    if not panels:
        return None
    lp = _library()

    names = {name: words.token(printable(name)) for name in panels}
    across = min(len(panels), 4)
    plot = _plain(lp, 250 * -(-len(panels) // across)) + lp.xlab(words.token(printable(chart.x_label)))
    plot += lp.ylab(words.token(printable(chart.y_label)))
    plot += lp.facet_wrap("panel", ncol=across, scales="free", order=0)
    values = [value for points in panels.values() for point in points for value in point]
    if min(values) > 0 and max(values) > 30 * min(values):
        low, high = _spanned(values)
        kept = _ticks(low, high)
        few = {name: found[:: max(1, len(found) // 4)] for name, found in kept.items()}
        plot += lp.scale_x_log10(**few) + lp.scale_y_log10(**few)
    ends = [(names[name], min(map(min, points)), max(map(max, points))) for name, points in panels.items()]
    data = _columns(("panel", "x", "xend"), ends)
    line = lp.aes("x", "x", xend="xend", yend="xend")
    plot += lp.geom_segment(line, data=data, color=_INK, size=0.6, linetype="dashed")
    data = _columns(("panel", "x", "y"), [(names[name], *point) for name, points in panels.items() for point in points])
    return plot + lp.geom_point(lp.aes("x", "y"), data=data, shape=21, fill=_MARK, **_POINT | {"size": 2.4})


_MOST_PANELS = 12
_PLOTS: dict[type, Callable[[Any, _Words], Any]] = {
    Boxes: _boxes, Intervals: _intervals, Points: _points, Quantiles: _quantiles,
}  # fmt: skip
_POINT = {"size": 4, "stroke": 1, "color": _INK}


def _colour(status: str) -> str:
    return f"#0101{_ROLES.index(status.lower()):02x}"


def _columns(names: Sequence[str], rows: Iterable[Sequence[object]]) -> dict[str, list[object]]:
    """Return rows as the columns that the library takes."""
    found = list(rows)
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


def _plain(lp: Any, height: float) -> Any:
    """Return an empty plot in the colours of the page."""
    line, none = lp.element_line(color=_GRID, size=0.6), lp.element_blank()
    ink = lp.element_text(color=_INK, size=12)
    theme = lp.theme(
        plot_background=none, panel_background=none, panel_border=none, axis_line=none, legend_position="none",
        axis_ticks=none, axis_tooltip="blank", panel_grid_major=line, panel_grid_minor=none, text=ink, axis_text=ink,
        axis_title=ink, plot_margin=4,
    )  # fmt: skip
    return lp.ggplot() + theme + lp.ggsize(_WIDTH, height)


def _canvas(lp: Any, labels: Sequence[str], unit: str, words: _Words) -> Any:
    """Return an empty plot with one row per label, at its left."""
    places = [float(len(labels) - index) for index in range(len(labels))]
    plot = _plain(lp, _ROW * len(labels) + _AXIS) + lp.xlab(words.token(printable(unit)))
    plot += lp.theme(panel_grid_major_y=lp.element_blank(), axis_title_y=lp.element_blank())
    texts = [words.label(label) for label in labels]
    return plot + lp.scale_y_continuous(breaks=places, labels=texts, limits=[0.4, len(places) + 0.6], expand=[0, 0])


def _strokes(lp: Any, ends: Sequence[tuple[Any, ...]], size: float, line: str = "solid") -> Any:
    """Return straight lines, each given as y, x, y, x."""
    data = _columns(("y", "x", "yend", "xend"), ends)
    return lp.geom_segment(lp.aes("x", "y", xend="xend", yend="yend"), data=data, color=_INK, size=size, linetype=line)


def _spanned(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a logarithmic axis with some air around the values."""
    low, high = min(values), max(values)
    air = max((high / low) ** 0.05, 1.02)
    return low / air, high * air


def _ticks(low: float, high: float) -> dict[str, list[Any]]:
    """Return about four to ten round numbers from `low` to `high`; the library knows powers of ten only."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits: tuple[float, ...]
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)):
        found = [round(digit * 10.0**decade, 12) for decade in decades for digit in digits]
        inside = [value for value in found if low <= value <= high]
        if len(inside) >= 4:
            break
    else:
        step = 10.0 ** math.floor(math.log10(high - low)) / 2
        inside = [step * place for place in range(math.ceil(low / step), math.floor(high / step) + 1)]
    kept = inside[:: math.ceil(len(inside) / 10)]
    return {"breaks": kept, "labels": [f"{value:,g}" for value in kept]}


_DROPPED = re.compile(r"<style.*?</style>|<path>\s*</path>|(?<=>)\s+(?=<)|font-family:[^;]*;", re.DOTALL)
_UNKNOWN = re.compile(r' (?:clip-bounds-jfx|buffered-rendering|[a-z]+-opacity)="[^"]*"')
_COLOUR = re.compile(r"rgb\(1,1,(\d+)\)|#0101([0-9a-f]{2})")
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_NAMED = re.compile(r'( id="|url\(#)(\w+)')
_TOKEN = re.compile(r"q\d{3,}qn*")
_HEAD = re.compile(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)">')


def _element(svg: str, name: str, title: str, words: _Words) -> str:
    """Return the library's SVG text as an element of a page: its colours, few decimals, ids that are counted."""
    ids: dict[str, str] = {}

    def counted(found: re.Match[str]) -> str:
        return found[1] + ids.setdefault(found[2], f"{name}-{len(ids) + 1}")

    def rounded(tag: re.Match[str]) -> str:  # a tenth of a pixel is finer than what a screen shows
        return _NUMBER.sub(lambda found: f"{float(found[0]) + 0.0:.1f}".removesuffix(".0"), tag[0])

    svg = _UNKNOWN.sub("", _DROPPED.sub("", svg))
    svg = _COLOUR.sub(lambda found: f"var(--{_ROLES[int(found[1]) if found[1] else int(found[2], 16)]})", svg)
    svg = _NAMED.sub(counted, _TAG.sub(rounded, svg))
    svg = _TOKEN.sub(lambda found: escape(words.shown.get(found[0], found[0])), svg)
    head = _HEAD.match(svg)
    assert head is not None
    size, label = f"0 0 {head[1]} {head[2]}", escape(printable(title))
    start = f'<svg class="chart" role="img" aria-label="{label}" viewBox="{size}">'
    return start + svg[head.end() :]
