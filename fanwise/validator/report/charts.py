"""Charts: the drawings of a document, made by lets-plot and handed on as elements of the page.

No name of a segment, table or column reaches the chart library: it is given stand-ins of the same length, which
`page_drawing` replaces, so that nothing in a name is taken for a formula, a link or markup.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from fanwise.text.numbers import times
from fanwise.text.sanitize import printable
from fanwise.validator.findings import Status
from fanwise.validator.report.blocks import Bars, Boxes, IntervalMark, Intervals
from fanwise.validator.report.svg import page_drawing

__all__ = ["STATUS_SHAPES", "draw"]

_WIDTH = 760
_ROW = 30
_AXIS = 46
_MOST_SIGNS = 38
_READ = 8  # sentences of a description; the table beside the drawing has them all
_CAPTION = 0.24  # share of the width that the text right of the marks takes

# Colours only stand for the roles that the page's style gives them.
_INK, _GRID, _BAND, _MARK, _PAPER = "#010101", "#010102", "#010103", "#010104", "#010105"
_STATUS_COLOURS = {status: f"#0102{number:02x}" for number, status in enumerate(Status)}
_ROLES = {_INK: "ink", _GRID: "grid", _BAND: "band", _MARK: "mark", _PAPER: "paper"} | {
    colour: status.lower() for status, colour in _STATUS_COLOURS.items()
}

STATUS_SHAPES = {
    Status.PASS: (21, "●"),
    Status.WARN: (24, "▲"),
    Status.FAIL: (23, "◆"),
    Status.INCONCLUSIVE: (22, "■"),
    Status.ERROR: (4, "✕"),
    Status.SKIPPED: (1, "○"),
}
"""Per status the shape of its mark, as a number of the chart library's and as a sign."""


def draw(block: Bars | Boxes | Intervals, name: str) -> str:
    """Return the drawing of `block` as an SVG element whose ids begin with `name`; empty where nothing can be drawn."""
    if isinstance(block, Intervals):
        return _intervals(block, name)
    return _boxes(block, name) if isinstance(block, Boxes) else _bars(block, name)


def _intervals(block: Intervals, name: str) -> str:
    marks = [mark for mark in block.items if math.isfinite(mark.estimate) and mark.estimate > 0]
    if not marks:
        return ""
    import lets_plot as lp

    rows = _Rows([mark.label for mark in marks])
    low, high = _spanned([1.0, *(value for mark in marks for value in _numbers(mark))])
    room = high * (high / low) ** (_CAPTION / (1 - _CAPTION))
    plot = _canvas(lp, rows, "ratio of the two means, logarithmic")
    plot += lp.scale_x_log10(limits=[low, room], expand=[0, 0], **_marked(_round_numbers(low, high)))
    plot += lp.geom_vline(xintercept=1, color=_INK, size=0.4, linetype="dashed")
    plot += _bands(lp, rows, marks)
    plot += _whiskers(lp, rows, marks)
    declared = [(y, mark.declared) for y, mark in rows.of(marks) if mark.declared is not None]
    plot += _strokes(lp, [(y - 0.36, value, y + 0.36, value) for y, value in declared], 1.6)
    for status in STATUS_SHAPES:
        plot += _points(lp, status, [(y, mark.estimate) for y, mark in rows.of(marks) if mark.status is status])
    text_at = high * (high / low) ** 0.02
    plot += _texts(lp, [text_at] * len(marks), rows, [f"{times(mark.estimate)} {mark.status}" for mark in marks])
    return _page(plot, name, block.caption, [f"{mark.label}: {mark.text}, {mark.status}" for mark in marks], rows)


def _numbers(mark: IntervalMark) -> Iterator[float]:
    """Yield the numbers of a mark that have a place on a logarithmic axis."""
    for value in (mark.estimate, mark.low, mark.high, mark.declared, *(mark.band or ())):
        if value is not None and math.isfinite(value) and value > 0:
            yield value


