"""The likelihoods of BG/NBD and Pareto/NBD, fitted with scipy: what the data of `buytilldie` are held against.

They are those of Fader, Hardie and Lee (2005), "Counting your customers the easy way", equation (6), and of their note
"A note on deriving the Pareto/NBD model" (2005), equation (11). Times are in weeks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What is seen of each customer: purchases after the first one, the time of the last, and the time observed."""

    x: Floats
    last: Floats
    age: Floats


@dataclass(frozen=True)
class Fit:
    """Maximum likelihood: logarithms of the parameters, their covariance, and the log-likelihood of any others."""

    logs: Floats
    covariance: Floats
    likelihood: Callable[[Floats], float]

    def deviations(self, truth: Floats) -> Floats:
        """Return how many standard errors each true parameter is away from its estimate."""
        deviations: Floats = (np.log(truth) - self.logs) / np.sqrt(np.diag(self.covariance))
        return deviations

    def ratio(self, truth: Floats) -> float:
        """Return twice the gap of the log-likelihoods: chi-squared with 4 degrees of freedom if the truth is true."""
        return 2 * (self.likelihood(self.logs) - self.likelihood(np.log(truth)))


def bg_nbd(logs: Floats, seen: Seen) -> float:
    """Return the log-likelihood of r, alpha, a, b."""
    r, alpha, a, b = np.exp(logs)
    x, last, age = seen.x, seen.last, seen.age
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    common += special.betaln(a, b + x) - special.betaln(a, b)
    alive = -(r + x) * np.log(alpha + age)
    gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    return float(np.sum(common + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))))


def pareto_nbd(logs: Floats, seen: Seen) -> float:
    """Return the log-likelihood of r, alpha, s, beta."""
    r, alpha, s, beta = np.exp(logs)
    x, last, age = seen.x, seen.last, seen.age
    power, high, second = r + s + x, max(alpha, beta), s + 1 if alpha >= beta else r + x

    def part(time: Floats) -> Floats:
        hyper = special.hyp2f1(power, second, power + 1, abs(alpha - beta) / (high + time))
        return np.asarray(np.log(hyper) - power * np.log(high + time))

    early, late = part(last), part(age)
    gone = np.log(s) - np.log(power) + early + np.log(-np.expm1(np.minimum(late - early, -1e-12)))
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return float(np.sum(common + np.logaddexp(alive, gone)))


def fitted(likelihood: Callable[[Floats, Seen], float], seen: Seen, start: Floats) -> Fit:
    """Return the fit that starts at `start`, parameters above 0; the covariance is that of the observed information."""
    scale = 1 / len(seen.x)
    found = optimize.minimize(lambda logs: -scale * likelihood(logs, seen), np.log(start), method="BFGS")
    step, size = 1e-3, len(start)
    moves = np.eye(size) * step
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            corners = [
                one * two * likelihood(found.x + one * moves[i] + two * moves[j], seen)
                for one in (1, -1)
                for two in (1, -1)
            ]
            hessian[i, j] = sum(corners) / (4 * step**2)
    return Fit(found.x, np.linalg.inv(-hessian), lambda logs: likelihood(logs, seen))
