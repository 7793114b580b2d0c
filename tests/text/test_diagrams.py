"""Diagrams: no two boxes overlap, arrows lead to the left, circles end, and names are escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from fanwise.text.blocks import Diagram, Entity, Link
from fanwise.text.diagrams import draw_diagram

SHOP = Diagram(
    (
        Entity("order_item", ("order_id, line_no", "order_id", "product_id")),
        Entity("order", ("order_id", "customer_id")),
        Entity("product", ("product_id",)),
        Entity("customer", ("customer_id", "invited_by")),
        Entity("<b>&", ()),
    ),
    (
        Link("order_item", 1, "order"),
        Link("order_item", 2, "product"),
        Link("order", 1, "customer"),
        Link("customer", 1, "customer"),
    ),
)


def boxes(svg: str) -> dict[str, tuple[float, ...]]:
    """Return x, y, width and height of each box by its name."""
    root = ElementTree.fromstring(svg)
    found = [tuple(float(each.get(name) or 0) for name in ("x", "y", "width", "height")) for each in root.iter("rect")]
    names = [each.text or "" for each in root.iter("text") if each.get("font-weight")]
    return dict(zip(names, found[::2], strict=True))


def test_boxes_do_not_overlap_and_references_lead_to_the_left() -> None:
    found = boxes(draw_diagram(SHOP, "a shop"))

    assert set(found) == {entity.name for entity in SHOP.entities}
    for link in SHOP.links:
        source, target = found[link.source], found[link.target]
        assert link.source == link.target or target[0] + target[2] < source[0]
    placed = list(found.values())
    for at, (x, y, width, height) in enumerate(placed):
        for other in placed[at + 1 :]:
            beside = x + width < other[0] or other[0] + other[2] < x
            assert beside or y + height < other[1] or other[1] + other[3] < y


def test_every_link_has_an_arrow_and_stays_inside() -> None:
    svg = draw_diagram(SHOP, "a shop")
    width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())  # type: ignore[union-attr]
    curves = re.findall(r'd="M([^"]*)C([^"]*)"', svg)

    assert len(curves) == len(SHOP.links)
    for start, rest in curves:
        numbers = list(map(float, f"{start} {rest}".split()))
        assert all(0 <= x <= width for x in numbers[::2])
        assert all(0 <= y <= height for y in numbers[1::2])


def test_names_are_text_only() -> None:
    svg = draw_diagram(SHOP, 'a "shop" <x>')

    assert "&lt;b&gt;&amp;" in svg
    assert 'aria-label="a &quot;shop&quot; &lt;x&gt;"' in svg


@pytest.mark.parametrize("length", [1, 2, 5])
def test_circles_are_drawn(length: int) -> None:
    names = [f"t{at}" for at in range(length)]
    links = tuple(Link(name, 0, names[(at + 1) % length]) for at, name in enumerate(names))
    svg = draw_diagram(Diagram(tuple(Entity(name, ("id",)) for name in names), links), "circle")

    assert len(boxes(svg)) == length


def test_without_boxes_there_is_no_drawing() -> None:
    assert draw_diagram(Diagram((), ()), "nothing") == ""