def _points(lp: Any, status: Status, places: Sequence[tuple[float, float]]) -> Any:
    data = {"x": [value for _, value in places], "y": [y for y, _ in places]}
    look = {"shape": STATUS_SHAPES[status][0], "size": 4, "stroke": 1, "color": _INK, "fill": _STATUS_COLOURS[status]}
    return lp.geom_point(lp.aes("x", "y"), data=data, **look)


def _whiskers(lp: Any, rows: _Rows, marks: Sequence[IntervalMark]) -> Any:
    """Return the intervals: a line from end to end, and a stroke across each end."""
    spans = [(y, mark.low, mark.high) for y, mark in rows.of(marks) if mark.low is not None and mark.high is not None]
    lines = [(y, low, y, high) for y, low, high in spans]
    ends = [(y - 0.13, end, y + 0.13, end) for y, low, high in spans for end in (low, high)]
    return _strokes(lp, [*lines, *ends], 1.0)


def _bands(lp: Any, rows: _Rows, marks: Sequence[IntervalMark]) -> Any:
    bands = [(y, *mark.band) for y, mark in rows.of(marks) if mark.band is not None]
    data = {
        "low": [low for _, low, _ in bands],
        "high": [high for _, _, high in bands],
        "bottom": [y - 0.36 for y, _, _ in bands],
        "top": [y + 0.36 for y, _, _ in bands],
    }
    where = lp.aes(xmin="low", xmax="high", ymin="bottom", ymax="top")
    return lp.geom_rect(where, data=data, fill=_BAND, color=_BAND, size=0)


def _boxes(block: Boxes, name: str) -> str:
    boxes = [box for box in block.items if math.isfinite(box.low) and math.isfinite(box.high)]
    if not boxes:
        return ""
    import lets_plot as lp

    rows = _Rows([box.label for box in boxes])
    plot = _canvas(lp, rows, _stand_in(f"{block.unit}{', logarithmic' if block.log else ''}", rows))
    if block.log:
        low, high = _spanned([value for box in boxes for value in (box.low, box.high, box.mean)])
        plot += lp.scale_x_log10(limits=[low, high], expand=[0, 0], **_marked(_round_numbers(low, high)))
    else:
        plot += lp.expand_limits(x=0)
    data = {key: [getattr(box, key) for box in boxes] for key in ("low", "p25", "median", "p75", "high", "mean")}
    data["y"] = list(rows.places)
    ends = lp.aes(y="y", xmin="low", xlower="p25", xmiddle="median", xupper="p75", xmax="high")
    look = {"color": _INK, "fill": _MARK, "width": 0.55, "size": 0.6, "fatten": 3}
    plot += lp.geom_boxplot(ends, data=data, stat="identity", orientation="y", **look)
    plot += lp.geom_point(lp.aes("mean", "y"), data=data, shape=23, size=3, stroke=0.8, color=_INK, fill=_PAPER)
    return _page(plot, name, block.caption, [f"{box.label}: {box.text}" for box in boxes], rows)


def _bars(block: Bars, name: str) -> str:
    bars = [bar for bar in block.items if math.isfinite(bar.value)]
    if not bars:
        return ""
    import lets_plot as lp

    rows = _Rows([bar.label for bar in bars])
    full = max(block.scale, *(bar.value for bar in bars)) or 1.0
    data = {"x": [full * block.length(bar) for bar in bars], "y": list(rows.places)}
    plot = _canvas(lp, rows, _stand_in(block.unit, rows))
    plot += lp.scale_x_continuous(limits=[0, full / (1 - _CAPTION)], expand=[0, 0])
    plot += lp.geom_bar(
        lp.aes("x", "y"), data=data, stat="identity", orientation="y", width=0.6, fill=_MARK, color=_MARK, size=0
    )
    shown = [value + full * 0.01 for value in data["x"]]
    plot += _texts(lp, shown, rows, [_stand_in(bar.text, rows) for bar in bars])
    return _page(plot, name, block.caption, [f"{bar.label}: {bar.text}" for bar in bars], rows)


