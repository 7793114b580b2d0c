"""exp, log, log1p, power and the normal quantile: accurate, elementwise, and equal to the bit on any processor."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from fanwise.generator.numerics import exactmath
from fanwise.generator.numerics.blocks import BLOCK

ROOT = Path(__file__).resolve().parents[3]
SIMD = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index]
DISPATCHED = " ".join([*SIMD.get("found", []), *SIMD.get("not found", [])])
RNG = np.random.default_rng(20_240_101)

DIGESTS = """
import hashlib, numpy as np
from fanwise.generator.numerics import exactmath

u = (np.arange(400_000) + 0.5) / 400_000
x = (u - 0.5) * 1400
for name, values in {
    "exp": exactmath.exp(x),
    "log": exactmath.log(np.concatenate([u, u * 1e300, u * 1e-310])),
    "log1p": exactmath.log1p(np.concatenate([-u, u * 1e-9, u * 1e9])),
    "power": exactmath.power(u * 9, 2.5),
    "normal_quantile": exactmath.normal_quantile(np.concatenate([u, u * 1e-9, u * 1e-300])),
    "control": np.exp(x),
}.items():
    print(name, hashlib.sha256(values.tobytes()).hexdigest())
"""


def digests(switched_off: str) -> dict[str, str]:
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": switched_off}
    command = [sys.executable, "-W", "error::ImportWarning", "-c", DIGESTS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.skipif(not DISPATCHED, reason="this numpy dispatches to no processor features")
def test_bits_do_not_depend_on_the_processor() -> None:
    full, bare = digests(""), digests(DISPATCHED)
    controls = full.pop("control"), bare.pop("control")

    assert full == bare
    if "X86_V4" not in SIMD.get("found", []):
        pytest.skip("no AVX-512 here, so the control (np.exp differs between the settings) cannot be had")
    assert controls[0] != controls[1]


def relative_error(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.max(np.abs(found.astype(np.longdouble) - exact) / np.abs(exact)))


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="long double is no wider than double here")
@pytest.mark.parametrize(
    ("function", "x"),
    [
        ("exp", RNG.uniform(-700, 700, 50_000)),
        ("exp", RNG.uniform(-1e-3, 1e-3, 10_000)),
        ("log", np.exp(RNG.uniform(-700, 700, 50_000))),
        ("log", RNG.uniform(0.5, 2, 50_000)),
        ("log1p", -np.exp(RNG.uniform(-700, -1e-9, 50_000))),
        ("log1p", np.exp(RNG.uniform(-700, 100, 50_000))),
    ],
)
def test_errors_stay_below_an_ulp_or_so(function: str, x: np.ndarray) -> None:
    exact = getattr(np, function)(x.astype(np.longdouble))

    assert relative_error(getattr(exactmath, function)(x), exact) <= 4e-16


@given(st.floats(-700, 700))
def test_exp_against_decimal_arithmetic(x: float) -> None:
    with localcontext(prec=40):
        exact = Decimal(x).exp()
        error = abs(Decimal(float(exactmath.exp(x))) - exact) / exact

    assert error <= Decimal("2.3e-16")


def test_power() -> None:
    x, y = RNG.uniform(0.01, 50, 5000), RNG.uniform(-20, 20, 5000)

    np.testing.assert_allclose(exactmath.power(x, y), x**y, rtol=4e-14)
    assert exactmath.power(2.0, 0.5) == pytest.approx(math.sqrt(2), rel=1e-15)


def test_normal_quantile_from_1e_minus_300_to_the_last_uniform() -> None:
    u = np.concatenate(
        [np.exp(RNG.uniform(math.log(1e-300), 0, 50_000)), RNG.random(100_000), 1 - 2.0 ** -np.arange(2, 54)]
    )
    edges = np.array([0.075, 0.925, math.exp(-25)])  # where one rational function follows another
    u = np.concatenate([u[u < 1], edges, np.nextafter(edges, 0), np.nextafter(edges, 1)])

    np.testing.assert_allclose(exactmath.normal_quantile(u), special.ndtri(u), rtol=1e-14)
    assert exactmath.normal_quantile(0.5) == 0


@given(st.floats(2.0**-53, 1 - 2.0**-53))
def test_normal_quantile_is_odd(u: float) -> None:
    if 1 - (1 - u) == u:
        assert exactmath.normal_quantile(1 - u) == -exactmath.normal_quantile(u)


def test_ends_of_the_domains_without_a_warning() -> None:
    inf, nan = math.inf, math.nan

    np.testing.assert_array_equal(
        exactmath.exp(np.array([-inf, -1e9, 0, 709.9, 1e9, inf, nan])), [0, 0, 1, inf, inf, inf, nan]
    )
    np.testing.assert_array_equal(exactmath.log(np.array([-1, 0, -0.0, 1, inf, nan])), [nan, -inf, -inf, 0, inf, nan])
    np.testing.assert_array_equal(exactmath.log1p(np.array([-2, -1, 0, inf, nan])), [nan, -inf, 0, inf, nan])


def test_subnormal_numbers() -> None:
    tiny = np.array([5e-324, 1e-310, 2.2250738585072009e-308])

    np.testing.assert_allclose(exactmath.log(tiny), np.log(tiny), rtol=4e-16)
    np.testing.assert_allclose(
        exactmath.exp(np.array([-745.0, -744.0, -720.5])), np.exp([-745.0, -744.0, -720.5]), rtol=1e-12
    )
    assert exactmath.log1p(np.array([5e-324]))[0] == 5e-324


@pytest.mark.parametrize("function", ["exp", "log", "log1p", "normal_quantile"])
def test_a_value_does_not_depend_on_its_neighbours(function: str) -> None:
    """One neighbour out of range sends a whole block another way; nobody else may notice."""
    call = getattr(exactmath, function)
    x = RNG.uniform(1e-6, 1, 3 * BLOCK + 5)
    odd = x.copy()
    odd[::997] = {"exp": -744.0, "log": 1e-320, "log1p": -0.999999, "normal_quantile": 1e-200}[function]
    kept = np.ones(x.size, dtype=bool)
    kept[::997] = False

    np.testing.assert_array_equal(call(odd)[kept], call(x)[kept])
    np.testing.assert_array_equal(call(x)[5:50], call(x[5:50]))
    np.testing.assert_array_equal(call(x.reshape(-1, 1))[:, 0], call(x))


@pytest.mark.parametrize("function", ["exp", "log", "log1p", "normal_quantile"])
def test_out_may_be_the_input(function: str) -> None:
    call = getattr(exactmath, function)
    for x in (RNG.random(1000), np.append(RNG.random(1000), 1e-320)):
        wanted, out = call(x), np.empty_like(x)

        assert call(x, out=out) is out
        np.testing.assert_array_equal(out, wanted)
        np.testing.assert_array_equal(call(x, out=x), wanted)


def test_numbers_in_numbers_out() -> None:
    assert float(exactmath.exp(1.0)) == pytest.approx(math.e, rel=1e-15)
    assert exactmath.log(np.array([])).shape == (0,)


def test_rounded_keeps_significant_digits() -> None:
    values = np.array([[math.pi, -math.pi * 1e-200], [0.0, 123456789012345.0]])

    assert exactmath.rounded(values).tolist() == [[3.14159265359, -3.14159265359e-200], [0.0, 123456789012000.0]]
    assert exactmath.rounded(math.pi, 3) == 3.14


def test_log1p_of_a_value_does_not_depend_on_whether_its_block_is_exact() -> None:
    u = -np.random.default_rng(5).integers(1, 2**52, 1000) / 2.0**52
    mixed = np.append(u, 1e-20)

    np.testing.assert_array_equal(exactmath.log1p(mixed)[:-1], exactmath.log1p(u))
