"""Write docs/gen.1, the manual page of the program: `make man`, after a command or an option changed.

A test compares the page with what this file returns. Read it with `man docs/gen.1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from fanwise.generator.cli.app import app

PAGE = Path(__file__).with_name("gen.1")
EXIT_CODES = (
    ("0", "The command succeeded and the audit passed."),
    ("1", "The audit failed, or cannot pass; nothing was published."),
    ("2", "An error in the command line, the schema or the plan."),
    ("3", "Inconclusive: too little data to decide; nothing was published."),
    ("4", "An input or output error; earlier data is intact."),
    ("5", "A defect in Fanwise."),
    ("130, 143", "Interrupted."),
)


def page() -> str:
    """Return the manual page in the man macros of troff."""
    program: Any = get_command(app)
    lines = [
        '.TH GEN 1 "" "Fanwise" "User Commands"',
        ".SH NAME",
        "gen \\- relational test data whose segments measurably differ",
        ".SH SYNOPSIS",
        ".B gen",
        ".RI [ options ]",
        ".I command",
        ".RI [ arguments ]",
        ".SH DESCRIPTION",
        _text(program.help),
        "A schema is a YAML file or the name of a ready dataset.",
        ".SH OPTIONS",
        *_options(program),
        ".SH COMMANDS",
    ]
    for name, command in program.commands.items():
        arguments = [param for param in command.params if param.param_type_name == "argument"]
        shown = " ".join(f"\\fI{_text(param.metavar or param.name.upper())}\\fR" for param in arguments)
        lines += [f".SS gen {name} {shown}".rstrip(), _text(command.help), *_options(command)]
    lines += [".SH EXIT STATUS", *(line for code, text in EXIT_CODES for line in _entry(code, text))]
    lines += [".SH SEE ALSO", "The documentation in the folder docs of the sources, docs/cli.md first."]
    return "\n".join(lines) + "\n"


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.param_type_name == "option" and not param.hidden:
            names = ", ".join(f"\\fB{_text(name)}\\fR" for name in param.opts)
            value = f" \\fI{_text(param.metavar)}\\fR" if param.metavar else ""
            yield from _entry(f"{names}{value}", _text(param.help or ""))


def _entry(head: str, text: str) -> Iterator[str]:
    yield from (".TP", head, text)


def _text(text: str) -> str:
    """Return a text as troff takes it: one line in ASCII; backslashes, hyphens and leading dots as they are."""
    plain = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    plain = "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in plain)
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
