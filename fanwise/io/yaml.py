"""YAML text to plain Python data with a line and a column for every key and value: one dialect for every document.

The scalars are those of the YAML 1.2 core schema, not PyYAML's 1.1: `NO`, `on`, `12:30` and dates are text, `010` is
10, `0o17` is 15, `1e6` is a number, only `true` and `false` are booleans; `.inf` and `.nan` are refused. Mapping keys
are always text, exactly as written, and no key may be repeated. Tags and merge keys are refused, so nothing is ever
constructed. Aliases repeat a value; what they expand to counts against the limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from fanwise.io.errors import FanwiseError
from fanwise.io.problems import Mark, Place, Problem, dotted, one_line, shown
from fanwise.io.yaml_nodes import Node, NotYAML, compose, mark_at

__all__ = ["ABSENT", "Document", "Rules", "decode", "read_file", "read_text", "scalar"]

ABSENT = object()  # no value
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGERS = ((re.compile(r"[-+]?[0-9]+"), 10), (re.compile(r"0o[0-7]+"), 8), (re.compile(r"0x[0-9a-fA-F]+"), 16))
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind of document may hold.

    noun: what messages call it. error: the class of what is raised, with every problem. max_values, max_depth: with
    aliases expanded. empty: the hint for a file without a document; None where such a file is allowed.
    """

    noun: str
    error: type[FanwiseError]
    max_bytes: int = 1 << 20
    max_values: int = 100_000
    max_depth: int = 50
    empty: str | None = None

    def refuse(self, code: str, file: str, mark: Mark | None, why: str, hint: str = "") -> NoReturn:
        """Raise the error of one problem."""
        raise self.error(Problem(code, why, hint, mark=mark, file=file))

    def refuse_size(self, file: str, size: int) -> None:
        """Raise the error where a text has too many bytes."""
        if size > self.max_bytes:
            why = f"a {self.noun} has at most {self.max_bytes >> 20} MiB"
            self.refuse("FW-YAML-SIZE", file, Mark(), why, f"split the {self.noun}, or move data out of it")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: dicts with text keys, lists, scalars; and where each key and value stands.

    written: for parts of the content that are written elsewhere (in another file, or in a group that is used here), the
    document and the place in it.
    """

    content: Any
    file: str
    keys: Mapping[Place, Mark] = field(default_factory=dict)
    values: Mapping[Place, Mark] = field(default_factory=dict)
    written: Mapping[Place, tuple[Document, Place]] = field(default_factory=dict)

    def origin(self, place: Place) -> tuple[Document, Place]:
        """Return the document that `place` is written in, and the place there."""
        for size in range(len(place), 0, -1) if self.written else ():
            if place[:size] in self.written:
                document, begin = self.written[place[:size]]
                return document.origin((*begin, *place[size:]))
        return self, place

    def at(self, place: Place) -> Any:
        """Return the value at `place`, or `ABSENT` where there is none."""
        found: Any = self.content
        for key in place:
            try:
                found = ABSENT if isinstance(found, str) else found[key]
            except (LookupError, TypeError):
                return ABSENT
        return found

    def problem(self, code: str, place: Place, why: str, hint: str = "", *, on_key: bool = False) -> Problem:
        """Return a problem of the value at `place`, or of its key (always that of a mapping).

        A missing value has the place of the nearest part around it. The value is shown, unless it is a mapping, `true`,
        or a text that `why` names.
        """
        document, here = self.origin(place)
        if document is not self:
            return document.problem(code, here, why, hint, on_key=on_key)
        place = written = here
        while (value := self.at(written)) is ABSENT:
            written = written[:-1]
        on_key = on_key or isinstance(value, dict)
        if not on_key and self.content is not None:
            place = written  # a parameter in its short form, `pattern: A-#`
        said = on_key or place != written or value is True or (isinstance(value, str) and value in why)
        seen, mark = "" if said else shown(value), self.mark(written, on_key=on_key)
        return Problem(code, one_line(why), one_line(hint), dotted(place), seen, mark, self.file)

    def mark(self, place: Place, *, on_key: bool = False) -> Mark | None:
        """Return where the value at `place` stands (or its key); that of the nearest enclosing value if it has none."""
        document, place = self.origin(place)
        if document is not self:
            return document.mark(place, on_key=on_key)
        if on_key and place in self.keys:
            return self.keys[place]
        while place and place not in self.values:
            place = place[:-1]
        return self.values.get(place)


def read_file(path: Path, rules: Rules) -> Document:
    """Return the document in a file; raises `rules.error` with everything that is wrong."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(rules.max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with NUL
        why = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        rules.refuse("FW-YAML-FILE", file, None, why)
    return read_text(decode(raw, file, rules), file, rules)


