"""Other ways to get the program: the container, the GitHub Action, the manual page."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_the_manual_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("man", ROOT / "docs" / "man.py")
    assert spec is not None
    assert spec.loader is not None
    man = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(man)

    assert (ROOT / "docs" / "gen.1").read_text(encoding="utf-8") == man.page(), "run: make man"


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff on this machine")
def test_the_manual_page_is_valid() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", str(ROOT / "docs" / "gen.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "--no-audit" in re.sub("\x1b\\[[0-9;]*m|.\b", "", done.stdout).replace("\u2010", "-")


def act(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step of the action that generates and audits, as a job does; `gen` is the one of this environment."""
    steps = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}
    programs = folder / "fanwise" / "bin"
    programs.mkdir(parents=True)
    (programs / "gen").symlink_to(Path(sys.executable).parent / "gen")
    defaults = {name: str(told.get("default", "")) for name, told in ACTION["inputs"].items()}
    values = {name.upper(): value for name, value in {**defaults, **inputs}.items()}
    assert set(steps["gen"]["env"]) <= set(values)
    environment = {**os.environ, **values, "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "output")}
    command = ["bash", "-e", "-o", "pipefail", "-c", steps["gen"]["run"]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_action_generates_audits_and_says_where(tmp_path: Path) -> None:
    done = act(tmp_path, schema="ecommerce", arguments="--rows customer=700 --seed 5")

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "output").read_text() == "folder=out/fanwise\n"
    assert "::" in done.stdout


def test_the_action_fails_where_the_audit_does(tmp_path: Path) -> None:
    assert act(tmp_path, schema="ecommerce_flat").returncode == 1


def test_the_image_has_what_the_package_is_built_from() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert all((ROOT / name).exists() for name in kept)
    assert {"fanwise", "schemas", "constraints", "pyproject.toml", "README.md", "LICENSE", "NOTICE"} <= kept


@pytest.mark.slow
def test_the_image_runs(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker daemon on this machine")
    subprocess.run([docker, "build", "--quiet", "--tag", "fanwise-test", str(ROOT)], check=True)
    command = [docker, "run", "--rm", "fanwise-test", "check", "ecommerce", "--quiet"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
