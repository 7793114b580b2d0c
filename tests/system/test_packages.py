"""Installed from wheels into a fresh environment: what other projects and plugins of others see.

The environment is made without pip and without a network; it sees the dependencies of the one that runs the tests, but
Fanwise itself comes from the wheel.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="hatchling, which builds the wheels, is not installed")
pytest.importorskip("pip", reason="pip, which installs the wheels, is not there")

ROOT = Path(__file__).resolve().parents[2]
GEN = "import sys; from fanwise.generator.cli import main; raise SystemExit(main(sys.argv[1:]))"


def call(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of the developer's own Python in its environment."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=plain, capture_output=True, text=True, timeout=600, check=False
    )


def built(project: Path, folder: Path) -> Path:
    """Return the wheel of a project."""
    done = call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=project)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of Fanwise."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return the interpreter of a fresh environment with Fanwise and the plugin package in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    interpreter = folder / "bin" / "python"
    plugin = built(ROOT / "tests" / "plugin_package", tmp_path_factory.mktemp("plugin"))
    pip = [sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet", "--no-index", "--no-deps"]
    done = call(*pip, wheel, plugin, cwd=folder)
    assert done.returncode == 0, done.stderr
    own = next((folder / "lib").glob("python*/site-packages"))
    seen = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    (own / "dependencies.pth").write_text("\n".join(seen), encoding="utf-8")
    return interpreter


def test_the_wheel_carries_the_schemas_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for path in (ROOT / "schemas").iterdir():
        assert f"fanwise/schemas/{path.name}" in names
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"fanwise"}
    assert "fanwise/py.typed" in names


def test_the_example_project_passes_its_own_tests(python: Path, tmp_path: Path) -> None:
    project = ROOT / "examples" / "fixture_project"
    done = call(
        python, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-rA", project, cwd=tmp_path
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "test_segments.py::test_segments_differ" in done.stdout
    assert re.search(r"\b6 passed", done.stdout)
    where = call(python, "-c", "import fanwise; print(fanwise.__file__)", cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(python.parents[1]), "Fanwise comes from the wheel"


SCHEMA = """\
fanwise: 1
name: popes
segments: {era: {table: pope, share: {old: 0.5, new: 0.5}}}
tables:
  pope:
    rows: 300
    key: id
    columns:
      id: {sequence: {}}
      era: {segment: era}
      number: {roman: {max: 20}, null: 10%}
      other: {choice: {a: 1, b: 1}, when: {era: {old: {roman: {min: 2, max: 2}}}}}
      title: {expr: "'Pius ' || coalesce(number, 'the last')"}
"""


def gen(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return call(python, "-c", GEN, *arguments, cwd=folder)


def test_a_kind_of_another_package_works_from_schema_to_audited_files(python: Path, tmp_path: Path) -> None:
    (tmp_path / "popes.yaml").write_text(SCHEMA, encoding="utf-8")
    done = gen(python, tmp_path, "run", "popes.yaml", "--format", "csv")

    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out" / "popes" / "pope.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.split(",") for line in lines]
    assert {row[2] for row in cells if row[2]} <= {
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII",
        "XVIII", "XIX", "XX",
    }  # fmt: skip
    assert len({row[2] for row in cells}) == 21
    assert {row[3] for row in cells if row[1] == "old"} == {"II"}
    assert all(row[4] == f"Pius {row[2] or 'the last'}" for row in cells)


def test_its_mistakes_are_told_like_those_of_any_other_kind(python: Path, tmp_path: Path) -> None:
    text = SCHEMA.replace("{max: 20}, null: 10%", "{max: 4000}")
    for old, new, words in (
        ("", "", "popes.yaml:11:29: tables.pope.columns.number.roman.max: "),
        ("{max: 4000}", "{mux: 4}", "did you mean 'max'?"),
        ("{max: 4000}", "{min: 9, max: 4}", "max"),
        ("roman: {max: 4000}", "romn: {max: 4}", "did you mean 'roman'?"),
    ):
        (tmp_path / "popes.yaml").write_text(text.replace(old, new) if old else text, encoding="utf-8")
        done = gen(python, tmp_path, "check", "popes.yaml")

        assert done.returncode == 2
        assert words in done.stderr


def test_the_json_schema_for_editors_has_the_kind(python: Path, tmp_path: Path) -> None:
    (tmp_path / "popes.yaml").write_text(SCHEMA, encoding="utf-8")

    assert '"A Roman numeral."' in gen(python, tmp_path, "schema").stdout
    assert '"A Roman numeral."' in gen(python, tmp_path, "schema", "popes.yaml").stdout
