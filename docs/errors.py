"""Write docs/errors.md from fanwise/io/problems.toml: `make errors`, after a change of that file or of a message.

Examples of schemas are run, so the page shows the messages as they are. Tests compare the page with what this file
returns, and run the examples that are commands.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.contract import warnings as unseen
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.io.errors import FanwiseError
from fanwise.io.problems import Problem, catalogue
from fanwise.validator import load_contract

PAGE = Path(__file__).with_name("errors.md")
HEAD = """\
# Errors

Every problem that Fanwise reports ends in a code in brackets. A code keeps its meaning, so scripts and tests can match
it: `error.problems[0].code` in Python, `problems[0].code` in the JSON that `gen --json` writes. The words of a message
may change.

This page lists the codes: what causes each, an example, and how to fix it. The examples leave out the first two
lines of a schema, `fanwise: 1` and `name:`; the line numbers of the messages count them. Commands run in a folder that
holds `shop.yaml`, a small schema without errors.
"""
HEADER = "fanwise: 1\nname: shop\n"
SHOP = f"{HEADER}tables:\n  customer: {{rows: 100, key: id, columns: {{id: {{sequence: {{}}}}}}}}\n"
FAMILIES = {
    "YAML": "YAML: the text of a schema, a contract or a mapping",
    "SCHEMA": "Schema: the language",
    "PLAN": "Plan: the schema is well formed, and no data can be made from it",
    "USAGE": "Usage: options and arguments",
    "EXTRA": "Extras: optional dependencies",
    "OUTPUT": "Output: writing and delivering",
    "SPARK": "Spark",
    "CONTRACT": "Contract: what an audit promises",
    "SOURCE": "Source: the data that are audited or searched for segments",
    "MAPPING": "Mapping: the tables and columns of a source",
    "MODEL": "Model: a file of segments",
    "MORE": "More problems",
    "DEFECT": "Defects",
}


def is_commands(example: str) -> bool:
    """Return whether an example is commands to run, not a part of a schema."""
    return example.startswith("$ ")


def problems_of(example: str) -> list[Problem]:
    """Return what is wrong with a contract or a part of a schema: the errors, else what its audit cannot see."""
    try:
        if example.lstrip().startswith("contract:"):
            with tempfile.TemporaryDirectory() as folder, _inside(folder):
                Path("shop.yaml").write_text(example.lstrip(), encoding="utf-8")
                load_contract("shop.yaml")
        plan = compile_plan(load(HEADER + example, file="shop.yaml"))
        compile_contract(plan)
    except FanwiseError as error:
        return list(error.problems)
    return list(unseen(plan))


@contextlib.contextmanager
def _inside(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    entries = catalogue()
    for family, title in FAMILIES.items():
        codes = [code for code in entries if code.split("-")[1] == family]
        parts += [f"\n## {title}\n", *(_entry(code, entries[code]) for code in codes)] if codes else []
    return "".join(parts)


def _entry(code: str, entry: dict[str, str]) -> str:
    example = entry["example"].strip("\n")
    block = f"```console\n{example}\n```\n"
    if not is_commands(example):
        lines = [str(problem) for problem in problems_of(example) if problem.code == code]
        block = f"```yaml\n{example}\n```\n\n```text\n{lines[0]}\n```\n"
    fix = entry["cure"][:1].upper() + entry["cure"][1:]
    return f"\n### {code}\n\n{entry['title']}. {entry['cause']}\n\n{block}\nFix: {fix}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
