"""YAML text to plain Python data with a line and a column for every key and value.

The scalars are those of the YAML 1.2 core schema, not PyYAML's 1.1: `NO`, `on`, `12:30` and dates are text, `010` is
10, `1e6` is a number, only `true` and `false` are booleans. Mapping keys are always text, exactly as written. PyYAML
only parses: its events become data here, so no tag can construct an object, and size, depth and aliases are counted on
the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

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

from fanwise.generator.errors import Mark, Problem, SchemaError
from fanwise.generator.language.document.scalars import scalar
from fanwise.io.problems import Place, dotted, one_line, shown

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Document", "decode", "parse"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 100_000

ABSENT = object()  # no value
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: dicts with text keys, lists, scalars; and where each key and value stands."""

    content: Any
    file: str
    keys: Mapping[Place, Mark] = field(default_factory=dict)
    values: Mapping[Place, Mark] = field(default_factory=dict)

    def at(self, place: Place) -> Any:
        """Return the value at `place`, or `ABSENT` where there is none."""
        found = self.content
        for key in place:
            try:
                found = found[key]
            except (LookupError, TypeError):
                return ABSENT
        return found

    def problem(self, place: Place, why: str, hint: str = "", *, on_key: bool = False) -> Problem:
        """Return a problem of the value at `place`, or of its key (always that of a mapping).

        What is not written stands where the nearest part around it does. The value is shown, unless it is a mapping,
        `true`, or a text that `why` names.
        """
        while (value := self.at(place)) is ABSENT:
            place = place[:-1]
        on_key = on_key or isinstance(value, dict)
        said = on_key or value is True or (isinstance(value, str) and value in why)
        mark = self.mark(place, on_key=on_key)
        return Problem(one_line(why), one_line(hint), dotted(place), "" if said else shown(value), mark, self.file)

    def mark(self, place: Place, *, on_key: bool = False) -> Mark | None:
        """Return where the value at `place` stands (or its key); that of the nearest enclosing value if it has none."""
        if on_key and place in self.keys:
            return self.keys[place]
        while place and place not in self.values:
            place = place[:-1]
        return self.values.get(place)


def decode(raw: bytes, file: str) -> str:
    """Return the text of a file of at most 1 MiB in UTF-8, without a byte order mark (raises SchemaError)."""
    if len(raw) > MAX_BYTES:
        _refuse(file, Mark(), "a schema has at most 1 MiB", "split the dataset, or leave data out of its schema")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        _refuse(
            file,
            Mark(line, column),
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
            cause=error,
        )


def parse(text: str, file: str) -> Document:
    """Return the one YAML document in `text`.

    Raises SchemaError: for a text that is not YAML its first syntax error, else all duplicate keys, tags and numbers
    that the language does not have.
    """
    text = text.removeprefix("\ufeff")
    lone = _SURROGATE.search(text)
    if lone:
        _refuse(
            file, _mark_at(text, lone.start()), "half of a surrogate pair is no character", "save the file as UTF-8"
        )
    if len(text.encode("utf-8")) > MAX_BYTES:
        _refuse(file, Mark(), "a schema has at most 1 MiB", "split the dataset, or leave data out of its schema")
    root = _Composer(text, file).compose()
    expansion = _Expansion(file)
    content = expansion.value(root, ())
    if expansion.problems:
        raise SchemaError(sorted(expansion.problems, key=lambda problem: problem.mark or Mark()))
    return Document(content, file, expansion.keys, expansion.values)


@dataclass(slots=True)
class _Node:
    """A node as written; `items` are (key, value) pairs of a mapping or (None, value) of a list.

    size: values in it with aliases expanded; height: levels below it. Both are known once it is closed.
    """

    mark: Mark
    text: str | None = None
    plain: bool = False
    tag: str | None = None
    mapping: bool = False
    items: list[tuple[_Node | None, _Node]] = field(default_factory=list)
    pending: _Node | None = None
    closed: bool = False
    size: int = 1
    height: int = 0


