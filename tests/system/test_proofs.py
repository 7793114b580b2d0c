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
def test_a_proof_is_about_a_function_beside_it(proof: Path) -> None:
    text = proof.read_text(encoding="utf-8")
    title = NAME.search(text.splitlines()[0])
    assert title is not None, "the first line names the function"
    subject = resolved(title[1])

    assert callable(subject)
    module = ROOT / Path(*subject.__module__.split(".")).with_suffix(".py")
    assert module == proof.with_name(proof.name.removesuffix(".proof.md") + ".py")
    for part in ("## Precondition", "## Postcondition", "## Argument"):
        assert part in text


@pytest.mark.parametrize("proof", PROOFS, ids=lambda path: path.name)
def test_every_name_in_a_proof_exists(proof: Path) -> None:
    for name in NAME.findall(proof.read_text(encoding="utf-8")):
        assert resolved(name) is not None
