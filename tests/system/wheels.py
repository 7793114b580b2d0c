"""Wheels, and fresh environments to install them in: what users and other projects see.

An environment is made without pip and without a network; it sees the dependencies of the one that runs the tests, but
Fanwise itself comes from its wheel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def call(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of the developer's own Python in its environment."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=plain, capture_output=True, text=True, timeout=600, check=False
    )


def succeed(*command: str | Path, cwd: Path) -> str:
    """Run a command that must exit with 0, and return what it printed."""
    done = call(*command, cwd=cwd)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def built(project: Path, folder: Path, target: str = "wheel") -> Path:
    """Return the wheel (or sdist) of a project, made in `folder`."""
    succeed(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=project)
    (made,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def tiny_wheel(name: str, files: dict[str, str], folder: Path, entry_points: str = "") -> Path:
    """Return a wheel of version 1 that holds `files` (path to text), and the text of its entry points."""
    about = f"{name}-1.dist-info"
    files = {
        **files,
        f"{about}/entry_points.txt": entry_points,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{about}/RECORD"])
    wheel = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel


def environment(folder: Path) -> Path:
    """Return the interpreter of a fresh environment in `folder`."""
    venv.create(folder, with_pip=False)
    seen = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    (packages_of(folder) / "dependencies.pth").write_text("\n".join(seen), encoding="utf-8")
    return folder / "bin" / "python"


def packages_of(folder: Path) -> Path:
    """Return the folder of packages of an environment."""
    return next((folder / "lib").glob("python*/site-packages"))


def pip(python: Path, *arguments: str | Path) -> None:
    """Run pip of the environment of the tests on another one."""
    succeed(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, *arguments, cwd=python.parent
    )


def install(python: Path, *wheels: Path) -> None:
    """Install wheels alone, without what they need."""
    pip(python, "install", "--quiet", "--no-index", "--no-deps", *wheels)
