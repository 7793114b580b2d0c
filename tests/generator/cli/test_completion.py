"""What the shell completes after Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from fanwise.generator.cli.app import app
from fanwise.generator.cli.completion import schemas

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Return what bash is offered for the last word of a line."""

    def offered(line: str) -> list[str]:
        words = line.split(" ")
        settings = {"_GEN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        return CliRunner().invoke(app, [], prog_name="gen", env=settings).output.split()

    return offered


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shops").mkdir()
    for name in ("shop.yaml", "shop.csv", "sales.yml", ".hidden.yaml", "shops/small.yaml", "shops/notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_schema_is_a_file_or_a_ready_dataset(folder: Path) -> None:
    assert schemas("s") == ["sales.yml", "shop.yaml", "shops/small.yaml", "subscriptions"]
    assert schemas("shops/") == ["shops/small.yaml"]
    assert schemas("./sh") == ["./shop.yaml", "./shops/small.yaml"]
    assert schemas(f"{folder}/sa") == [f"{folder}/sales.yml"]
    assert schemas("none/") == []
    assert {"ecommerce", "shop.yaml"} <= set(schemas(""))


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gen run s", ["sales.yml", "shop.yaml", "shops/small.yaml", "subscriptions"]),
        ("gen audit data --schema sh", ["shop.yaml", "shops/small.yaml"]),
        ("gen run shop.yaml --format ", ["arrow", "csv", "jsonl", "parquet"]),
        ("gen run shop.yaml --gates i", ["integrity"]),
        ("gen run shop.yaml --engine ", ["local", "spark"]),
        ("gen run shop.yaml --compression z", ["zstd"]),
        ("gen contract shop.yaml --to p", ["pandera", "pointblank"]),
        ("gen contract shop.yaml --from o", ["odcs"]),
        ("gen discover data --allocation q", ["quota"]),
    ],
)
def test_an_option_with_few_words_offers_them(
    folder: Path, complete: Callable[[str], list[str]], line: str, offered: list[str]
) -> None:
    assert sorted(complete(line)) == offered


def parameters() -> Iterator[tuple[str, click.Parameter]]:
    for name, command in COMMANDS.items():
        yield from ((f"gen {name}", parameter) for parameter in command.params)


def test_every_schema_is_completed() -> None:
    bare = [
        f"{command} {parameter.name}"
        for command, parameter in parameters()
        if parameter.metavar == "SCHEMA" and not parameter.shell_complete(click.Context(COMMANDS["run"]), "ecomm")
    ]

    assert bare == ["gen contract source"], "which takes other documents, too"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_a_command_in_the_list_is_whole(name: str) -> None:
    assert not COMMANDS[name].get_short_help_str(64).endswith("..."), "shorten the first sentence of its docstring"
