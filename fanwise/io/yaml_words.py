"""What is wrong with a text that is not YAML, in the words of who wrote it instead of those of a parser."""

from __future__ import annotations

import re

import yaml

__all__ = ["plain_syntax"]

_CLOSED = "check that brackets, braces and quotes are closed"
_OPENED = {"flow sequence": "list that begins with [", "flow mapping": "mapping that begins with {"}
_CHARACTER = re.compile(r"found character '(.+)' that cannot start any token")


def plain_syntax(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    """Return the reason and a fix for an error of the parser."""
    problem = " ".join(str(error.problem).split())
    begun = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
    opened = next((words for kind, words in _OPENED.items() if kind in str(error.context)), "")
    if opened and "but got" in problem:
        got = problem.rpartition("but got ")[2].replace("'<stream end>'", "the end of the file")
        return f"the {opened}{begun} is not closed, or a comma is missing, before {_sign(got)}", _CLOSED
    if "expected the node content" in problem:
        ended = "<stream end>" in problem
        return "the file ends where a value is expected" if ended else "a value is missing here", _CLOSED
    if "mapping values are not allowed" in problem:
        return "': ' is not allowed here", "quote a text that contains ': ', or check the indentation"
    if "sequence entries are not allowed" in problem:
        return "'- ' is not allowed here", "begin the list on a line of its own, or quote the text"
    if "expected <block end>" in problem:
        return "the indentation differs from that of the lines above", "indent the entries of one mapping or list alike"
    if "could not find expected ':'" in problem:
        return "a key without ': '", "write KEY: VALUE, with a blank behind the colon"
    if "found unexpected end of stream" in problem:
        return f"the quote that begins{begun} is not closed", "close it, or quote a text that contains a quote"
    if found := _CHARACTER.match(problem):
        if found[1] == "\\t":
            return "a tab", "indent with spaces, not with tabs"
        return f"a value cannot begin with {found[1]}", "quote the text"
    return problem, ""


def _sign(got: str) -> str:
    """Return what the parser found, without the names of its tokens."""
    named = {"<block mapping start>": "a new line", "<block end>": "a new line", "<scalar>": "the next value"}
    return next((words for token, words in named.items() if token in got), got)
