"""Words and phrases that documents, messages, docstrings and comments must not contain.

Each pattern is an idiom that readers stumbled over, with the words to use in its place. Documents and the command
line's help have none of them. For the source code, `LEFT` says how often each still occurs: a count may only fall, and
whoever makes it fall lowers the number.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from fanwise.generator.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "schemas").iterdir()])
# fmt: off
PATTERNS = {
    # pattern: what to write in its place
    r"(?<!\bthere )\bis no (?!longer\b|more\b|doubt\b)": "is not a",
    r"\b(?:stands?|stood) twice\b": "duplicate",
    r"\bnothing is said\b": "no value for",
    r"\btold\b": "passed, reported, given",
    r"\breali[sz]ed\b": "achieved",
    r"\bmust be there\b": "requirements; is missing",
    r"\bmay be there\b|\bis there already\b": "exists",
    r"\b(?:go|goes|gone|going) on with\b": "continue",
    r"\bthe (?:same )?road\b": "data flow; in the same way",
    r"\bRooms?\b": "modules, folders",
    r"\bcarriers?\b": "unit, customer",
    r"\bthose who come from\b": "migrating from",
    r"\bwhat (?:be)?(?:comes?|came) of\b": "how … is handled; the result of",
    r"\bbad data lead\b": "how bad data is reported",
    r"\beverybody\b": "all customers",
    r"^#+ Depth$|^#+ Figures$": "documentation; benchmarks",
    r"\b(?:cannot|may|must|can|could|should) stand\b(?! out)": "is not valid here; is allowed",
    r"\bstands? (?:in|where|there|here|already|beside|below|above|at|between|under|first|alone|on|open|by|as)\b": "is, is written",
    r"\bway(?:s)? out\b": "fix",
    r"\bof ours\b|\bthan ours\b": "of Fanwise",
    r"\bthe door\b": "entry point",
    r"\blet(?:s|ting)? go of\b": "release",
    r"\bbut for\b": "except",
    r"\bas ever\b": "as usual",
    r"\bhold(?:s|ing)? (?:the |a )?cells?\b|\bheld cells?\b|\bcells? (?:that )?(?:is|are) held\b": "pin",
    r"\bexchange the two\b": "swap",
    r"\bof the form that is expected\b": "not a valid …",
    r"\bmend(?:s|ed|ing)?\b": "repair, fix",
    r"\bdear(?:er|est)?\b": "expensive",
    r"\bshown beside\b": "reference",
    r"\bpassed of asked\b": "passed / run",
    r"\bwherever they came\b": "from other sources",
    r"\btells? (?:of|who|how far|what became|apart)\b": "report",
    r"\btakes? (?:no )?room\b": "needs disk space",
    r"\b(?:declared|Poisson|heavy-tailed|bounded) laws?\b|\blaws? of (?:a|the) (?:cell|count|fanout|column)": "distribution",
    r"\bsorts? that\b": "types that",
    r"\bthe story\b": "the schema",
    r"\bis no name\b|\bno name of\b": "is not a valid name",
    r"\bdriv(?:es|en) (?:this one|it|them)\b": "ancestor, parent",
    r"\bcomplaints?\b": "errors, diagnostics",
    r"\bunfit\b|\bidle\b|\bfirm\b|\btallying\b|\bflowing\b|\bcanon\b": "the field's word",
    r"\bwhat is what\b": "which table and column is which",
}
# How often each pattern still occurs in strings, docstrings and comments of the package; only lower these.
LEFT: dict[str, int] = {
    r"(?<!\bthere )\bis no (?!longer\b|more\b|doubt\b)": 4,
    r"\b(?:stands?|stood) twice\b": 1,
    r"\btold\b": 7,
    r"\bmay be there\b|\bis there already\b": 1,
    r"\bthe (?:same )?road\b": 1,
    r"\bRooms?\b": 1,
    r"\bcarriers?\b": 56,
    r"\beverybody\b": 2,
    r"\b(?:cannot|may|must|can|could|should) stand\b(?! out)": 6,
    r"\bstands? (?:in|where|there|here|already|beside|below|above|at|between|under|first|alone|on|open|by|as)\b": 13,
    r"\bway(?:s)? out\b": 3,
    r"\bof ours\b|\bthan ours\b": 2,
    r"\bbut for\b": 1,
    r"\bdear(?:er|est)?\b": 1,
    r"\btells? (?:of|who|how far|what became|apart)\b": 1,
    r"\b(?:declared|Poisson|heavy-tailed|bounded) laws?\b|\blaws? of (?:a|the) (?:cell|count|fanout|column)": 2,
    r"\bcomplaints?\b": 3,
    r"\bunfit\b|\bidle\b|\bfirm\b|\btallying\b|\bflowing\b|\bcanon\b": 1,
}
# fmt: on


def occurrences(text: str) -> Counter[str]:
    """Return how often each pattern occurs, line breaks counting as spaces."""
    flat = re.sub(r"\s*\n\s*(?:#+:? )?(?!#)", " ", text)
    return Counter(
        {
            pattern: count
            for pattern in PATTERNS
            if (
                count := len(
                    re.findall(pattern, text if pattern.startswith("^") else flat, re.IGNORECASE | re.MULTILINE)
                )
            )
        }
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_is_plain(page: Path) -> None:
    assert occurrences(page.read_text(encoding="utf-8")) == {}


def test_the_help_is_plain() -> None:
    program = typer.main.get_command(app)
    commands = [program, *program.commands.values()]  # type: ignore[attr-defined]
    texts = [text for command in commands for text in (command.help, command.epilog, *(p.help for p in command.params))]

    assert occurrences("\n\n".join(text for text in texts if text)) == {}


def texts_of(path: Path) -> Iterator[str]:
    """Yield the string literals, docstrings and blocks of comments of a module, or the text of another file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield source
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    block: list[str] = []
    for line in sorted(comments):
        if block and line - 1 not in comments:
            yield " ".join(block)
            block = []
        block.append(comments[line])
    yield " ".join(block)


def in_code() -> dict[str, list[str]]:
    """Return the places of each pattern in the package."""
    found: dict[str, list[str]] = {}
    for path in sorted(
        path for path in (ROOT / "fanwise").rglob("*.*") if path.suffix in {".py", ".html", ".json", ".yaml"}
    ):
        texts = list(texts_of(path))
        if not occurrences("\n\n".join(texts)):  # most files: one search for each pattern, not one for each text
            continue
        for text in texts:
            for pattern, count in occurrences(text).items():
                found.setdefault(pattern, []).extend([f"{path.relative_to(ROOT)}: {text[:200]}"] * count)
    return found


def test_the_code_grows_plainer() -> None:
    """One test for all patterns: each would read the whole package again in another process."""
    places = in_code()
    changed = [
        "\n".join([f"{pattern}: {LEFT.get(pattern, 0)} before; write: {PATTERNS[pattern]}", *places.get(pattern, [])])
        for pattern in PATTERNS
        if len(places.get(pattern, [])) != LEFT.get(pattern, 0)
    ]

    assert not changed, "\n\n".join(changed)


def test_only_known_patterns_are_counted() -> None:
    assert set(LEFT) <= set(PATTERNS)
    assert 0 not in LEFT.values()
