"""What is installed, what is missing for which feature, and the command that installs it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fanwise.generator.cli.screen import Screen, program_version
from fanwise.generator.engine.local import available_processors
from fanwise.text.terminal import table

__all__ = ["Need", "examine", "needs"]

_FEATURES: Mapping[str, str] = {
    "": "everything else",
    "arrow": "Arrow tables in Python, Arrow files of other programs",
    "cloud": "object stores (--to s3://, gs://, az://)",
    "delta": "Delta Lake (--to delta:///)",
    "discover": "gen discover",
    "mcp": "gen mcp (tools for agents)",
    "pandas": "pandas frames in Python",
    "spark": "--engine spark",
    "sql": "SQLite and PostgreSQL (--to, gen audit, gen discover)",
    "studio": "gen check --serve (the live page)",
}
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)\s*(?P<range>[^;]*)(;\s*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?\Z"
)
_BOUND = re.compile(r"(>=|<)\s*([\w.]+)")

State = Literal["ok", "missing", "too old", "too new"]


@dataclass(frozen=True, slots=True)
class Need:
    """A package that a feature needs. extra: "" for the default installation. found: its version, or None."""

    extra: str
    package: str
    wanted: str
    found: str | None
    state: State


def needs(requirements: list[str] | None = None) -> list[Need]:
    """Return what the installed distribution declares, as name and range, with the state of each package here."""
    declared = importlib.metadata.requires("fanwise") or [] if requirements is None else requirements
    out = []
    for match in filter(None, map(_REQUIREMENT.match, declared)):
        extra, name, wanted = match["extra"] or "", match["name"], match["range"].strip()
        if extra in _FEATURES:
            found = _version(name)
            out.append(Need(extra, name, wanted, found, _state(found, wanted)))
    if "spark" in {need.extra for need in out}:
        java = shutil.which("java")
        out.append(Need("spark", "Java", ">=17", java, "ok" if java else "missing"))
    return sorted(out, key=lambda need: (need.extra, need.package.lower()))


def examine(screen: Screen) -> int:
    """Show what is installed; return 0, or 2 where the default installation is not complete."""
    found = needs()
    broken = [need for need in found if not need.extra and need.state != "ok"]
    if screen.machine:
        screen.document({**_machine(), "needs": [asdict(need) for need in found], "exit_code": 2 if broken else 0})
        return 2 if broken else 0
    machine = _machine()
    lines = [f"fanwise {machine['fanwise']}, Python {machine['python']}, {machine['platform']}", ""]
    rows = [[need.package, need.found or "", need.wanted, _mark(need), need.extra] for need in found if need.package]
    lines += table(["package", "installed", "wanted", "", "extra"], rows, screen.style, left=(0, 1, 2, 3, 4))
    lines += ["", *_advice(found)]
    screen.result("\n".join(lines))
    return 2 if broken else 0


def _advice(found: list[Need]) -> Iterator[str]:
    lacking = dict.fromkeys(need.extra for need in found if need.state != "ok")
    if not lacking:
        yield "Every feature can be used."
    for extra in lacking:
        if extra == "spark" and all(
            need.package == "Java" for need in found if need.extra == extra and need.state != "ok"
        ):
            yield f"For {_FEATURES[extra]}: install Java 17 or later."
            continue
        name = f"fanwise[{extra}]" if extra else "fanwise"
        yield f"For {_FEATURES[extra]}: pip install --upgrade '{name}'"


def _mark(need: Need) -> str:
    return "" if need.state == "ok" else need.state


def _machine() -> dict[str, Any]:
    return {
        "fanwise": program_version(),
        "python": platform.python_version(),
        "platform": f"{platform.platform()}, {available_processors()} processors",
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _state(found: str | None, wanted: str) -> State:
    if found is None:
        return "missing"
    for sign, bound in _BOUND.findall(wanted):
        if sign == ">=" and _numbers(found) < _numbers(bound):
            return "too old"
        if sign == "<" and _numbers(found) >= _numbers(bound):
            return "too new"
    return "ok"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release of a version as numbers, as many as it takes to compare `2.1` with `2.1.0`."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part) for part in release[0].split(".")] if release else [0]
    return tuple([*parts, 0, 0, 0, 0][:4])
