"""Environments of other tools: dbt, pandera and so on, each with its own dependencies, apart from those of Fanwise.

An environment is made once, in `.venv-tool-NAME` of the repository, from wheels only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@cache
def tool_environment(name: str, *packages: str) -> Path:
    """Return the folder of the programs of an environment with `packages`; skips where they cannot be installed."""
    folder = ROOT / f".venv-tool-{name}"
    wanted = "\n".join(packages)
    made = folder / "installed.txt"
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        command = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--only-binary", ":all:", *packages]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"{', '.join(packages)} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        made.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def call(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program without the developer's own Python settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    plain |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "False", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=plain, capture_output=True, text=True, timeout=300, check=False
    )


def python_of(programs: Path) -> Path:
    """Return the interpreter of an environment."""
    return programs / ("python.exe" if sys.platform == "win32" else "python")
