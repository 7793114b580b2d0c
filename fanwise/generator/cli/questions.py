"""What is asked of a schema, under which answers are kept between programs: a pilot alone may take seconds.

An answer is kept under everything that it depends on: the bytes of the schema and of the files that it names, the
options, and all of the program. Where the same was asked before, a program answers without importing the generator. A
process that has imported the generator already computes anew, so that what was changed in it since (by a test, or by a
host program) counts.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.generator.language.document.resources import ready_folder, ready_names
from fanwise.io.cache import kept, program

if TYPE_CHECKING:
    from fanwise.generator.plan import Plan

__all__ = ["Question"]

_GENERATOR = "fanwise.generator.plan"
_MOST_BYTES = 16 << 20
"""Of a schema: `load` refuses smaller ones already."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside the schema: the options as they were given, `rows` as TABLE=N."""

    seed: int | None
    scale: float
    rows: tuple[str, ...]
    gates: str | None = None

    @classmethod
    def of(
        cls, seed: int | None, scale: float, rows: Sequence[str] | Mapping[str, int] | None, gates: str | None = None
    ) -> Question | None:
        """Return the question of a program that has just started; None in a process that has the generator."""
        if _GENERATOR in sys.modules:
            return None
        texts = [f"{table}={count}" for table, count in rows.items()] if isinstance(rows, Mapping) else rows or ()
        return cls(seed, scale, tuple(sorted(texts)), gates)

    def known(self, kind: str, schema: str) -> Any:
        """Return the JSON values that were kept for a path or the name of a ready dataset, None where none were.

        kind: of answer.
        """
        found = _found(schema)
        if found is None:
            return None
        file, content = found
        stored = kept(self._key(kind, file, hashlib.sha256(content).hexdigest(), {}), lambda: None)
        return None if stored is None else json.loads(stored)

    def keep(self, kind: str, plan: Plan, make: Callable[[], Any]) -> Any:
        """Return the JSON values that were kept for a plan, else those of `make`, which are kept unless they are None.

        kind: of answer.
        """
        dataset = plan.dataset

        def made() -> bytes | None:
            values = make()
            return None if values is None else json.dumps(values).encode()

        if _has_plugins():
            return make()
        stored = kept(self._key(kind, dataset.file, dataset.sha256, plan.files), made)
        return None if stored is None else json.loads(stored)

    def _key(self, kind: str, file: str, sha256: str, others: Mapping[str, str]) -> list[bytes | None]:
        asked = repr((kind, file, sha256, sorted(others.items()), self.seed, self.scale, self.rows, self.gates))
        return [b"question", asked.encode(errors="surrogatepass"), _program()]


def _program() -> bytes | None:
    package = Path(str(files("fanwise")))
    return program(dict.fromkeys([package, Path(str(ready_folder()))]))


def _has_plugins() -> bool:
    """Return whether an installed package adds to the language: its code is not part of the key."""
    from importlib.metadata import entry_points

    return any(group.startswith("fanwise.") for group in entry_points().groups)


def _found(schema: str) -> tuple[str, bytes] | None:
    """Return the name that messages give to a schema, and its bytes, as `load` finds it; None for anything else."""
    path, name = Path(schema), str(Path(schema))
    try:
        if not path.is_file():
            if schema not in ready_names():
                return None
            path, name = Path(str(ready_folder() / f"{schema}.yaml")), f"{schema}.yaml"
        if path.stat().st_size > _MOST_BYTES:
            return None
        return name, path.read_bytes()
    except (OSError, ValueError):
        return None
