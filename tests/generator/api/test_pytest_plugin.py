"""The pytest plugin, seen from sessions that use it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from fanwise.pytest_plugin import node_seed

pytestmark = pytest.mark.system

# A session of an environment whose Fanwise is not installed (a source tree on the path) has to name the plugin.
INSTALLED = any(entry.value == "fanwise.pytest_plugin" for entry in entry_points(group="pytest11"))
NAMED = () if INSTALLED else ("-p", "fanwise.pytest_plugin")
TINY = "fanwise: 1\nname: {name}\ntables: {{a: {{rows: 3, columns: {{x: {{constant: 1}}}}}}}}\n"


@dataclass(frozen=True)
class Session:
    """What a session of pytest printed, how each test ended, and where it ran."""

    text: str
    outcomes: dict[str, str]
    folder: Path


def run(folder: Path, text: str, *arguments: str, ini: str = "") -> Session:
    """Run pytest over one file in a process of its own, with nothing but the plugin and what `arguments` name."""
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}", encoding="utf-8")
    (folder / "deep").mkdir()
    (folder / "deep" / "test_it.py").write_text(text, encoding="utf-8")
    (folder / "deep" / "beside.yaml").write_text(TINY.format(name="beside"), encoding="utf-8")
    (folder / "top.yaml").write_text(TINY.format(name="top"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "--strict-markers",
        "-p",
        "no:hypothesispytest",
        *NAMED,
        *arguments,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    ends = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\S+)", done.stdout, re.MULTILINE)
    assert ends, f"{done.stdout}\n{done.stderr}"
    return Session(done.stdout, {name: end for end, name in ends}, folder)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Return a session of all tests in session.txt."""
    text = Path(__file__).with_name("session.txt").read_text(encoding="utf-8")
    return run(tmp_path_factory.mktemp("ordinary"), text)


def test_every_test_of_a_session_ends_as_its_name_says(ordinary: Session) -> None:
    starts = {"test_fails": "FAILED", "test_errs": "ERROR"}

    assert len(ordinary.outcomes) == 24
    for name, outcome in ordinary.outcomes.items():
        assert outcome == starts.get("_".join(name.split("_")[:2]), "PASSED"), f"{name}\n{ordinary.text}"


def test_a_failing_test_prints_its_seed_and_a_passing_one_does_not(ordinary: Session) -> None:
    assert "- Fanwise data sets -" in ordinary.text
    assert "ecommerce: seed 1234, rows {'customer': 5} (make it again with --gen-seed 1234" in ordinary.text
    assert "seed 5678" not in ordinary.text.replace("seed=5678", "")


@pytest.mark.parametrize(
    "words",
    [
        "test_errs_without_a_marker: the test has no marker gen_dataset. Hint: mark the test",
        "did you mean 'ecommerce'?",
        "seed: 'x': not a seed",
        "is a child of 'customer'",
        "there is no file 'besid.yaml' in '",
        "did you mean 'beside.yaml'?",
        "the marker gen_dataset has no argument 'row'. Hint: did you mean 'rows'?",
        "UsageError: gen_dataset has no argument 'row'. Hint: did you mean 'rows'?",
        "the marker gen_dataset takes one schema",
        "did you mean 'order'?",
    ],
)
def test_bad_input_is_told_with_the_way_out(ordinary: Session, words: str) -> None:
    assert words in ordinary.text


def test_bad_input_shows_no_line_of_fanwise(ordinary: Session) -> None:
    assert not re.findall(r"^\S*fanwise/\S+\.py:\d+", ordinary.text, re.MULTILINE)
    assert "direct cause" not in ordinary.text


def test_large_tables_are_kept_in_the_cache_folder(ordinary: Session) -> None:
    kept = list((ordinary.folder / ".pytest_cache").rglob("*.arrow"))

    assert [path.name for path in kept] == ["large.arrow"]


def test_the_ini_value_is_the_seed_of_data_sets_that_name_none(tmp_path: Path) -> None:
    text = """
def test_seed(gen_dataset):
    assert gen_dataset("ecommerce").plan.seed == 12
    assert gen_dataset("ecommerce", seed=5).plan.seed == 5
def test_large_tables_are_made_again(gen_dataset):
    column = {"x": {"uniform": {"min": 0, "max": 1}}}
    gen_dataset({"fanwise": 1, "name": "t", "tables": {"a": {"rows": 60_000, "columns": column}}})["a"]
"""
    found = run(tmp_path, text, ini="gen_seed = 12\ngen_cache = false\n")

    assert set(found.outcomes.values()) == {"PASSED"}, found.text
    assert list(tmp_path.rglob("*.arrow")) == []


def test_a_seed_of_the_node_works_in_a_process_of_xdist(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    text = """
import pytest
from fanwise.pytest_plugin import node_seed
@pytest.mark.parametrize("x", [1, 2, 3])
def test_seed(gen_dataset, request, x):
    assert gen_dataset("ecommerce").plan.seed == node_seed(request.node.nodeid)
@pytest.mark.gen_dataset("ecommerce", rows={"customer": 5}, seed=7)
def test_fails(gen_duckdb):
    assert gen_duckdb.execute("select count(*) from customer").fetchall() == [(6,)]
"""
    found = run(tmp_path, text, "--gen-seed=node", "-n", "1", "-p", "no:cacheprovider", ini="gen_seed = 12\n")

    assert sorted(found.outcomes.values()) == ["FAILED", "PASSED", "PASSED", "PASSED"], found.text
    assert "[(5,)]" in found.text
    assert "ecommerce: seed 7, rows {'customer': 5}" in found.text


def test_the_seed_of_a_node_is_a_function_of_its_name() -> None:
    assert node_seed("tests/test_a.py::test_a") == 1016816001
    assert node_seed("tests/test_a.py::test_b") != node_seed("tests/test_a.py::test_a")
    assert all(0 <= node_seed(str(number)) < 2**31 for number in range(100))


def test_the_plugin_is_registered_by_its_entry_point() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")

    assert '[project.entry-points.pytest11]\nfanwise = "fanwise.pytest_plugin"' in text
