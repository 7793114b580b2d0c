"""Every schema that is written somewhere in the repository, with the files beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.schemas import SCHEMAS
from tests.mutants.store import STORE
from tests.validator.statistics.healthy import HEALTHY

__all__ = ["ROOT", "Written", "schemas_everywhere"]

ROOT = Path(__file__).resolve().parents[2]
STARTS = re.compile(r"^(?=fanwise: 1\b)", re.M)
ENDS = re.compile(r'^(?:```|[A-Z]+$|""")', re.M)
"""The end of a block, of what a command of one reads, or of a text in Python."""
BESIDE = re.compile(r"^cat > (\S+) <<\s*'?(\w+)'?\n(.*?)^\2$", re.M | re.S)
"""A file that a block of a page writes."""


@dataclass(frozen=True)
class Written:
    """A schema as text, with the files that its page writes beside it; or the path of its file."""

    text: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None

    def file(self, folder: Path) -> Path:
        """Return the path of the schema; a text is written into the folder, with what is beside it."""
        if self.path is not None:
            return self.path
        for name, content in {**self.beside, "schema.yaml": self.text}.items():
            target = (folder / name).resolve()
            if target.is_relative_to(folder.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, encoding="utf-8")
        return folder / "schema.yaml"


def schemas_everywhere() -> dict[str, Written]:
    """Return all schemas by the place where they are written, each text once."""
    found = {
        str(path.relative_to(ROOT)): Written(path=path)
        for home in ("schemas", "tests", "examples")
        for path in sorted((ROOT / home).rglob("*.yaml"))
    }
    texts: dict[str, None] = {}
    for name, schema in _texts():
        if schema.text not in texts:
            texts[schema.text] = None
            found[name] = schema
    return found


def _texts() -> Iterator[tuple[str, Written]]:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    for path in sorted(pages):
        text = path.read_text(encoding="utf-8")
        beside = {name: content for name, _, content in BESIDE.findall(text)}
        for at, found in enumerate(STARTS.split(text)[1:], start=1):
            yield f"{path.relative_to(ROOT)} {at}", Written(ENDS.split(found, maxsplit=1)[0], beside)
    yield from ((name, Written(text)) for name, text in (("store", STORE), *HEALTHY.items(), *SCHEMAS.items()))
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if STARTS.search(text) else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and STARTS.search(node.value):
                yield f"{path.relative_to(ROOT)} line {node.lineno}", Written(node.value)
