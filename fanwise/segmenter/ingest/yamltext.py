"""YAML 1.2 core values with the place of every node; a mapping may come from someone else, so nothing is executed.

Only `true` and `false` are booleans, keys are text exactly as written; tags, merge keys, duplicate keys and aliases are
refused.
"""

from __future__ import annotations

import re
from typing import Any

from fanwise.segmenter.errors import MappingError, Problem

__all__ = ["Path", "read_yaml"]

Path = tuple[str | int, ...]
"""Keys and positions from the top of the document."""

MOST_CHARACTERS = 1 << 20
DEEPEST = 20
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq")}


def read_yaml(text: str, file: str) -> tuple[Any, dict[Path, str]]:
    """Return (value, `file:line:column` of each place); raises MappingError at the first thing that is no such YAML."""
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise MappingError(Problem(f"the text is longer than {MOST_CHARACTERS:,} characters", path=file))
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            raise MappingError(Problem("aliases (*) are not allowed", "write the value out.", file))
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise MappingError(Problem(f"not YAML: {why}", "correct the text there.", place)) from None
    except RecursionError:
        raise MappingError(Problem("the text is nested too deeply", path=file)) from None
    places: dict[Path, str] = {}
    return _value(node, (), places, file), places


def _value(node: Any, path: Path, places: dict[Path, str], file: str) -> Any:
    import yaml

    if node is None:
        return None
    places[path] = _place(node, file)
    if len(path) > DEEPEST:
        raise MappingError(Problem("the text is nested too deeply", path=places[path]))
    if node.tag not in _PLAIN_TAGS:
        raise MappingError(Problem(f"tags such as {node.tag} are not allowed", path=places[path]))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), places, file) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value if node.style is not None else _scalar(node.value)
    found: dict[str, Any] = {}
    for key, item in node.value:
        place = _place(key, file)
        if not isinstance(key, yaml.ScalarNode) or (key.value == "<<" and key.style is None):
            raise MappingError(Problem("a key must be plain text", path=place))
        if key.value in found:
            raise MappingError(Problem(f"the key '{key.value}' stands twice", "keep one of them.", place))
        found[key.value] = _value(item, (*path, key.value), places, file)
        # Where a value is wrong, its key says where to look.
        places[(*path, key.value)] = place
    return found


def _place(node: Any, file: str) -> str:
    return f"{file}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def _scalar(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
