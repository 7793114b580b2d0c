"""Quantiles of every family have the same bits whatever the processor can do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fanwise.generator.distributions import BUILTIN

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[3]
SIMD = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index]
DISPATCHED = " ".join([*SIMD.get("found", []), *SIMD.get("not found", [])])

CELLS = {
    "uniform": [{"min": 0, "max": 3}, {"min": -1, "max": 0.7}],
    "integer": [{"min": 1, "max": 6}, {"min": -(10**12), "max": 7}],
    "normal": [{"mean": 10, "sd": 3}, {"mean": 0.1, "sd": 0.7}],
    "lognormal": [{"mean": 72, "sd": 58}, {"median": 15, "sigma": 0.5}],
    "exponential": [{"mean": 3}, {"mean": 0.7}],
    "gamma": [{"mean": 3, "shape": 2.2}, {"mean": 3, "shape": 0.05}],
    "beta": [{"mean": 0.3, "n": 10}, {"mean": 0.01, "n": 0.5}],
    "weibull": [{"mean": 3, "shape": 1.5}, {"mean": 3, "shape": 0.3}],
    "pareto": [{"min": 1, "alpha": 2.5}, {"min": 3, "alpha": 0.9}],
    "student_t": [{"mean": 3, "sd": 1.5, "df": 3}, {"mean": 0, "sd": 1, "df": 40}],
    "poisson": [{"mean": 23}, {"mean": 1e5}],
    "negbin": [{"mean": 5, "k": 1.3}, {"mean": 1e4, "k": 0.05}],
    "geometric": [{"mean": 3}, {"mean": 1e6}],
    "binomial": [{"n": 20, "p": 0.3}, {"n": 10**6, "p": 0.01}],
    "bernoulli": [{"p": 0.3}, {"p": 0.01}],
    "zipf": [{"s": 1.1, "n": 10**12}, {"s": 0.7, "n": 10**6}],
    "fixed": [{"value": 3}, {"value": 4}],
    "histogram": [{"edges": (0, 1, 5, 20), "weights": (3, 5, 1)}, {"edges": (-1, 7), "weights": (1,)}],
    "quantile": [{"knot 0": 1, "knot 0.5": 9, "knot 1": 217, "log": True}, {"knot 0": 2, "knot 1": 3, "log": True}],
    "quantile of counts": [
        {"count knot 0": 0, "count knot 0.3": 2, "count knot 1": 40},
        {"count knot 0": 1, "count knot 1": 9},
    ],
    "mixture": [
        {"a.weight": 2, "a.normal.mean": 3, "a.normal.sd": 1, "b.weight": 1, "b.zipf.s": 1.2, "b.zipf.n": 9},
        {
            "a.weight": 1,
            "a.normal.mean": 0,
            "a.normal.sd": 5,
            "b.weight": 7,
            "b.zipf.s": 2,
            "b.zipf.n": 4,
            "b.factor": 1.5,
        },
    ],
    "mixture of counts": [{"a.weight": 1, "a.fixed.value": 0, "b.weight": 3, "b.poisson.mean": 4}] * 2,
    "counts": [{"counts": ((0, 3), (1, 5), (2, 2))}, {"counts": ((4, 1), (9, 0.7))}],
}

DIGESTS = f"""
import hashlib, numpy as np
from fanwise.generator.distributions import family

u = (np.arange(100_003) + 0.5) / 100_003
u = np.concatenate([u, u * 1e-6, 1 - u * 1e-6])
for name, cells in {CELLS!r}.items():
    values = family(name).sampler(cells).quantile(u, np.arange(u.size) % 2)
    print(name, hashlib.sha256(values.tobytes()).hexdigest())
"""


def digests(switched_off: str) -> dict[str, str]:
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": switched_off}
    command = [sys.executable, "-W", "error::ImportWarning", "-c", DIGESTS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines())


def test_every_family_is_in_the_table() -> None:
    assert sorted(CELLS) == sorted(family.name for family in BUILTIN)


@pytest.mark.skipif(not DISPATCHED, reason="this numpy dispatches to no processor features")
def test_bits_do_not_depend_on_the_processor() -> None:
    """The control, that np.exp does differ between these settings, stands in tests/test_exactmath.py."""
    assert digests("") == digests(DISPATCHED)
