"""Installed from wheels into a fresh environment: what other projects and plugins of others see."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.forks import Forks
from tests.system.wheels import ROOT, built, call

pytestmark = pytest.mark.system


def test_the_wheel_carries_the_schemas_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for path in (ROOT / "schemas").iterdir():
        assert f"fanwise/schemas/{path.name}" in names
    beside = [name for name in names if not name.startswith("fanwise/") and ".dist-info/" not in name]
    assert [name.partition("/")[2] for name in beside] == ["data/share/man/man1/gen.1"], "what `man gen` finds"
    assert "fanwise/py.typed" in names
    assert {f"{package}/__init__.pyi" for package in ("fanwise", "fanwise/segmenter", "fanwise/validator")} <= set(
        names
    )


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Nothing of the wheel hangs on what an sdist does not have: links at the top, a git folder."""
    with tarfile.open(built(ROOT, tmp_path, "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (project,) = (tmp_path / "unpacked").iterdir()
    again = built(project, tmp_path / "again")

    def contents(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as opened:
            return {name: opened.read(name) for name in opened.namelist()}

    assert contents(again) == contents(wheel)
    assert {path.name for path in project.iterdir() if path.is_dir()} == {
        "benchmarks", "constraints", "docs", "examples", "fanwise", "schemas", "tests",
    }  # fmt: skip


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


def test_a_kind_of_another_package_works_from_schema_to_audited_files(installed: Forks, tmp_path: Path) -> None:
    (tmp_path / "popes.yaml").write_text(SCHEMA, encoding="utf-8")
    done = installed.gen("run", "popes.yaml", "--format", "csv", cwd=tmp_path)

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


def test_its_mistakes_are_told_like_those_of_any_other_kind(installed: Forks, tmp_path: Path) -> None:
    text = SCHEMA.replace("{max: 20}, null: 10%", "{max: 4000}")
    for old, new, words in (
        ("", "", "popes.yaml:11:29: tables.pope.columns.number.roman.max: "),
        ("{max: 4000}", "{mux: 4}", "did you mean 'max'?"),
        ("{max: 4000}", "{min: 9, max: 4}", "max"),
        ("roman: {max: 4000}", "romn: {max: 4}", "did you mean 'roman'?"),
    ):
        (tmp_path / "popes.yaml").write_text(text.replace(old, new) if old else text, encoding="utf-8")
        done = installed.gen("check", "popes.yaml", cwd=tmp_path)

        assert done.returncode == 2
        assert words in done.stderr


def test_the_json_schema_for_editors_has_the_kind(installed: Forks, tmp_path: Path) -> None:
    (tmp_path / "popes.yaml").write_text(SCHEMA, encoding="utf-8")

    assert '"A Roman numeral."' in installed.gen("schema", cwd=tmp_path).stdout
    assert '"A Roman numeral."' in installed.gen("schema", "popes.yaml", cwd=tmp_path).stdout
