"""YAML 1.2 core values, with the line of every node; a contract may come from someone else, so nothing is executed.

Only `true` and `false` are booleans, keys are text exactly as written, tags, merge keys and duplicate keys are refused,
and what aliases expand to is counted.
"""

from __future__ import annotations

import re
from typing import Any

from fanwise.io.problems import Mark
from fanwise.validator.errors import ContractError, Problem

__all__ = ["Place", "read_yaml"]

Place = tuple[str | int, ...]

MOST_BYTES = 1 << 24
MOST_NODES = 500_000
DEEPEST = 50
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq")}


def read_yaml(text: str, file: str = "") -> tuple[Any, dict[Place, int]]:
    """Return (value, line of each place); raises ContractError at the first thing that is not such YAML."""
    import yaml

    if len(text) > MOST_BYTES:
        raise ContractError(Problem(f"the text is longer than {MOST_BYTES:,} characters", file=file))
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error)
        place = Mark(mark.line + 1, mark.column + 1) if mark else None
        raise ContractError(Problem(f"not YAML: {why}", file=file, mark=place)) from None
    except RecursionError:
        raise ContractError(Problem("the text is nested too deeply", file=file)) from None
    builder = _Builder(file)
    return builder.value(node, ()), builder.lines


class _Builder:
    """Turns composed nodes into plain values; counts them, so that aliases cannot blow up."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.nodes = 0

    def value(self, node: Any, place: Place) -> Any:
        import yaml

        self.nodes += 1
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.lines[place] = line
        if self.nodes > MOST_NODES or len(place) > DEEPEST:
            raise self._error("the text holds or expands to too much", place, line)
        if node.tag not in _PLAIN_TAGS:
            raise self._error(f"tags such as {node.tag} are not allowed", place, line)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        return node.value if node.style is not None else _scalar(node.value)

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        import yaml

        found: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self._error("a key must be text", place, line)
            if key.value == "<<" and key.style is None:
                raise self._error("merge keys (<<) are not allowed", place, line)
            if key.value in found:
                raise self._error(f"the key '{key.value}' stands twice", place, line)
            found[key.value] = self.value(item, (*place, key.value))
        return found

    def _error(self, why: str, place: Place, line: int) -> ContractError:
        return ContractError(Problem(why, path=".".join(map(str, place)), file=self.file, mark=Mark(line)))


def _scalar(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 40 else text
    return float(text) if _FLOAT.fullmatch(text) else text
