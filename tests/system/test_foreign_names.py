"""One import name: packages and modules of others that are named generator, validator or segmenter change nothing.

Whoever imports one of them by mistake learns it at once: each raises as it is imported.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from pathlib import Path

import pytest

from tests.system.wheels import ROOT, environment, install, packages_of, pip, succeed, tiny_wheel

pytestmark = pytest.mark.system

NAMES = ("generator", "validator", "segmenter")
TRAP = "raise ImportError('imported by mistake: ' + __name__)\n"
TEST = """\
import fanwise
import pytest


@pytest.mark.gen_dataset("ecommerce", rows={"customer": 20})
def test_fixtures(gen_tables, gen_duckdb, gen_dataset):
    assert gen_tables["customer"].height == 20
    assert gen_duckdb.execute("select count(*) from customer").fetchall() == [(20,)]
    assert gen_dataset("ecommerce", rows={"customer": 5})["customer"].height == 5
    assert fanwise.validator.Contract.__module__ == "fanwise.validator.contract.model"
    assert fanwise.segmenter.Model.__module__ == "fanwise.segmenter.model.model"


@pytest.mark.parametrize("name", ["generator", "validator", "segmenter"])
def test_the_traps_are_there(name):
    with pytest.raises(ImportError, match=f"imported by mistake: {name}"):
        __import__(name)
"""


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return wheels of other packages that are named as our folders."""
    folder = tmp_path_factory.mktemp("others")
    return [tiny_wheel(name, {f"{name}/__init__.py": TRAP, f"{name}/errors.py": TRAP}, folder) for name in NAMES]


def run_everything(python: Path, folder: Path) -> None:
    """Use every way into Fanwise, in `folder`."""
    gen, same, module = [python.parent / "gen"], [python.parent / "fanwise"], [python, "-m", "fanwise"]
    data, model = folder / "out" / "ecommerce", folder / "model.json"
    succeed(*gen, "run", "ecommerce", cwd=folder)
    for program in same, module:
        assert "PASS" in succeed(*program, "audit", data, "--schema", "ecommerce", cwd=folder)
    succeed(*gen, "discover", data / "order.parquet", "--axes", "purchase_frequency", "--out", model, cwd=folder)
    assert model.is_file()
    succeed(python, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", folder, cwd=folder)


@pytest.mark.parametrize(("before", "modules"), [pytest.param(True, False, marks=pytest.mark.slow), (False, True)])
def test_others_of_these_names_change_nothing(
    before: bool, modules: bool, wheel: Path, others: list[Path], tmp_path: Path
) -> None:
    """Packages installed before Fanwise, or after it and beside modules of the user's own project; then removed."""
    python = environment(tmp_path / "environment")
    for wheels in [others, [wheel]] if before else [[wheel], others]:
        install(python, *wheels)
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_project.py").write_text(TEST, encoding="utf-8")
    for name in NAMES if modules else ():
        (project / f"{name}.py").write_text(TRAP, encoding="utf-8")

    run_everything(python, project)
    remove_the_others(python, tmp_path)


def remove_the_others(python: Path, folder: Path) -> None:
    """Uninstall the packages of these names; Fanwise stays whole."""
    pip(python, "uninstall", "--quiet", "--yes", *NAMES)

    packages = packages_of(python.parents[1])
    assert [name for name in NAMES if (packages / name).exists()] == []
    (record,) = packages.glob("fanwise-*.dist-info/RECORD")
    with record.open(encoding="utf-8", newline="") as file:
        recorded = {path: digest.removeprefix("sha256=") for path, digest, _ in csv.reader(file) if digest}
    assert len(recorded) > 400
    for path, digest in recorded.items():
        seen = base64.urlsafe_b64encode(hashlib.sha256((packages / path).read_bytes()).digest()).decode().rstrip("=")
        assert seen == digest, path
    succeed(python.parent / "gen", "check", "ecommerce", cwd=folder)


def test_the_folders_at_the_top_are_links_into_the_package() -> None:
    for name in NAMES:
        link = ROOT / name
        if link.exists():  # an sdist has none
            assert link.is_symlink()
            assert link.readlink() == Path("fanwise") / name
            assert (link / "__init__.py").is_file()


# As a statement, in a doctest, in a block of a document, or as the target of an entry point.
IMPORT = re.compile(
    rf"^\s*(>>> )?(from|import) ({'|'.join(NAMES)})\b|[\"'=] *({'|'.join(NAMES)})(\.\w+)*:\w+|-m ({'|'.join(NAMES)})\b",
    re.MULTILINE,
)


@pytest.mark.parametrize("line", ["import validator", "    from generator.errors import X", ">>> import segmenter as s",
                                  'gen = "generator.cli:main"', "python -m validator.cli"])  # fmt: skip
def test_an_import_through_the_links_would_be_found(line: str) -> None:
    assert IMPORT.search(line)
    assert not IMPORT.search(line.replace("generator", "fanwise.generator").replace("validator", "fanwise.validator")
                             .replace("segmenter", "fanwise.segmenter"))  # fmt: skip


def test_nothing_imports_through_the_links() -> None:
    own = Path(__file__).resolve()
    files = [
        path
        for folder in ("fanwise", "tests", "docs", "examples", "benchmarks", "schemas", "constraints", ".")
        for path in ((ROOT / folder).rglob("*") if folder != "." else ROOT.glob("*"))
        if path.suffix in {".py", ".pyi", ".md", ".toml", ".txt", ".yaml"} or path.name == "Makefile"
    ]
    through = {
        path.relative_to(ROOT).as_posix(): match[0].strip()
        for path in files
        if path.resolve() != own and (match := IMPORT.search(path.read_text(encoding="utf-8")))
    }

    assert len(files) > 700
    assert through == {}
