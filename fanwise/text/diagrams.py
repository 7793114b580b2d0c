"""Diagrams: boxes in layers, with arrows from right to left, as an SVG element in the colours of the page.

A box is in the layer after those that it points to. Within a layer, boxes are sorted by where their arrows lead
(one barycentre sweep of Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical systems").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from fanwise.text.blocks import Diagram, Entity
from fanwise.text.sanitize import printable

__all__ = ["draw_diagram"]

_LETTER = 7.4  # width of an average letter, in pixels
_LONGEST = 30  # letters of a line
_LINE, _HEAD, _PAD = 20, 26, 10
_ACROSS, _BETWEEN, _EDGE = 90, 26, 16


@dataclass(frozen=True, slots=True)
class _Box:
    entity: Entity
    layer: int
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        return _HEAD + _LINE * len(self.entity.lines) + (_PAD / 2 if self.entity.lines else 0)

    def line(self, at: int) -> float:
        """Return the middle of a line."""
        return self.y + _HEAD + _LINE * (at + 0.5)


def draw_diagram(diagram: Diagram, title: str) -> str:
    """Return the diagram as an SVG element; empty where there are no boxes. title: is read aloud."""
    boxes = _placed(diagram)
    if not boxes:
        return ""
    width = max(box.x + box.width for box in boxes.values()) + _EDGE + _ACROSS / 3
    height = max(box.y + box.height for box in boxes.values()) + _EDGE
    parts = [*_arrows(diagram, boxes), *(part for box in boxes.values() for part in _drawn(box))]
    size = f"width:{width:.0f}px;min-width:{width:.0f}px;max-width:none"
    head = (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'style="{size}" font-size="13">'
    )
    return f"{head}{''.join(parts)}</svg>"


def _layers(diagram: Diagram) -> dict[str, int]:
    """Return the layer of each box; arrows that lead in a circle count once."""
    targets = {
        entity.name: [each.target for each in diagram.links if each.source == entity.name]
        for entity in diagram.entities
    }
    found: dict[str, int] = {}

    def visit(name: str, above: frozenset[str]) -> int:
        if name not in found:
            deeper = above | {name}
            found[name] = 1 + max((visit(each, deeper) for each in targets[name] if each not in deeper), default=-1)
        return found[name]

    for name in targets:
        visit(name, frozenset())
    return found


def _placed(diagram: Diagram) -> dict[str, _Box]:
    layers = _layers(diagram)
    boxes: dict[str, _Box] = {}
    x = float(_EDGE)
    tallest = 0.0
    for layer in range(max(layers.values(), default=-1) + 1):
        members = [entity for entity in diagram.entities if layers[entity.name] == layer]

        def centre(entity: Entity) -> float:
            ys = [boxes[each.target].y for each in diagram.links if each.source == entity.name and each.target in boxes]
            return sum(ys) / len(ys) if ys else 0.0

        members.sort(key=centre)
        width = max(len(text) for entity in members for text in (f"  {entity.name}", *map(_short, entity.lines)))
        across, y = min(width, _LONGEST) * _LETTER + 2 * _PAD, float(_EDGE)
        for entity in members:
            box = _Box(entity, layer, x, y, across)
            boxes[entity.name] = box
            y += box.height + _BETWEEN
        tallest = max(tallest, y)
        x += across + _ACROSS
    return _centred(boxes, tallest)


def _centred(boxes: dict[str, _Box], tallest: float) -> dict[str, _Box]:
    """Return the boxes with every layer in the middle of the height."""
    ends: dict[int, float] = {}
    for box in boxes.values():
        ends[box.layer] = max(ends.get(box.layer, 0.0), box.y + box.height + _BETWEEN)
    return {
        name: _Box(box.entity, box.layer, box.x, box.y + (tallest - ends[box.layer]) / 2, box.width)
        for name, box in boxes.items()
    }


def _arrows(diagram: Diagram, boxes: dict[str, _Box]) -> Iterator[str]:
    for link in diagram.links:
        source, target = boxes[link.source], boxes[link.target]
        y, end = source.line(link.line), target.y + _HEAD / 2
        if target.layer < source.layer:
            x, tip = source.x, target.x + target.width
            bend = (x - tip) / 2 if target.layer == source.layer - 1 else _ACROSS * 0.6
            path = f"M{x:.0f} {y:.0f}C{x - bend:.0f} {y:.0f} {tip + bend:.0f} {end:.0f} {tip + 8:.0f} {end:.0f}"
        else:  # to itself, or within a circle: around the right side
            x, tip = source.x + source.width, target.x + target.width
            out = max(x, tip) + _ACROSS / 3
            path = f"M{x:.0f} {y:.0f}C{out:.0f} {y:.0f} {out:.0f} {end:.0f} {tip + 8:.0f} {end:.0f}"
        yield f'<path d="{path}" style="fill:none;stroke:var(--quiet);stroke-width:1.4"/>'
        head = f"M{tip:.0f} {end:.0f}l9 -4.5v9z"
        yield f'<path d="{head}" style="fill:var(--quiet);stroke:none"/>'


def _drawn(box: _Box) -> Iterator[str]:
    x, y, right = box.x, box.y, box.x + _PAD
    rectangle = f'x="{x:.0f}" y="{y:.0f}" width="{box.width:.0f}" rx="4"'
    yield f'<rect {rectangle} height="{box.height:.0f}" style="fill:var(--paper);stroke:var(--quiet)"/>'
    yield f'<rect {rectangle} height="{_HEAD}" style="fill:var(--band);stroke:var(--quiet)"/>'
    name = escape(_short(box.entity.name))
    yield f'<text x="{right:.0f}" y="{y + _HEAD / 2 + 4.5:.0f}" font-weight="600">{name}</text>'
    for at, line in enumerate(box.entity.lines):
        yield f'<text x="{right:.0f}" y="{box.line(at) + 4.5:.0f}">{escape(_short(line))}</text>'


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
