"""The versions that Fanwise stands on: floors, upper bounds, the known-good versions, and where each is used."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
KNOWN_GOOD = ROOT / "constraints" / "known-good.txt"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
TOOLS = [Requirement(line) for line in EXTRAS["dev"]]
USED = [Requirement(line) for name, lines in EXTRAS.items() if name != "dev" for line in lines]
USED += [Requirement(line) for line in PROJECT["dependencies"]]

SUPPORTED = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)]


def known_good() -> dict[str, Version]:
    lines = [line for line in KNOWN_GOOD.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pinned = [re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)", line) for line in lines]
    assert all(pinned), lines
    return {canonicalize_name(match[1]): Version(match[2]) for match in pinned if match}


def operators(wanted: Requirement) -> list[str]:
    return sorted(each.operator for each in wanted.specifier)


@pytest.mark.parametrize("wanted", USED, ids=str)
def test_what_the_program_needs_has_a_floor_and_an_upper_bound(wanted: Requirement) -> None:
    assert operators(wanted) == ["<", ">="]


@pytest.mark.parametrize("wanted", [*USED, *TOOLS], ids=str)
def test_the_known_good_version_is_one_that_is_allowed(wanted: Requirement) -> None:
    if wanted.name == "fanwise":
        assert wanted.extras == set(EXTRAS) - {"dev"}, "`dev` brings every extra"
    else:
        assert wanted.specifier.contains(known_good()[canonicalize_name(wanted.name)])


def test_a_package_has_the_same_bounds_in_every_extra() -> None:
    bounds: dict[str, set[SpecifierSet]] = {}
    for wanted in USED:
        bounds.setdefault(wanted.name, set()).add(wanted.specifier)

    assert [name for name, seen in bounds.items() if len(seen) > 1] == []


def test_the_floors_are_constraints_for_pip() -> None:
    script = ROOT / "constraints" / "floors.py"
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout.split()
    exact = {wanted.name: wanted.specifier for wanted in map(Requirement, printed)}

    assert set(exact) == {wanted.name for wanted in [*USED, *TOOLS]} - {"fanwise"}
    for wanted in USED:
        (floor,) = [each.version for each in wanted.specifier if each.operator == ">="]
        assert str(exact[wanted.name]) == f"=={floor}"


def test_the_supported_versions_of_python_are_said_once_in_the_same_way() -> None:
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"
    assert re.findall(r"python(3\.\d+)", (ROOT / "Makefile").read_text(encoding="utf-8")) == SUPPORTED[::-1]


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.skipif(not (ROOT / ".github").exists(), reason="an sdist has no workflows")
def test_the_workflows_run_on_the_supported_versions_of_python() -> None:
    matrices = [
        job["strategy"]["matrix"]["python"]
        for path in WORKFLOWS
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        if "strategy" in job
    ]

    assert SUPPORTED in matrices
    assert {version for matrix in matrices for version in matrix} == set(SUPPORTED)


@pytest.mark.parametrize(
    "path",
    [
        *WORKFLOWS, ROOT / ".ci" / "run", ROOT / "tests" / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "RELEASING.md",
        ROOT / ".github" / "pull_request_template.md", KNOWN_GOOD, ROOT / "pyproject.toml",
    ],
    ids=lambda path: path.name,
)  # fmt: skip
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    if not path.exists() and not (ROOT / ".github").exists():
        pytest.skip("an sdist has no such file")
    text = path.read_text(encoding="utf-8")
    named = {
        target
        for words in re.findall(r"(?:^|run: |`)make((?: (?:PYTHON=\S+|[a-z][a-z-]*))+)", text, re.MULTILINE)
        for target in words.split()
        if not target.startswith("PYTHON=")
    }

    assert named <= TARGETS
    assert named or path.name == "release.yml"
