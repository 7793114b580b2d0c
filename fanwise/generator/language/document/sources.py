"""Where a schema comes from: a path, YAML text, a mapping, or the name of a ready dataset."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fanwise.generator.errors import Problem, SchemaError, UsageError, nearest
from fanwise.generator.language.document.resources import ready_names, ready_text
from fanwise.generator.language.given import GivenRows
from fanwise.io.problems import Place, dotted, shown
from fanwise.io.yaml import Document, Rules, decode, read_text

__all__ = ["RULES", "Source", "missing", "read"]

RULES = Rules("schema", SchemaError, empty="start from a ready dataset: gen init")


@dataclass(frozen=True, slots=True)
class Source:
    """A document, the folder that its relative paths start from, its text as it stands, and the hash of that.

    given: the given rows of tables that have them, by name.
    """

    document: Document
    folder: str
    text: str
    sha256: str
    given: Mapping[str, GivenRows] = field(default_factory=dict)


def read(source: str | Path | Mapping[str, Any], file: str | None = None) -> Source:
    """Return the document at `source`; `file` is the name shown in errors.

    A text is YAML when it spans lines or holds a mapping; else it names a file, else a ready dataset.
    Raises UsageError for a file that is not there, SchemaError for one that is not YAML.
    """
    if isinstance(source, Mapping):
        return _from_mapping(source, file or "<mapping>")
    if isinstance(source, Path):
        return _from_file(source, file)
    if not isinstance(source, str):
        raise UsageError("FW-USAGE-VALUE", f"a schema is a path, a YAML text or a mapping, not {type(source).__name__}")
    if "\n" in source or ": " in source or source.lstrip().startswith("{") or not source.strip():
        return _from_text(source, file or "<text>")
    path = Path(source)
    if not _is_file(path) and source in ready_names():
        return _from_text(ready_text(source), file or f"{source}.yaml")
    return _from_file(path, file)


def _from_text(text: str, file: str) -> Source:
    document = read_text(text, file, RULES)
    return Source(document, ".", text, hashlib.sha256(text.encode("utf-8")).hexdigest())


def _from_file(path: Path, file: str | None) -> Source:
    name = file or str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(RULES.max_bytes + 1)
    except FileNotFoundError as error:
        raise missing(path) from error
    except IsADirectoryError as error:
        raise UsageError("FW-USAGE-FILE", f"{shown(str(path))} is a folder", "give the YAML file in it") from error
    except (OSError, ValueError) as error:
        raise UsageError("FW-USAGE-FILE", f"{shown(str(path))} cannot be read: {error}") from error
    text = decode(raw, name, RULES)
    return Source(read_text(text, name, RULES), str(path.parent), text, hashlib.sha256(raw).hexdigest())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the file system, or one with NUL
        return False


def _from_mapping(mapping: Mapping[Any, Any], file: str) -> Source:
    content = _Plain(file).value(mapping, ())
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Source(Document(content, file), ".", text, hashlib.sha256(text.encode("utf-8")).hexdigest())


class _Plain:
    """Python objects to what YAML text would have given: text keys, lists, scalars."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0

    def value(self, value: Any, place: Place) -> Any:
        self.count += 1
        if self.count > RULES.max_values or len(place) > RULES.max_depth:
            most = f"more than {RULES.max_values:,} values, or nested more than {RULES.max_depth} deep"
            raise self.error("FW-YAML-SIZE", place[:6], most)
        if isinstance(value, Mapping):
            out: dict[str, Any] = {}
            for key, child in value.items():
                name = self.key(key, place)
                if name in out:
                    raise self.error("FW-YAML-KEY", place, f"duplicate key {shown(name)}")
                out[name] = self.value(child, (*place, name))
            return out
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self.value(child, (*place, index)) for index, child in enumerate(value)]
        return self.scalar(value, place)

    def key(self, key: Any, place: Place) -> str:
        if key is None:
            return "null"
        if isinstance(key, bool):
            return "true" if key else "false"
        return str(self.scalar(key, place))

    def scalar(self, value: Any, place: Place) -> str | int | float | bool | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            if any("\ud800" <= character <= "\udfff" for character in value):
                raise self.error("FW-YAML-ENCODING", place, "unpaired surrogate")
            return str(value)
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return int(value)
        if isinstance(value, float) and math.isfinite(value):
            return float(value)
        if isinstance(value, dt.date):
            return value.isoformat()
        raise self.error(
            "FW-YAML-VALUE", place, f"{type(value).__name__} is not a type that a schema can hold", shown(str(value))
        )

    def error(self, code: str, place: Place, why: str, value: str = "") -> SchemaError:
        hint = "use text, finite numbers, true, false, null, lists and mappings"
        return SchemaError(Problem(code, why, hint, dotted(place), value, None, self.file))


def missing(path: Path, folders: Sequence[Path] = (Path(),)) -> UsageError:
    """Return the error for a file that is in none of `folders`; that of the process is not named."""
    searched = f" in {' or '.join(shown(str(folder)) for folder in folders)}" if folders != (Path(),) else ""
    return UsageError("FW-USAGE-FILE", f"there is no file {shown(str(path))}{searched}", _close(path, folders))


def _close(path: Path, folders: Sequence[Path]) -> str:
    """Return the hint for a file that is not there: a schema beside it, or a ready dataset, of nearly this name."""
    beside: list[str] = []
    for folder in folders:
        with suppress(OSError):
            files = (folder / path.parent).iterdir()
            beside += [str(path.parent / near.name) for near in files if near.suffix in {".yaml", ".yml"}]
    for known in (beside, ready_names()):
        close = nearest(str(path), known)
        if close.startswith("did"):
            return close
    return f"the ready datasets are {', '.join(ready_names())}"
