"""The files that ship with the language: its JSON Schema and the ready datasets."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["ready_folder", "ready_names", "ready_text", "schema_text"]

SCHEMA_FILE = "dataset.schema.json"


def schema_text() -> str:
    """Return the JSON Schema of the language, draft 2020-12."""
    return (ready_folder() / SCHEMA_FILE).read_text(encoding="utf-8")


def ready_names() -> tuple[str, ...]:
    """Return the names of the ready datasets in alphabetical order."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in ready_folder().iterdir() if entry.name.endswith(".yaml"))
    )


def ready_text(name: str) -> str:
    """Return the YAML text of a ready dataset (raises KeyError for an unknown name)."""
    if name not in ready_names():
        raise KeyError(name)
    return (ready_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def ready_folder() -> Traversable:
    """Return the folder of these files."""
    # The wheel carries schemas/ inside fanwise/; a source checkout has it beside.
    shipped = files("fanwise") / "schemas"
    return shipped if shipped.is_dir() else Path(__file__).resolve().parents[4] / "schemas"
