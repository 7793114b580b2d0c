"""YAML text to nodes with marks. PyYAML only parses: size, depth and aliases are counted before anything is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from fanwise.io.problems import Mark, Refused
from fanwise.io.yaml_words import plain_syntax

__all__ = ["Node", "NotYAML", "compose", "mark_at"]


class NotYAML(Refused):
    """A text is not YAML, or holds more than it may; `mark` is where."""

    def __init__(self, code: str, mark: Mark, why: str, hint: str = "") -> None:
        self.mark = mark
        super().__init__(code, why, hint)


@dataclass(slots=True)
class Node:
    """A node as written; `items` are (key, value) pairs of a mapping or (None, value) of a list.

    size: values in it with aliases expanded; height: levels below it. Both are known once it is closed.
    """

    mark: Mark
    text: str | None = None
    plain: bool = False
    tag: str | None = None
    mapping: bool = False
    items: list[tuple[Node | None, Node]] = field(default_factory=list)
    pending: Node | None = None
    closed: bool = False
    size: int = 1
    height: int = 0


def compose(text: str, max_values: int, max_depth: int) -> Node | None:
    """Return the root node of the one document in `text`, or None where it is empty.

    max_values, max_depth: limits, as if aliases were expanded. Raises NotYAML at the first error.
    """
    return _Composer(text, max_values, max_depth).compose()


def mark_at(text: str, position: int) -> Mark:
    """Return the line and column of the character at `position`."""
    before = text[:position]
    return Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Composer:
    """Events to nodes, aliases shared; counts depth and values as if aliases were expanded."""

    def __init__(self, text: str, max_values: int, max_depth: int) -> None:
        self.text, self.max_values, self.max_depth = text, max_values, max_depth
        self.anchors: dict[str, Node] = {}
        self.open: list[Node] = []
        self.root: Node | None = None
        self.count = 0

    def compose(self) -> Node | None:
        documents = 0
        for event in self._events():
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("FW-YAML-FEATURE", event, "a second document starts here", "keep one document")
            elif isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, CollectionEndEvent):
                self._close(self.open.pop())
            elif isinstance(event, StreamEndEvent):
                break
        return self.root

    def _events(self) -> Iterator[Event]:
        loader: yaml.SafeLoader | None = None
        try:
            loader = yaml.SafeLoader(self.text)
            while loader.check_event():
                event: Event = loader.get_event()  # type: ignore[no-untyped-call]
                yield event
        except ReaderError as error:
            why = f"character U+{ord(self.text[error.position]):04X} is not allowed"
            raise NotYAML("FW-YAML-ENCODING", mark_at(self.text, error.position), why, "delete it") from error
        except yaml.MarkedYAMLError as error:
            place = error.problem_mark or error.context_mark
            mark = Mark(place.line + 1, place.column + 1) if place else Mark()
            why, hint = plain_syntax(error)
            raise NotYAML("FW-YAML-SYNTAX", mark, f"not YAML: {why}", hint) from error
        except (ValueError, OverflowError) as error:  # PyYAML lets chr() and int() speak for bad escapes and versions
            mark = mark_at(self.text, loader.index) if loader else Mark()
            why = "not YAML: a number here is out of range"
            raise NotYAML("FW-YAML-SYNTAX", mark, why, "check the escape or directive") from error
        finally:
            if loader is not None:
                loader.dispose()

    def _node(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            target = self._alias(event)
            self._count(event, target.size, target.height)
            self._place(target, event)
            return
        self._count(event, 1, 0)
        node = Node(_mark_of(event))
        if isinstance(event, ScalarEvent):
            node.text, node.plain, node.closed = event.value, event.style is None, True
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            node.tag = event.tag
        node.mapping = isinstance(event, MappingStartEvent)
        self._place(node, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if isinstance(event, CollectionStartEvent):
            node.size = self.count
            self.open.append(node)

    def _count(self, event: Event, size: int, height: int) -> None:
        self.count += size
        if self.count > self.max_values:
            self._stop("FW-YAML-SIZE", event, f"more than {self.max_values:,} values (aliases expanded)")
        if len(self.open) + height >= self.max_depth + 1:
            self._stop("FW-YAML-SIZE", event, f"nested more than {self.max_depth} deep")

    def _close(self, node: Node) -> None:
        node.closed = True
        node.size = self.count - node.size + 1
        node.height = 1 + max((child.height for _, child in node.items), default=0)

    def _alias(self, event: AliasEvent) -> Node:
        target = self.anchors.get(event.anchor or "")
        if target is None:
            why = f"there is no anchor &{event.anchor} before this alias"
            self._stop("FW-YAML-FEATURE", event, why, f"write &{event.anchor} at the value")
        if not target.closed:
            why = f"&{event.anchor} contains itself"
            self._stop("FW-YAML-FEATURE", event, why, "an alias can only repeat a complete value")
        return target

    def _place(self, node: Node, event: Event) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if not parent.mapping:
            parent.items.append((None, node))
        elif parent.pending is None:
            if node.text is None:
                hint = "keys are text: quote a key that starts with [ or {"
                self._stop("FW-YAML-KEY", event, "a key is a list or a mapping", hint)
            parent.pending = node
        else:
            parent.items.append((parent.pending, node))
            parent.pending = None

    def _stop(self, code: str, event: Event, why: str, hint: str = "") -> NoReturn:
        raise NotYAML(code, _mark_of(event), why, hint)


def _mark_of(event: Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1) if start is not None else Mark()