def decode(raw: bytes, file: str, rules: Rules) -> str:
    """Return the text of a file in UTF-8; raises `rules.error` for one that is too large or not UTF-8."""
    rules.refuse_size(file, len(raw))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        mark = Mark(before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1)
        rules.refuse("FW-YAML-ENCODING", file, mark, f"byte 0x{raw[error.start]:02x} is not UTF-8")


def read_text(text: str, file: str, rules: Rules) -> Document:
    """Return the one document in `text`; `file` is what messages call it.

    Raises `rules.error`: for a text that is not YAML its first syntax error, else all duplicate keys, tags and numbers
    that are not valid.
    """
    text = text.removeprefix("\ufeff")
    if lone := _SURROGATE.search(text):
        rules.refuse("FW-YAML-ENCODING", file, mark_at(text, lone.start()), "unpaired surrogate")
    rules.refuse_size(file, len(text.encode("utf-8")))
    try:
        root = compose(text, rules.max_values, rules.max_depth)
    except NotYAML as error:
        rules.refuse(error.code, file, error.mark, error.why, error.hint)
    if root is None:
        if rules.empty is not None:
            rules.refuse("FW-YAML-EMPTY", file, Mark(), "the file is empty", rules.empty)
        return Document(None, file)
    expansion = _Expansion(file)
    content = expansion.value(root, ())
    if expansion.problems:
        raise rules.error(sorted(expansion.problems, key=lambda problem: problem.mark or Mark()))
    return Document(content, file, expansion.keys, expansion.values)


def scalar(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar by the YAML 1.2 core schema (ValueError for .inf, .nan, 1e999)."""
    if text in _NULL:
        return None
    if text in {"true", "false"}:
        return text == "true"
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(text):
            # Leading zeros are no octal in YAML 1.2, and int(…, 10) takes them; the length keeps int() linear.
            number = int(text, base) if len(text) <= 80 else 2**63
            if not -(2**63) <= number < 2**63:
                raise ValueError("is too large for an integer of 64 bits")
            return number
    if _FLOAT.fullmatch(text):
        if math.isinf(value := float(text)):
            raise ValueError("is too large for a number")
        return value
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is not a valid number")
    return text


class _Expansion:
    """Nodes to data: aliases expanded, scalars resolved, marks and problems kept."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Place, Mark] = {}
        self.values: dict[Place, Mark] = {}
        self.problems: list[Problem] = []

    def value(self, node: Node, place: Place) -> Any:
        self.values[place] = node.mark
        if node.tag is not None:
            hint = "delete the tag; quote a text"
            self._problem("FW-YAML-FEATURE", place, node.mark, node.tag, "tags are not allowed", hint)
        if node.mapping:
            return self._mapping(node, place)
        if node.text is None:
            return [self.value(child, (*place, index)) for index, (_, child) in enumerate(node.items)]
        text = self._whole(node, place)
        if not node.plain:
            return text
        try:
            return scalar(text)
        except ValueError as error:
            self._problem("FW-YAML-NUMBER", place, node.mark, text[:60], str(error))
            return None

    def _mapping(self, node: Node, place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, child in node.items:
            assert key is not None
            name = self._whole(key, place)
            if key.tag is not None:
                self._problem("FW-YAML-FEATURE", place, key.mark, key.tag, "tags are not allowed", "delete the tag")
            if name == "<<" and key.plain:
                self._problem("FW-YAML-FEATURE", place, key.mark, "<<", "merge keys are not allowed")
                continue
            here = (*place, name)
            if name in out:
                why = f"duplicate key, first at line {self.keys[here].line}"
                self._problem("FW-YAML-KEY", here, key.mark, shown(name), why)
                continue
            self.keys[here] = key.mark
            out[name] = self.value(child, here)
        return out

    def _whole(self, node: Node, place: Place) -> str:
        """Return a scalar's text; JSON writes one character as two surrogates, and either half alone is an error."""
        text = node.text or ""
        if not _SURROGATE.search(text):
            return text
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self._problem("FW-YAML-ENCODING", place, node.mark, "", "unpaired surrogate", "write the whole character")
            return text

    def _problem(self, code: str, place: Place, mark: Mark, value: str, why: str, hint: str = "") -> None:
        # An aliased value is expanded more than once, and reported once.
        if not any((mark, why, value) == (known.mark, known.why, known.value) for known in self.problems[-20:]):
            self.problems.append(Problem(code, why, hint, dotted(place), value, mark, self.file))
