"""Generated values are frozen: the same on every machine, and from version to version unless CHANGELOG says otherwise.

To accept a wanted change: `python tests/golden/hashes.py > tests/golden/hashes.json`, raise ALGORITHM in
fanwise/generator/run/run.py,
and add a line to CHANGELOG.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.system

HERE = Path(__file__).parent
UMATH = np._core._multiarray_umath  # type: ignore[attr-defined]
# What NumPy chooses by the processor; the names differ between versions of NumPy.
FEATURES_OFF = " ".join(name for name in UMATH.__cpu_dispatch__ if UMATH.__cpu_features__[name])
EXP = "import numpy as np; print(hash(np.exp(np.linspace(-20, 20, 400_001)).tobytes()))"


def python(*args: str, **env: str) -> str:
    command = [sys.executable, "-W", "error::ImportWarning", *args]
    settings = {**os.environ, "PYTHONHASHSEED": "0", **env}
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"NPY_DISABLE_CPU_FEATURES": FEATURES_OFF},
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "POLARS_MAX_THREADS": "1"},
    ],
    ids=["as it is", "processor features off", "another place"],
)
def test_ready_data_sets_have_their_golden_hashes(env: dict[str, str]) -> None:
    expected = json.loads((HERE / "hashes.json").read_text())

    assert json.loads(python(str(HERE / "hashes.py"), **env)) == expected


def test_the_switch_really_switches() -> None:
    """Where the machine has AVX-512, np.exp differs between the two settings: so the test above can fail."""
    features = UMATH.__cpu_features__
    if not features.get("AVX512F", features.get("X86_V4", False)):
        pytest.skip("this processor has no AVX-512, so NumPy has nothing to switch off")

    assert python("-c", EXP) != python("-c", EXP, NPY_DISABLE_CPU_FEATURES=FEATURES_OFF)
