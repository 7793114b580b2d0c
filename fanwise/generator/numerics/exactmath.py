"""exp, log, log1p, power and the normal quantile, equal to the last bit on every machine.

numpy's own exp, log and power pick different code for different processors and differ in the last bit. The functions
here use only operations that IEEE 754 rounds exactly (+ − × ÷ √ and comparisons) and integer operations on the bits,
each as a ufunc of its own, so that no compiler can fuse a multiplication with an addition. Sums and dot products are
avoided: their order, hence their rounding, depends on the processor.

All functions map float64 arrays of any shape to float64 arrays of that shape, elementwise: what a value becomes never
depends on its neighbours. They work in blocks that stay in a core's cache. `out`, where given, is a C-contiguous
float64 array of the same shape, and may be the input itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.numerics.blocks import blocks

__all__ = ["exp", "log", "log1p", "normal_quantile", "power", "rounded"]

Floats = npt.NDArray[np.float64]
Numbers = Floats | float

# Adding 1.5 · 2^52 rounds to the nearest integer, which is then in the low bits of the float.
_SHIFTER = 6755399441055744.0
_SHIFTER_BITS = 0x4338000000000000
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700
_TINY, _HUGE = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max)

# FreeBSD msun e_exp.c and e_log.c (Sun Microsystems 1993): errors below 1 ulp.
_EXP = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
_LOG_ODD = (
    6.666666666666735130e-01,
    2.857142874366239149e-01,
    1.818357216161805012e-01,
    1.479819860511658591e-01,
)
_LOG_EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)

# Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16; lowest power first.
_CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_TAIL = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR_TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def exp(x: Numbers, out: Floats | None = None) -> Floats:
    """Return e^x, relative error below 1 ulp; 0 and inf beyond the range, without a warning."""
    return _blockwise(_exp, x, out)


def log(x: Numbers, out: Floats | None = None) -> Floats:
    """Return the natural logarithm, relative error below 1 ulp; −inf at 0, nan below."""
    return _blockwise(_log, x, out)


def log1p(x: Numbers, out: Floats | None = None) -> Floats:
    """Return log(1 + x), relative error below 4e-16 also where x is tiny; −inf at −1, nan below."""
    return _blockwise(_log1p, x, out)


def normal_quantile(u: Numbers, out: Floats | None = None) -> Floats:
    """Return the standard normal quantile of u in (0, 1), relative error below 2e-15 (AS 241)."""
    return _blockwise(_normal_quantile, u, out)


def power(x: Numbers, y: Numbers) -> Floats:
    """Return x^y for x > 0 as exp(y · log x): relative error about 2e-16 times (1 + |y · log x|)."""
    exponent = log(x) * y
    return exp(exponent, out=exponent if exponent.ndim else None)


def _blockwise(kernel: Callable[[Floats, Floats], None], x: Numbers, out: Floats | None) -> Floats:
    values = np.ascontiguousarray(x, dtype=np.float64)
    result = np.empty(np.shape(x)) if out is None else out
    source, target = values.reshape(-1), result.reshape(-1)
    # A subnormal result, or the rational function of the centre evaluated in the tail, is not worth a warning.
    with np.errstate(all="ignore"):
        for rows in blocks(source.size):
            kernel(source[rows], target[rows])
    return result


def _horner(x: Floats, coefficients: tuple[float, ...], out: Floats) -> Floats:
    np.multiply(x, coefficients[-1], out=out)
    for coefficient in coefficients[-2:0:-1]:
        np.add(out, coefficient, out=out)
        np.multiply(out, x, out=out)
    np.add(out, coefficients[0], out=out)
    return out


def _exp(x: Floats, out: Floats) -> None:
    # Where all results are normal numbers one factor 2^k is enough; NaN takes the long way as well.
    plain = bool(x.min() >= -708.0 and x.max() <= 709.0)
    if not plain:
        x = np.minimum(np.maximum(x, -1400.0), 1400.0)
    shifted = x * _INVERSE_LN2
    np.add(shifted, _SHIFTER, out=shifted)
    k = shifted - _SHIFTER
    high = k * _LN2_HIGH
    np.subtract(x, high, out=high)
    low = np.multiply(k, _LN2_LOW, out=k)
    r = high - low
    square = r * r
    c = _horner(square, _EXP, np.empty_like(r))
    np.multiply(c, square, out=c)
    np.subtract(r, c, out=c)
    # e^r = 1 − ((low − r·c / (2 − c)) − high)
    np.multiply(r, c, out=r)
    np.subtract(2.0, c, out=c)
    np.divide(r, c, out=r)
    np.subtract(low, r, out=r)
    np.subtract(r, high, out=r)
    np.subtract(1.0, r, out=r)
    bits = shifted.view(np.int64)
    if plain:
        np.left_shift(bits, 52, out=bits)
        np.add(bits, 1023 << 52, out=bits)
        np.multiply(r, shifted, out=out)
        return
    np.subtract(bits, _SHIFTER_BITS, out=bits)
    half = bits >> 1
    np.subtract(bits, half, out=bits)
    for part in (half, bits):
        np.left_shift(np.add(part, 1023, out=part), 52, out=part)
    np.multiply(r, half.view(np.float64), out=r)
    np.multiply(r, shifted, out=out)


def _log(x: Floats, out: Floats) -> None:
    if bool(x.min() >= _TINY and x.max() <= _HUGE):
        _log_normal(x, 0.0, out)
        return
    special = ~((x > 0.0) & (x <= _HUGE))
    tiny = x < _TINY
    scaled = np.where(tiny, x * 2.0**54, x)
    scaled[special] = 1.0
    answer = np.where(x == 0.0, -np.inf, np.where(x > 0.0, np.inf, np.nan))
    _log_normal(scaled, np.where(tiny, -54.0, 0.0), scaled)
    np.copyto(out, np.where(special, answer, scaled))


def _log_normal(x: Floats, exponent: Numbers, out: Floats) -> None:
    """Write log(x) + exponent · log 2 for positive normal x: x = 2^k (1 + f) with √½ < 1 + f < √2."""
    bits = x.view(np.int64)
    k_bits = bits - 0x3FE6A09E00000000
    np.right_shift(k_bits, 52, out=k_bits)
    mantissa = k_bits << 52
    np.subtract(bits, mantissa, out=mantissa)
    f = mantissa.view(np.float64)
    np.subtract(f, 1.0, out=f)
    np.add(k_bits, _SHIFTER_BITS, out=k_bits)
    k = k_bits.view(np.float64)
    np.subtract(k, _SHIFTER - exponent, out=k)
    s = f + 2.0
    np.divide(f, s, out=s)
    z = s * s
    w = z * z
    rest = _horner(w, _LOG_EVEN, np.empty_like(w))
    np.multiply(rest, w, out=rest)
    odd = _horner(w, _LOG_ODD, np.empty_like(w))
    np.multiply(odd, z, out=odd)
    np.add(rest, odd, out=rest)
    half_square = np.multiply(f, f, out=z)
    np.multiply(half_square, 0.5, out=half_square)
    # log = k·ln2_high + (((s (f²/2 + rest) + k·ln2_low) − f²/2) + f)
    np.add(rest, half_square, out=rest)
    np.multiply(rest, s, out=rest)
    np.add(rest, np.multiply(k, _LN2_LOW, out=odd), out=rest)
    np.subtract(rest, half_square, out=rest)
    np.add(rest, f, out=rest)
    np.multiply(k, _LN2_HIGH, out=k)
    np.add(rest, k, out=out)


def _log1p(x: Floats, out: Floats) -> None:
    # log(1 + x) = log w + lost / w, with w = 1 + x as rounded and `lost` the exact remainder (Knuth's two-sum).
    w = x + 1.0
    part = w - 1.0
    if bool((part == x).all()):  # nothing is lost, as where x is a uniform with its sign changed
        _log(w, out)
        return
    lost = w - part
    np.subtract(1.0, lost, out=lost)
    np.subtract(x, part, out=part)
    np.add(lost, part, out=lost)
    np.divide(lost, w, out=lost)
    _log(w, part)
    beyond = ~((w > 0.0) & (w <= _HUGE))
    if beyond.any():
        lost[beyond] = 0.0
    np.add(part, lost, out=out)


def _normal_quantile(u: Floats, out: Floats) -> None:
    q = u - 0.5
    r = q * q
    np.subtract(0.180625, r, out=r)
    tails = np.flatnonzero(r < 0.0)
    above = u[tails]
    below = np.minimum(above, 1.0 - above)
    _ratio(r, _CENTRE, r)
    np.multiply(q, r, out=out)
    if tails.size:
        _log(below, below)
        np.sqrt(np.negative(below, out=below), out=below)
        far = np.flatnonzero(below > 5.0)
        size = _ratio(below - 1.6, _TAIL, np.empty_like(below))
        if far.size:
            size[far] = _ratio(below[far] - 5.0, _FAR_TAIL, np.empty(far.size))
        out[tails] = np.copysign(size, q[tails])


def _ratio(x: Floats, coefficients: tuple[tuple[float, ...], tuple[float, ...]], out: Floats) -> Floats:
    top = _horner(x, coefficients[0], np.empty_like(x))
    bottom = _horner(x, coefficients[1], np.empty_like(x))
    return np.divide(top, bottom, out=out)


def rounded(values: Any, digits: int = 12) -> Floats:
    """Return the values rounded to `digits` significant digits, so that libraries that differ less agree to the bit."""
    texts = np.asarray(values, dtype=np.float64)
    flat = [float(f"{value:.{digits - 1}e}") for value in texts.reshape(-1).tolist()]
    return np.array(flat, dtype=np.float64).reshape(texts.shape)
