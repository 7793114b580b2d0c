"""Ctrl-C while the program imports its modules: exit 130, and no traceback of imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, signal, sys
from fanwise.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
left, seen = int(sys.argv.pop(1)), []
def hook(event, args):
    if event == "import":
        seen.append(args[0])
        if len(seen) == left:
            os.kill(os.getpid(), signal.SIGINT)
for name in ("signal", "enum"):
    sys.modules.pop(name, None)
sys.addaudithook(hook)
code = main()
print(f"\\n{len(seen)}")
sys.exit(code)
"""
"""Runs the program, which gets the signal at the import of that number."""


def started(number: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(number), "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_an_interrupt_at_any_import_is_quiet() -> None:
    whole = started(0)
    assert whole.returncode == 0, whole.stderr
    imports = int(whole.stdout.split()[-1])
    assert imports > 100
    for number in (1, 2, 3, 5, 8, 13, 21, 34, imports // 4, imports // 2, imports - 40):
        seen = started(number)
        place = f"import {number} of {imports}: {seen.stderr}"
        assert seen.returncode == 130, place
        assert seen.stderr in ("", "gen: interrupted\n"), place


def test_the_program_of_the_package_is_the_quiet_one() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'gen = "fanwise.__main__:main"' in text
    assert 'fanwise = "fanwise.__main__:main"' in text
