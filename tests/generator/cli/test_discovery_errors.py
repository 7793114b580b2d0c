"""Bad input of discovery: one line that names place, cause and way out; no traceback, nothing written, nothing lost."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.generator.cli.conftest import FEW

Gen = Callable[..., Any]

# name: (arguments after the command; what the message must hold; exit code)
USAGE: dict[str, tuple[list[str], tuple[str, ...], int]] = {
    "no such source": (["discover", "nowhere"], ("nowhere", "no such folder or file"), 4),
    "an empty folder": (["discover", "empty"], ("empty",), 4),
    "a file of something else": (["discover", "noise.bin"], ("noise.bin", "nor a DuckDB or SQLite database"), 4),
    "columns that nothing is": (["discover", "strange.csv"], ("strange",), 2),
    "a date that is none": (["discover", "dates.csv"], ("2024-13-01",), 4),
    "another kind of database": (["discover", "mysql://ann:canary@host/db"], ("mysql://", "not a supported source"), 4),
    "a server that is not there": (["discover", "postgresql://ann:canary@127.0.0.1:1/db"], ("cannot connect",), 4),
    "no date": (["discover", "SHOP", "--as-of", "2024-13-01"], ("2024-13-01", "write 2024-01-31"), 2),
    "before everything": (["discover", "SHOP", "--as-of", "1999-01-01"], ("every order is after 1999-01-01",), 4),
    "an unknown axis": (["discover", "SHOP", "--axes", "purchase_vale"], ("did you mean 'purchase_value'",), 2),
    "no axes": (["discover", "SHOP", "--axes", ","], ("no axis was given",), 2),
    "an unknown allocation": (["discover", "SHOP", "--allocation", "even"], ("even", "quota, proportional"), 2),
    "archetypes of an unknown axis": (["discover", "SHOP", "--archetypes", "value"], ("archetypes", "value"), 2),
    "archetypes of an axis left out": (
        ["discover", "SHOP", "--axes", "purchase_value", "--archetypes", "purchase_frequency"],
        ("archetypes", "purchase_frequency"),
        2,
    ),
    "a mapping that is not there": (["discover", "SHOP", "--mapping", "no.yaml"], ("no.yaml",), 2),
    "a report of no format": (["discover", "SHOP", "--report", "x.pdf"], (".pdf", ".html"), 2),
    "a folder that is not there": (["discover", "SHOP", "-o", "a/m.json"], ("a/m.json", "there is no folder a"), 4),
    "a folder for a file": (["discover", "SHOP", "-o", "empty"], ("empty", "is a folder, not a file"), 4),
    "a report in no folder": (["discover", "SHOP", "--report", "a/x.html"], ("a/x.html", "there is no folder a"), 4),
    "a file that is there": (["discover", "SHOP", "-o", "dates.csv"], ("dates.csv", "--force replaces it"), 4),
    "no model": (["assign", "no.json", "SHOP", "-o", "x.parquet"], ("no.json", "cannot be read"), 2),
    "a model that is no JSON": (["assign", "dates.csv", "SHOP", "-o", "x.parquet"], ("dates.csv", "is not JSON"), 2),
    "a model that was tampered with": (["segments", "tampered.json"], ("checksum", "only the names"), 2),
    "a model of a later version": (["segments", "later.json"], ("another version",), 2),
    "a model with a name twice": (["segments", "twice.json"], ("occurs 2 times", "another name"), 2),
    "no output for segments": (["assign", "MODEL", "SHOP"], ("no output was given", "-o FILE.parquet"), 2),
    "segments as a workbook": (["assign", "MODEL", "SHOP", "-o", "x.xlsx"], (".xlsx", "use .parquet or .csv"), 2),
    "an unknown database": (["assign", "MODEL", "SHOP", "--to", "mysql://a:canary@h/d"], ("is not a database",), 2),
    "one customer into a file": (["assign", "MODEL", "SHOP", "--customer", "1", "-o", "x.parquet"], ("terminal",), 2),
    "an unknown customer": (["assign", "MODEL", "SHOP", "--customer", "nobody"], ("no customer 'nobody'",), 4),
    "earlier data that are not there": (["refresh", "MODEL", "SHOP", "--before", "nowhere"], ("nowhere",), 4),
    "another full model that is none": (["compare", "MODEL", "SHOP", "--with", "no.json"], ("no.json",), 2),
}


@pytest.fixture
def messy(tmp_path: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder of files that are not what they should be."""
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("noise.bin").write_bytes(os.urandom(64))
    Path("strange.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    Path("dates.csv").write_text("customer_id,order_date,amount\n1,2024-01-01,5\n2,2024-13-01,6\n", encoding="utf-8")
    text = model_file.read_text(encoding="utf-8")
    Path("tampered.json").write_text(text.replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    document = json.loads(text)
    Path("later.json").write_text(json.dumps({**document, "format": 99}), encoding="utf-8")
    names = document["editable"]["segments"]["purchase_value"]
    names[1] = names[0]
    Path("twice.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def seen(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", USAGE)
def test_what_is_wrong_is_said_in_a_line(gen: Gen, messy: Path, habits: Path, model_file: Path, name: str) -> None:
    arguments, words, code = USAGE[name]
    before = seen(messy)
    places = {"SHOP": str(habits), "MODEL": str(model_file)}
    said = gen(*(places.get(argument, argument) for argument in arguments))

    assert said.code == code
    assert said.out == ""
    assert all(
        line.startswith(("gen: ", "no.yaml:")) or re.search(r"/dates\.csv:3:\d+: ", line)
        for line in said.err.splitlines()
    )
    assert all(word in said.err for word in words), said.err
    assert "Traceback" not in said.err
    assert "canary" not in said.err
    assert seen(messy) == before


def test_problems_come_all_at_once_and_as_json(gen: Gen, messy: Path, habits: Path) -> None:
    said = gen("discover", habits, "--axes", "a,b", "--allocation", "c", "--json")
    found = json.loads(said.out)

    assert said.code == found["exit_code"] == 2
    assert len(found["problems"]) == len(said.err.splitlines()) == 3


def test_without_the_extra_the_way_to_it_is_said_before_anything_is_read(
    gen: Gen, messy: Path, model_file: Path, habits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    for command in (["discover", "nowhere"], ["refresh", model_file, "nowhere"], ["compare", model_file, "nowhere"]):
        said = gen(*command)
        assert said.code == 2
        assert "pip install 'fanwise[discover]'" in said.err
    assert gen("assign", model_file, habits, "-o", "s.parquet", "--quiet").code == 0


def test_what_is_there_is_replaced_only_when_told_to(gen: Gen, messy: Path, habits: Path, model_file: Path) -> None:
    for command, file in (
        (["discover", habits, *FEW], "mine.json"),
        (["refresh", model_file, habits], "mine.json"),
        (["assign", model_file, habits], "mine.parquet"),
    ):
        Path(file).write_text("mine", encoding="utf-8")
        said = gen(*command, "-o", file)
        assert said.code == 4
        assert Path(file).read_text(encoding="utf-8") == "mine"
        assert gen(*command, "-o", file, "--force").code == 0
        assert Path(file).stat().st_size > 1000


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_a_folder_that_may_not_be_written_to_is_said(gen: Gen, messy: Path, habits: Path, model_file: Path) -> None:
    for arguments in (["discover", habits, *FEW, "-o"], ["segments", model_file, "--report"]):
        said = gen(*arguments, "/proc/x.json")
        assert said.code == 4
        assert said.err.splitlines()[-1].startswith("gen: /proc/x.json: ")


def test_a_stop_leaves_nothing_behind(
    gen: Gen, messy: Path, habits: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path_factory.mktemp("work")
    monkeypatch.setattr("tempfile.tempdir", str(work))

    def stopped(*_: object, **__: object) -> None:
        assert list(work.iterdir())
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("fanwise.segmenter.session.build_features", stopped)
    before = seen(messy)
    said = gen("discover", habits, "-o", "model.json")

    assert said.code == 130
    assert "interrupted" in said.err
    assert seen(messy) == before
    assert list(work.iterdir()) == []
