"""Freed memory is kept where the C library can be told so, and nothing breaks where it cannot."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest

from generator.cli.allocator import keep_freed_memory


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """What the C library was told."""
    out: dict[int, int] = {}
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(mallopt=out.__setitem__))
    return out


def test_arrays_of_a_chunk_come_from_memory_that_is_kept(told: dict[int, int]) -> None:
    keep_freed_memory()

    array = 8 * 262_144
    assert told[-3] > array
    assert told[-1] > 8 * array


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())

    keep_freed_memory()


def test_another_system_is_not_even_asked(monkeypatch: pytest.MonkeyPatch, told: dict[int, int]) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    keep_freed_memory()

    assert not told