class _Rows:
    """Labels from top to bottom, each with its place on the vertical axis and its stand-in."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.words: dict[str, str] = {}
        self.places = [float(len(labels) - index) for index in range(len(labels))]
        self.tokens = [_stand_in(label, self) for label in labels]

    def of(self, items: Sequence[Any]) -> list[tuple[float, Any]]:
        """Return the items, each with its place."""
        return list(zip(self.places, items, strict=True))


def _stand_in(text: str, rows: _Rows) -> str:
    """Return letters that stand for `text`, as many as are shown of it."""
    shown = printable(text)
    if len(shown) > _MOST_SIGNS:
        half = _MOST_SIGNS // 2
        shown = f"{shown[: half - 1]}…{shown[-half:]}"
    token = f"q{len(rows.words):03d}q".ljust(len(shown), "n")
    rows.words[token] = shown
    return token


def _canvas(lp: Any, rows: _Rows, axis: str) -> Any:
    """Return an empty plot with the labels at its left."""
    line = lp.element_line(color=_GRID, size=0.6)
    plain = lp.element_blank()
    ink = lp.element_text(color=_INK, size=12)
    theme = lp.theme(
        plot_background=plain, panel_background=plain, panel_border=plain, axis_line=plain, legend_position="none",
        axis_ticks=plain, axis_tooltip="blank", panel_grid_major_x=line, panel_grid_major_y=plain,
        panel_grid_minor=plain, text=ink, axis_text=ink, axis_title_x=ink,
        axis_text_y=lp.element_text(color=_INK, size=12, margin=[0, 6, 0, 0]), axis_title_y=plain, plot_margin=4,
    )  # fmt: skip
    labelled = lp.scale_y_continuous(
        breaks=rows.places, labels=rows.tokens, limits=[0.4, len(rows.places) + 0.6], expand=[0, 0]
    )
    size = lp.ggsize(_WIDTH, _ROW * len(rows.places) + _AXIS)
    return lp.ggplot() + theme + labelled + size + lp.xlab(axis)


def _strokes(lp: Any, ends: Sequence[tuple[float, float, float, float]], size: float) -> Any:
    """Return straight lines, each given as y, x, y, x."""
    data = {key: [each[index] for each in ends] for index, key in enumerate(("y", "x", "yend", "xend"))}
    return lp.geom_segment(lp.aes("x", "y", xend="xend", yend="yend"), data=data, color=_INK, size=size)


def _texts(lp: Any, x: Sequence[float], rows: _Rows, words: Sequence[str]) -> Any:
    data = {"x": list(x), "y": rows.places, "words": list(words)}
    return lp.geom_text(lp.aes("x", "y", label="words"), data=data, hjust=0, size=6, color=_INK)


def _page(plot: Any, name: str, caption: str, sentences: Sequence[str], rows: _Rows) -> str:
    more = [f"and {len(sentences) - _READ} more, in the table"] if len(sentences) > _READ else []
    read = "; ".join(printable(each) for each in [*sentences[:_READ], *more])
    return page_drawing(plot.to_svg(), name, printable(caption), f"{read}.", _ROLES, rows.words)


def _spanned(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a logarithmic axis with some air around the values."""
    low, high = min(values), max(values)
    air = max((high / low) ** 0.05, 1.02)
    return low / air, high * air


def _marked(breaks: Sequence[float]) -> dict[str, list[Any]]:
    return {"breaks": list(breaks), "labels": [f"{value:,g}" for value in breaks]}


def _round_numbers(low: float, high: float) -> list[float]:
    """Return about four to ten round numbers from `low` to `high`, closer ones where these lie close."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    if len(decades) > 4:
        stride = math.ceil(len(decades) / 8)
        return [10.0**decade for decade in decades[::stride] if low <= 10.0**decade <= high]
    for digits in ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)):
        found = [round(digit * 10.0**decade, 12) for decade in decades for digit in digits]
        inside = [value for value in found if low <= value <= high]
        if len(inside) >= 4:
            return inside
    step = 10.0 ** math.floor(math.log10(high - low)) / 2
    return [step * place for place in range(math.ceil(low / step), math.floor(high / step) + 1)]
