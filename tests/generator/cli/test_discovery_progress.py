"""The bar of discovery: drawn for a person who watches, on standard error, and gone at the end."""

from __future__ import annotations

import sys

import pytest

from fanwise.generator.cli.discover.progress import watching
from fanwise.generator.cli.screen import Screen


def test_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(Screen()) as watcher:
        assert watcher is None
    assert capsys.readouterr() == ("", "")


def test_a_person_sees_every_stage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with watching(Screen()) as watcher:
        assert watcher is not None
        watcher("read", 0, 0)
        watcher("cluster", 3, 13)
        watcher("assign", 131_072, 1_000_000)
    said = capsys.readouterr()

    assert said.out == ""
    assert "assign" in said.err
    assert "131,072 of 1,000,000" in said.err


def test_quiet_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with watching(Screen(quiet=True)) as watcher:
        assert watcher is None
