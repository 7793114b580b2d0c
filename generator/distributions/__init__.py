"""Distribution families: pure functions from one uniform a row, and the cell's parameters, to a value."""

from __future__ import annotations

from generator.distributions.base import Family
from generator.distributions.bernoulli import Bernoulli
from generator.distributions.beta import Beta
from generator.distributions.binomial import Binomial
from generator.distributions.counts import Counts
from generator.distributions.exponential import Exponential
from generator.distributions.fixed import Fixed
from generator.distributions.gamma import Gamma
from generator.distributions.geometric import Geometric
from generator.distributions.histogram import Histogram
from generator.distributions.integer import Integer
from generator.distributions.lognormal import Lognormal
from generator.distributions.mixture import Mixture
from generator.distributions.negbin import Negbin
from generator.distributions.normal import Normal
from generator.distributions.pareto import Pareto
from generator.distributions.poisson import Poisson
from generator.distributions.student_t import StudentT
from generator.distributions.uniform import Uniform
from generator.distributions.weibull import Weibull
from generator.distributions.zipf import Zipf
from generator.errors import UsageError, nearest

__all__ = ["BUILTIN", "family"]

_SINGLE: tuple[Family, ...] = (
    Uniform(),
    Integer(),
    Normal(),
    Lognormal(),
    Exponential(),
    Gamma(),
    Beta(),
    Weibull(),
    Pareto(),
    StudentT(),
    Poisson(),
    Negbin(),
    Geometric(),
    Binomial(),
    Bernoulli(),
    Zipf(),
    Fixed(),
    Histogram(),
    Counts(),
)
BUILTIN: tuple[Family, ...] = (*_SINGLE, Mixture(_SINGLE, discrete=False), Mixture(_SINGLE, discrete=True))
_BY_NAME = {entry.name: entry for entry in BUILTIN}


def family(name: str) -> Family:
    """Return the family of this name (raises UsageError, naming the nearest, when there is none)."""
    if name not in _BY_NAME:
        raise UsageError(f"unknown distribution '{name}'", hint=nearest(name, _BY_NAME))
    return _BY_NAME[name]
