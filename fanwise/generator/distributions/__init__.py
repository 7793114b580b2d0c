"""Distribution families: pure functions from one uniform a row, and the cell's parameters, to a value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fanwise.generator.distributions.base import Family
from fanwise.generator.distributions.bernoulli import Bernoulli
from fanwise.generator.distributions.beta import Beta
from fanwise.generator.distributions.binomial import Binomial
from fanwise.generator.distributions.counts import Counts
from fanwise.generator.distributions.exponential import Exponential
from fanwise.generator.distributions.fixed import Fixed
from fanwise.generator.distributions.gamma import Gamma
from fanwise.generator.distributions.geometric import Geometric
from fanwise.generator.distributions.histogram import Histogram
from fanwise.generator.distributions.integer import Integer
from fanwise.generator.distributions.lognormal import Lognormal
from fanwise.generator.distributions.mixture import Mixture
from fanwise.generator.distributions.negbin import Negbin
from fanwise.generator.distributions.normal import Normal
from fanwise.generator.distributions.pareto import Pareto
from fanwise.generator.distributions.poisson import Poisson
from fanwise.generator.distributions.quantile import Quantile
from fanwise.generator.distributions.quantile_counts import QuantileCounts
from fanwise.generator.distributions.student_t import StudentT
from fanwise.generator.distributions.uniform import Uniform
from fanwise.generator.distributions.weibull import Weibull
from fanwise.generator.distributions.zipf import Zipf
from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.language.shape.plugins import plugin_distributions

__all__ = ["BUILTIN", "families", "family"]

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
    Quantile(),
    QuantileCounts(),
)
BUILTIN: tuple[Family, ...] = (*_SINGLE, Mixture(_SINGLE, discrete=False), Mixture(_SINGLE, discrete=True))


def family(name: str) -> Family:
    """Return the family of this name (raises UsageError, naming the nearest, when there is none)."""
    known = families()
    if name not in known:
        raise UsageError("FW-USAGE-NAME", f"unknown distribution '{name}'", nearest(name, known))
    return known[name]


@cache
def families() -> Mapping[str, Family]:
    """Return every family by its name: the built-in ones, and those of plug-ins, which may be part of a mixture too."""
    others = tuple(plugin_distributions().values())
    single = (*_SINGLE, *others)
    laws = (*single, Mixture(single, discrete=False), Mixture(single, discrete=True)) if others else BUILTIN
    return {law.name: law for law in laws}