class _Composer:
    """Events to nodes, aliases shared; counts depth and values as if aliases were expanded, before anything is."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.anchors: dict[str, _Node] = {}
        self.open: list[_Node] = []
        self.root: _Node | None = None
        self.count = 0

    def compose(self) -> _Node:
        """Return the root node (raises SchemaError at the first syntax error)."""
        documents = 0
        for event in self._events():
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a second document starts here", "one file declares one dataset")
            elif isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, CollectionEndEvent):
                self._close(self.open.pop())
            elif isinstance(event, StreamEndEvent):
                break
        if self.root is None:
            _refuse(self.file, Mark(), "the file is empty", "start from a ready dataset: gen init")
        return self.root

    def _events(self) -> Iterator[Event]:
        loader: yaml.SafeLoader | None = None
        try:
            loader = yaml.SafeLoader(self.text)
            while loader.check_event():
                event: Event = loader.get_event()  # type: ignore[no-untyped-call]
                yield event
        except ReaderError as error:
            mark = _mark_at(self.text, error.position)
            why = f"character U+{ord(self.text[error.position]):04X} is not allowed"
            _refuse(self.file, mark, why, "delete it", cause=error)
        except yaml.MarkedYAMLError as error:
            place = error.problem_mark or error.context_mark
            mark = Mark(place.line + 1, place.column + 1) if place else Mark()
            _refuse(
                self.file, mark, f"not YAML: {' '.join(str(error.problem).split())}", _syntax_hint(error), cause=error
            )
        except (ValueError, OverflowError) as error:  # PyYAML lets chr() and int() speak for bad escapes and versions
            mark = _mark_at(self.text, loader.index) if loader else Mark()
            _refuse(
                self.file, mark, "not YAML: a number here is out of range", "check the escape or directive", cause=error
            )
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
        node = _Node(_mark_of(event))
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
        if self.count > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES:,} values (aliases expanded)", "leave data out of the schema")
        if len(self.open) + height >= MAX_DEPTH + 1:
            self._stop(event, f"nested more than {MAX_DEPTH} deep", "write it flatter")

    def _close(self, node: _Node) -> None:
        node.closed = True
        node.size = self.count - node.size + 1
        node.height = 1 + max((child.height for _, child in node.items), default=0)

    def _alias(self, event: AliasEvent) -> _Node:
        target = self.anchors.get(event.anchor or "")
        if target is None:
            self._stop(
                event, f"no anchor &{event.anchor} stands before this alias", f"write &{event.anchor} at the value"
            )
        if not target.closed:
            self._stop(event, f"&{event.anchor} contains itself", "an alias repeats a finished value")
        return target

    def _place(self, node: _Node, event: Event) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if not parent.mapping:
            parent.items.append((None, node))
        elif parent.pending is None:
            if node.text is None:
                self._stop(event, "a key is a list or a mapping", "keys are text: quote a key that starts with [ or {")
            parent.pending = node
        else:
            parent.items.append((parent.pending, node))
            parent.pending = None

    def _stop(self, event: Event, why: str, hint: str) -> NoReturn:
        _refuse(self.file, _mark_of(event), why, hint)


class _Expansion:
    """Nodes to data: aliases expanded within the budget, scalars resolved, marks and problems kept."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Place, Mark] = {}
        self.values: dict[Place, Mark] = {}
        self.problems: list[Problem] = []

    def value(self, node: _Node, place: Place) -> Any:
        self.values[place] = node.mark
        if node.tag is not None:
            self._problem(
                place,
                node.mark,
                node.tag,
                "tags are no part of the language",
                "delete the tag; quote what shall be text",
            )
        if node.mapping:
            return self._mapping(node, place)
        if node.text is None:
            return [self.value(child, (*place, index)) for index, (_, child) in enumerate(node.items)]
        if _SURROGATE.search(node.text):
            self._problem(place, node.mark, "", "half of a surrogate pair is no character", "write the whole character")
        if not node.plain:
            return node.text
        try:
            return scalar(node.text)
        except ValueError as error:
            self._problem(
                place, node.mark, node.text[:60], str(error), "write a finite number, or quote it to make it text"
            )
            return None

    def _mapping(self, node: _Node, place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, child in node.items:
            assert key is not None
            name = key.text or ""
            if key.tag is not None:
                self._problem(place, key.mark, key.tag, "tags are no part of the language", "delete the tag")
            if _SURROGATE.search(name):
                self._problem(
                    place, key.mark, "", "half of a surrogate pair is no character", "write the whole character"
                )
            if name == "<<" and key.plain:
                self._problem(place, key.mark, "<<", "merge keys are no part of the language", "write the keys out")
                continue
            here = (*place, name)
            if name in out:
                first = self.keys[here]
                self._problem(
                    here, key.mark, shown(name), f"this key stands already at line {first.line}", "keep one of the two"
                )
                continue
            self.keys[here] = key.mark
            out[name] = self.value(child, here)
        return out

    def _problem(self, place: Place, mark: Mark, value: str, why: str, hint: str) -> None:
        # An aliased value is expanded more than once, and complained of once.
        if not any((mark, why, value) == (known.mark, known.why, known.value) for known in self.problems[-20:]):
            self.problems.append(Problem(why, hint, dotted(place), value, mark, self.file))


def _mark_of(event: Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1) if start is not None else Mark()


def _syntax_hint(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if "\\t" in problem:
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in problem:
        return "quote a text that contains ': ', or check the indentation"
    if "expected ',' or" in problem or "expected the node content" in problem:
        return "check that brackets, braces and quotes are closed"
    return "check the indentation, quotes and brackets here"


def _mark_at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _refuse(file: str, mark: Mark, why: str, hint: str, *, cause: Exception | None = None) -> NoReturn:
    raise SchemaError(Problem(why, hint, mark=mark, file=file)) from cause
