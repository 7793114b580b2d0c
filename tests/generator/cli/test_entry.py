"""The door: every way out has its exit code, and none shows a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fanwise.generator.cli import commands, main
from fanwise.generator.errors import AuditFailed, Inconclusive, Mark, OutputError, PlanError, Problem, SchemaError
from tests.generator.cli.conftest import SHOP


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], int]:
    """Return a function that runs `gen schema` with `action` in place of its own."""

    def run(action: Callable[[], int], *arguments: str) -> int:
        original = commands._do
        monkeypatch.setattr(commands, "_do", lambda screen, _: original(screen, action))
        return main([*arguments, "schema"])

    return run


def raiser(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaError("FW-SCHEMA-CYCLE", "x"), 2),
        (PlanError("FW-PLAN-CYCLE", "x"), 2),
        (AuditFailed("x"), 1),
        (Inconclusive("x"), 3),
        (OutputError("FW-OUTPUT-WRITE", "x"), 4),
        (OSError(28, "No space left on device", "part"), 4),
        (MemoryError(), 4),
        (RuntimeError("x"), 5),
        (BaseException("a panic"), 5),
    ],
)
def test_each_fault_has_its_exit_code_and_no_traceback(
    act: Callable[..., int], capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    assert act(raiser(error)) == code

    said = capsys.readouterr()
    assert said.err
    assert said.out == ""
    assert "Traceback" not in said.err


@pytest.mark.parametrize("code", range(6))
def test_the_code_of_an_action_is_the_code_of_the_program(act: Callable[..., int], code: int) -> None:
    assert act(lambda: code) == code


@pytest.mark.parametrize(
    ("words", "place", "expected"),
    [
        ("gen ch", "1", ["check"]),
        ("gen run ecom", "2", ["ecommerce", "ecommerce_flat"]),
        ("gen run --wor", "2", ["--workers"]),
    ],
)
def test_a_shell_completes_commands_options_and_ready_datasets(words: str, place: str, expected: list[str]) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("gen"))],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "_GEN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": place},
    )

    assert done.stdout.split() == expected


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_with_their_own_code_and_run_the_cleaning_up(
    act: Callable[..., int], capsys: pytest.CaptureFixture[str], number: int, code: int
) -> None:
    before = signal.getsignal(number)
    cleaned = []

    def action() -> int:
        try:
            os.kill(os.getpid(), number)
            return 0
        finally:
            os.kill(os.getpid(), number)  # an impatient user: the cleaning up is not disturbed
            cleaned.append(True)

    assert act(action) == code
    assert cleaned == [True]
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_a_signal_counts_also_when_a_library_raises_its_own_error(act: Callable[..., int]) -> None:
    def action() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as stopped:
            raise RuntimeError("Query interrupted") from stopped
        return 0

    assert act(action) == 130


def test_a_defect_asks_for_a_report_and_shows_its_traceback_only_when_asked(
    act: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert act(raiser(RuntimeError("the reason"))) == 5
    text = capsys.readouterr().err
    assert "RuntimeError: the reason" in text
    assert "report" in text
    assert "--debug" in text
    assert len(text.splitlines()) < 20

    assert act(raiser(RuntimeError("the reason")), "--debug") == 5
    assert "Traceback" in capsys.readouterr().err


def test_errors_are_one_line_each_with_their_place_first(
    act: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    long = Problem(
        "FW-SCHEMA-CYCLE", "why " * 60, path="tables.order", value="'x\x1b[2J\ny'", mark=Mark(31, 5), file="shop.yaml"
    )
    other = Problem("FW-PLAN-ROWS", "no place known", "look here")

    assert act(raiser(SchemaError([long, other]))) == 2

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("shop.yaml:31:5: tables.order: 'x\\u001b[2J\\u000ay': why")
    assert second == "gen: no place known. Hint: look here [FW-PLAN-ROWS]"


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["run"], ["run", "a", "--nonsense"], ["run", "a", "--scale", "x"], ["run", "a", "--threads", "0"]],
)
def test_wrong_usage_ends_with_2_and_is_not_boxed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert "Usage: gen" in said.err
    assert not set("╭│╰") & set(said.err)


def test_help_loads_no_engine() -> None:
    code = (
        "import sys; from fanwise.generator.cli import main; code = main(['--help']); "
        "heavy = {'polars', 'numpy', 'duckdb', 'scipy', 'rich', 'yaml', 'jsonschema'} & set(sys.modules); "
        "sys.exit(code or f'loaded: {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "run" in done.stdout


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    program = (
        "import sys; from fanwise.generator.cli import screen, main; s = screen.Screen(); "
        "[s.result('x' * 1000) for _ in range(1000)]; sys.exit(main(['--help']))"
    )
    errors = tmp_path / "errors"
    with errors.open("w") as stream:
        writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=stream)
        assert writer.stdout is not None
        writer.stdout.close()
        code = writer.wait()

    assert code == 0
    assert errors.read_text() == ""


@pytest.mark.system
@pytest.mark.parametrize(
    ("words", "streams", "code", "said"),
    [
        ("check ecommerce", ">/dev/full", 4, "gen: standard output: No space left on device"),
        ("init ecommerce", ">/dev/full", 4, "gen: standard output: No space left on device"),
        ("check nowhere.yaml", "2>/dev/full", 2, ""),
        ("docs habits --out pages", ">/dev/null 2>/dev/full", 0, ""),
        ("dbt habits --no-data --project project", ">/dev/null 2>/dev/full", 0, ""),
        ("run shop.yaml --no-audit", ">/dev/null 2>/dev/full", 0, ""),
        ("mcp --root .", "<&-", 0, ""),
    ],
)
def test_streams_that_cannot_be_used(tmp_path: Path, words: str, streams: str, code: int, said: str) -> None:
    """What cannot be told is lost, and changes no exit code; a result that is lost is an error that says where."""
    if "mcp" in words:
        pytest.importorskip("mcp")
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    command = f"{sys.executable} -m fanwise {words} {streams}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert (done.returncode, done.stderr.strip()) == (code, said)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_closed_from_the_start_has_no_reader(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, stream, None)

    assert main(["schema"]) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("POLARS_MAX_THREADS", value) for value in ("0", "-3", "abc", "1.5", "999999999")),
        *(("SOURCE_DATE_EPOCH", value) for value in ("abc", "-1", "9" * 20, "253402300800")),
    ],
)
def test_a_setting_that_a_library_would_stumble_over_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Polars ends the process for 0 threads, and a library of the charts cannot read a time of 20 digits."""
    monkeypatch.setenv(name, value)

    assert main(["schema"]) == 2
    assert f"gen: {name}: '{value}' is not a " in capsys.readouterr().err
    monkeypatch.setenv(name, "4")
    assert main(["schema"]) == 0


def test_a_library_without_room_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ImportError("_duckdb.so: failed to map segment from shared object")

    monkeypatch.setattr("fanwise.generator.cli.app.app", refuse)

    assert main(["schema"]) == 4
    assert "out of memory" in capsys.readouterr().err


def test_a_signal_that_comes_in_a_finalizer_still_ends_the_program(
    act: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    class Last:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def action() -> int:
        kept = [Last()]
        kept.clear()
        threading.Event().wait(60)  # the signal comes again meanwhile
        return 0

    assert act(action) == 130
    assert capsys.readouterr().err == "gen: interrupted\n"
