"""Standard error: one line each for programs, wrapped at words for a person at a terminal."""

from __future__ import annotations

import io
import os
import signal
from contextlib import redirect_stderr

import pytest

from fanwise.generator.cli import main
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import Mark, Problem, SchemaError

HINT = "write a number, " * 6 + "please"
WRONG = Problem("FW-SCHEMA-WRONG-TYPE", "got text", HINT, path="a.b", file="x.yaml", mark=Mark(3, 4))
LONG = SchemaError([WRONG])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    return Terminal()


def test_an_error_is_wrapped_at_words_where_a_person_watches(terminal: Terminal) -> None:
    with redirect_stderr(terminal):
        Screen().failure(LONG)

    lines = terminal.getvalue().splitlines()
    assert lines[0].startswith("x.yaml:3:4: a.b: ")
    assert len(lines) > 1
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == str(LONG.problems[0])


def test_a_note_keeps_its_lines(terminal: Terminal) -> None:
    with redirect_stderr(terminal):
        Screen().note("\n12:00:00 shop.yaml")

    assert terminal.getvalue() == "\n12:00:00 shop.yaml\n"


@pytest.mark.parametrize("kind", ["dumb", None])
def test_an_error_is_one_line_for_programs(
    kind: str | None, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind is None:
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    else:
        monkeypatch.setenv("TERM", kind)
    with redirect_stderr(terminal):
        Screen().failure(LONG)

    assert terminal.getvalue() == f"{LONG.problems[0]}\n"


@pytest.mark.parametrize(("command", "publishes"), [("run", True), ("check", False)])
def test_only_a_command_that_publishes_speaks_of_earlier_data(
    command: str, publishes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Screen, "guarded", lambda *_: os.kill(os.getpid(), signal.SIGINT))

    assert main([command, "ecommerce"]) == 130
    assert capsys.readouterr().err.splitlines()[0] == "gen: interrupted" + (
        "; earlier data in the output folder is intact" if publishes else ""
    )
