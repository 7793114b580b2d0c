"""Every numbered example runs, from any folder, and prints something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forks import Forks

pytestmark = pytest.mark.system

FOLDER = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def test_examples_are_numbered_without_a_gap() -> None:
    assert [path.name[:3] for path in SCRIPTS] == [f"{number:02}_" for number in range(1, len(SCRIPTS) + 1)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_runs(script: Path, forks: Forks, tmp_path: Path) -> None:
    for module in {"03_pandas": ["pandas"], "04_sql": ["adbc_driver_sqlite"]}.get(script.stem, []):
        pytest.importorskip(module)
    done = forks.run(script, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert list(tmp_path.iterdir()) == [], "an example leaves nothing behind"
