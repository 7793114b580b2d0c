"""Drawings as the page needs them: what a chart library drew, reduced to shapes that the page's own style colours.

Only known elements and attributes stay, so that a drawing cannot bring a script, a link, a style sheet or a picture.
Colours become class names, which the page defines for light, dark and paper. Names of elements are counted through and
coordinates rounded, so that the same report has the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from xml.etree import ElementTree

__all__ = ["page_drawing"]

_SPACE = "{http://www.w3.org/2000/svg}"
_KEPT = {"svg", "g", "path", "line", "rect", "circle", "polyline", "polygon", "text", "tspan", "defs", "clipPath"}
_EMPTY = {"g", "defs", "path", "text", "tspan"}
_GEOMETRY = {
    "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "points", "d", "dy", "dx", "transform",
    "stroke-width", "stroke-dasharray", "text-anchor",
}  # fmt: skip
_USUAL = {("y", "0.0"), ("x", "0.0"), ("text-anchor", "start"), ("transform", "translate(0.0 0.0 ) ")}
_PAINTS = ("fill", "stroke")
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_RGB = re.compile(r"rgba?\((\d+), ?(\d+), ?(\d+)(?:, ?[\d.]+)?\)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_SIZE = re.compile(r"font-size: ?([\d.]+)px")


def page_drawing(
    text: str, name: str, title: str, description: str, roles: Mapping[str, str], labels: Mapping[str, str]
) -> str:
    """Return the drawing in `text` as an SVG element for the page.

    name: begins every id, so that drawings of one page do not meet. title, description: what is read aloud.
    roles: class name per colour (`#rrggbb`); other paints are dropped. labels: the words behind the stand-ins that the
    library was given in their place.
    """
    root = ElementTree.fromstring(text)
    drawing = _Drawing(name, roles, labels)
    body = "".join(drawing.children(root))
    width, height = (_rounded(root.get(side, "0")) for side in ("width", "height"))
    return (
        f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{body}</svg>"
    )


class _Drawing:
    def __init__(self, name: str, roles: Mapping[str, str], labels: Mapping[str, str]) -> None:
        self._name = name
        self._roles = roles
        self._labels = labels
        self._ids: dict[str, str] = {}

    def children(self, parent: ElementTree.Element) -> Iterator[str]:
        """Yield what stays of the elements below `parent`."""
        for element in parent:
            tag = element.tag.removeprefix(_SPACE)
            if tag not in _KEPT:
                continue
            inside = "".join(self.children(element))
            if tag in ("text", "tspan") and element.text and element.text.strip():
                shown = element.text.strip()
                inside = escape(self._labels.get(shown, shown)) + inside
            attributes = "".join(f' {key}="{escape(value)}"' for key, value in self._attributes(tag, element))
            if tag == "path" and not element.get("d"):
                continue
            if tag in _EMPTY and tag != "path" and not inside:
                continue
            if tag == "g" and not attributes:
                yield inside
            else:
                yield f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"

    def _attributes(self, tag: str, element: ElementTree.Element) -> Iterator[tuple[str, str]]:
        for key, value in element.attrib.items():
            if key == "id":
                yield key, self._id(value)
            elif key == "clip-path" and (found := _REFERENCE.fullmatch(value)):
                yield key, f"url(#{self._id(found[1])})"
            elif key in _GEOMETRY and (key, value) not in _USUAL and not (key == "stroke-width" and float(value) == 0):
                yield key, _rounded(value)
            elif key == "style" and (size := _SIZE.search(value)):
                yield "font-size", _rounded(size[1])
        classes = " ".join(self._classes(tag, element))
        if classes:
            yield "class", classes

    def _classes(self, tag: str, element: ElementTree.Element) -> Iterator[str]:
        """Yield the roles of an element's paints; the page's style colours all text alike."""
        if tag in ("text", "tspan"):
            return
        for paint in _PAINTS:
            value = element.get(paint)
            if value is None or (paint == "fill" and tag == "line"):
                continue
            if (
                value != "none"
                and not _is_zero(element, f"{paint}-opacity")
                and not _is_zero(element, f"{paint}-width")
            ):
                role = self._roles.get(_hex(value))
                if role is not None:
                    yield f"{paint}-{role}"
                    continue
            if paint == "fill":
                yield "fill-none"  # what has no fill is black, what has no stroke has none

    def _id(self, value: str) -> str:
        return self._ids.setdefault(value, f"{self._name}-{len(self._ids) + 1}")


def _is_zero(element: ElementTree.Element, key: str) -> bool:
    return float(element.get(key, "1")) == 0


def _hex(colour: str) -> str:
    found = _RGB.fullmatch(colour)
    return "#" + "".join(f"{int(part):02x}" for part in found.groups()) if found else colour.lower()


def _rounded(text: str) -> str:
    """Return `text` with one decimal left of each number; a tenth of a pixel is finer than what a screen shows."""
    return _NUMBER.sub(lambda found: f"{round(float(found[0]), 1) + 0.0:.1f}".removesuffix(".0"), text)
