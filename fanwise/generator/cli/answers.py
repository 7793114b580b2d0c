"""What a forecast says of a schema, kept between programs: a pilot alone may take seconds.

An answer is kept under everything that it depends on: the bytes of the schema and of the files that it names, the
options, and all of the program. `gen check` of a schema that was asked before reads the answer without importing the
generator; a run takes the forecast from it. A process that has imported the generator already computes anew, so that
what was changed in it since (by a test, or by a host program) counts.
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
    from fanwise.generator.cli.screen import Screen
    from fanwise.generator.plan import Plan
    from fanwise.validator import Forecast

__all__ = ["Answer", "Question", "tell_answer", "tell_forecast"]

_GENERATOR = "fanwise.generator.plan"
_MOST_BYTES = 16 << 20
"""Of a schema: `load` refuses smaller ones already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A forecast, and the remarks that come with it, one line each."""

    dataset: str
    warnings: tuple[str, ...]
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Question:
    """What a forecast is asked beside the schema: the options as they were given, `rows` as TABLE=N."""

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

    def known(self, schema: str) -> Answer | None:
        """Return the answer that was kept for a path or the name of a ready dataset, None where there is none."""
        found = _found(schema)
        if found is None:
            return None
        file, content = found
        stored = kept(self._key(file, hashlib.sha256(content).hexdigest(), {}), lambda: None)
        return None if stored is None else _answer(json.loads(stored))

    def answer(self, plan: Plan, forecast: Callable[[], Forecast], warnings: Callable[[], Sequence[str]]) -> Answer:
        """Return what was kept for a plan, else what these two say, which is kept from now on."""
        made: list[Answer] = []

        def make() -> bytes | None:
            answer = Answer(plan.dataset.name, tuple(warnings()), forecast())
            made.append(answer)
            return None if _has_plugins() else json.dumps(_values(answer)).encode()

        stored = kept(self._key(plan.dataset.file, plan.dataset.sha256, plan.files), make)
        return made[0] if made or stored is None else _answer(json.loads(stored))

    def _key(self, file: str, sha256: str, others: Mapping[str, str]) -> list[bytes | None]:
        asked = repr((file, sha256, sorted(others.items()), self.seed, self.scale, self.rows, self.gates))
        return [b"answer", asked.encode(errors="surrogatepass"), _program()]


def tell_answer(screen: Screen, answer: Answer) -> int:
    """Write what `gen check` says; return its exit code."""
    for line in answer.warnings:
        screen.note(line)
    found = answer.forecast
    if screen.machine:
        screen.document({"dataset": answer.dataset, "exit_code": found.exit_code, "forecast": found.to_dict()})
    else:
        tell_forecast(screen, found)
    return found.exit_code


def tell_forecast(screen: Screen, outlook: Forecast) -> None:
    """Write a forecast to standard output; its verdict and first advice where the screen is quiet."""
    from fanwise.validator.forecasting.outlook import forecast_text

    if not screen.quiet:
        screen.result(forecast_text(outlook, screen.style))
        return
    advice = outlook.weak[:1] if outlook.exit_code == 3 else ()
    screen.result(" ".join([outlook.verdict, *(gate.advice for gate in advice)]))


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


def _values(answer: Answer) -> dict[str, Any]:
    from fanwise.validator.forecasting.stored import values_of

    return {"dataset": answer.dataset, "warnings": answer.warnings, "forecast": values_of(answer.forecast)}


def _answer(values: Mapping[str, Any]) -> Answer:
    from fanwise.validator.forecasting.stored import forecast_of

    return Answer(values["dataset"], tuple(values["warnings"]), forecast_of(values["forecast"]))
