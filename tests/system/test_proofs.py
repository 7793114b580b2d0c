"""Proofs beside the code: each names the functions that it is about, and they exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROOFS = sorted((ROOT / "fanwise").rglob("*.proof.md"))
NAME = re.compile(r"`(fanwise(?:\.\w+)+)`")


def resolved(name: str) -> Any:
    """Return what a dotted name leads to: a module, or an attribute of one (AttributeError where there is none)."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)


def test_there_are_proofs() -> None:
    assert PROOFS


@pytest.mark.parametrize("proof", PROOFS, ids=lambda path: path.name)
def test_a_proof_names_functions_that_exist_beside_it(proof: Path) -> None:
    text = proof.read_text(encoding="utf-8")
    found = {name: resolved(name) for name in NAME.findall(text)}
    folder = ".".join(proof.parent.relative_to(ROOT).parts)
    beside = [name for name, subject in found.items() if callable(subject) and name.startswith(folder)]

    assert beside, f"name the function that is proved, as `{folder}.module.function`"
    for part in ("Precondition", "Postcondition", "Argument"):
        assert re.search(rf"^## {part}s?$", text, re.MULTILINE)
