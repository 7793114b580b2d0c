"""The whole screen of every command: what a reader sees at 80 columns, without colours. `make snapshots` writes them anew."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import fanwise
from fanwise.generator.cli import main
from fanwise.generator.cli.app import COMMANDS
from tests.screens.cases import CASES
from tests.screens.files import MISTAKES, SHOP, with_mistake

FEW = "--axes purchase_frequency,purchase_value,loyalty_trajectory --max-k 3 --threads 1"

# What differs from one run or machine to the next.
FILTERS = (
    (re.compile(r"; read [^;]*?assign\s[\d.]+\s+m?s\n"), "; TIMES\n"),
    (re.compile(r"\d+(\.\d+)? (ms|s)\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{16,64}\b"), "HASH"),
    (re.compile(r"[\d,.]+[kM]? rows/s"), "RATE rows/s"),
)


class Screen(SingleFileSnapshotExtension):
    """One text file per screen."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def screen(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the stored screen of this test."""
    return snapshot.use_extension(Screen)


@pytest.fixture(scope="session")
def habits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The orders of a few customers, and the model of their segments beside them."""
    folder = tmp_path_factory.mktemp("discovery")
    for name, frame in fanwise.dataset("habits", rows={"customer": 240}).items():
        (folder / "habits").mkdir(exist_ok=True)
        frame.write_parquet(folder / "habits" / f"{name}.parquet")
    assert main(["discover", f"{folder}/habits", "-o", f"{folder}/habits.json", "--quiet", *FEW.split()]) == 0
    return folder


@pytest.fixture
def type_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Callable[[list[str]], str]:
    """Return a function that runs commands in a folder with `shop.yaml`, and returns the screen."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")
    Path("raised.yaml").write_text(SHOP.replace("gold: 2", "gold: 3"), encoding="utf-8")

    def run(commands: list[str]) -> str:
        if any("habits" in command or "MODEL" in command for command in commands):
            shutil.copytree(request.getfixturevalue("habits"), tmp_path, dirs_exist_ok=True)
        capsys.readouterr()
        return filtered("\n".join(typed(command, capsys) for command in commands), tmp_path)

    return run


def typed(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run one command and return what the screen then shows: the command, both streams and the exit code."""
    command = command.replace("FEW", FEW).replace("MODEL", "habits.json")
    if command in ACTIONS:
        ACTIONS[command]()
        return f"# {command}\n"
    code = main(shlex.split(command)[1:])
    said = capsys.readouterr()
    streams = [
        f"$ {command}\n",
        said.out,
        f"--- standard error\n{said.err}" if said.err else "",
        f"--- exit code {code}\n",
    ]
    return "".join(streams)


def filtered(screen: str, folder: Path) -> str:
    """Replace what differs between runs."""
    screen = screen.replace(str(folder), "FOLDER")
    for pattern, word in FILTERS:
        screen = pattern.sub(word, screen)
    return "\n".join(line.rstrip() for line in screen.splitlines()) + "\n"


def change_purchases() -> None:
    """Make every purchase of the published data worth the same."""
    path = Path("out/shop/purchase.parquet")
    pl.read_parquet(path).with_columns(amount=pl.lit(40.0)).write_parquet(path)


def make_a_folder_of_others() -> None:
    """Make a folder that Fanwise did not write."""
    Path("theirs").mkdir()
    Path("theirs/thesis.txt").write_text("the only copy", encoding="utf-8")


ACTIONS = {"change-purchases": change_purchases, "make-a-folder-of-others": make_a_folder_of_others}


@pytest.mark.parametrize("name", CASES)
def test_command(name: str, type_in: Callable[[list[str]], str], screen: SnapshotAssertion) -> None:
    shown = type_in(CASES[name])

    assert shown == screen
    assert "Traceback" not in shown


def test_every_command_has_a_screen() -> None:
    """But those that print the versions of a machine, speak with programs only, or print one long document."""
    typed_in = {shlex.split(command)[1] for commands in CASES.values() for command in commands if " " in command}

    assert typed_in | {"doctor", "mcp", "schema"} >= set(COMMANDS)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_in_a_schema(name: str, type_in: Callable[[list[str]], str], screen: SnapshotAssertion) -> None:
    Path("shop.yaml").write_text(with_mistake(name), encoding="utf-8")

    assert type_in(["gen check shop.yaml"]) == screen


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_of_a_command(command: str, type_in: Callable[[list[str]], str], screen: SnapshotAssertion) -> None:
    assert type_in([f"gen {command} --help"]) == screen


def test_no_line_of_a_result_is_wider_than_the_terminal() -> None:
    """All but schemas, which are files, and errors, of which each is one line for editors and `grep`."""
    wide = [
        f"{path.name}: {line}"
        for path in (Path(__file__).parent / "__snapshots__").rglob("*.txt")
        if "[init" not in path.name
        for line in path.read_text(encoding="utf-8").split("--- standard error")[0].splitlines()
        if len(line) > 80 and not line.startswith("$ ")
    ]

    assert not wide
