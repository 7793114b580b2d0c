"""The profile as one HTML page: no network, no script, its style and drawings inside.

What is drawn: per axis how many customers and how much revenue each segment has (bars from 0, to scale), what is
typical of it (a heat map of the centroids in standard deviations from the mean customer), how k was chosen. Every
string passes through `printable` and Jinja's autoescaping, in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.model.model import AxisModel, KScore, Model
from fanwise.segmenter.report.profile import AxisProfile, Profile
from fanwise.text.numbers import instant, number, percent
from fanwise.text.sanitize import printable

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render_html"]

_FULL = 2.5  # standard deviations at which a cell of the heat map has its full colour
_STRONGEST = 65
_LONGEST = 60  # percent of a cell; the number stands beside the bar
_ABOUT = {feature.name: feature.about for feature in FEATURES}
_STATUS = {"clusters": "segments", "tiers": "no segments stand out: thirds by the first feature", "none": "off"}


@dataclass(frozen=True, slots=True)
class _Heat:
    """One cell of the heat map: how far the centroid is from the mean customer, and in raw units."""

    z: float
    raw: str

    @property
    def shade(self) -> int:
        """The strength of the colour in percent; never so strong that the text on it is hard to read."""
        return round(_STRONGEST * min(abs(self.z), _FULL) / _FULL)

    @property
    def side(self) -> str:
        return "more" if self.z >= 0 else "less"

    @property
    def told(self) -> str:
        return f"{round(self.z, 1) + 0.0:+.1f} sd"  # + 0.0: there is no -0


def render_html(model: Model, profile: Profile) -> str:
    """Return the page, ending in a newline."""
    fitted = {axis.axis: axis for axis in model.axes}
    order = {"clusters": 0, "tiers": 1}
    shown = sorted(profile.axes, key=lambda axis: order.get(axis.structure, 2))
    tiers = any(axis.structure == "tiers" for axis in shown)
    axes = [(axis, fitted[axis.axis]) for axis in shown]
    return _page().render(model=model, profile=profile, axes=axes, tiers=tiers) + "\n"


@cache
def _page() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True)
    environment.globals |= {
        "style": Markup(_text("page.css").strip()),
        "about": lambda name: _ABOUT.get(name, name),
        "found": _found,
        "heat": _heat,
        "heading": _heading,
        "heading_of_all": _heading_of_all,
        "instant": instant,
        "number": number,
        "percent": percent,
        "priced": lambda profile: any(each.value_share is not None for each in profile.archetypes),
        "scores": _scores,
        "short": lambda name: name.partition(".")[2].replace("_", " "),
        "title": lambda axis: axis.replace("_", " ").capitalize(),
        "valued": lambda axis: any(each.value_share is not None for each in axis.segments),
        "wide": _wide,
    }
    return environment.from_string(_text("page.html"))


def _heading_of_all(axes: list[tuple[AxisProfile, AxisModel]]) -> str:
    with_segments = sum(axis.structure == "clusters" for axis, _ in axes)
    return f"segments stand out on {with_segments} of {len(axes)} axes"


def _found(axis: AxisProfile) -> str:
    count = len(axis.segments)
    return {"clusters": f"{count} segments", "tiers": f"{count} tiers"}.get(axis.structure, "off")


def _heading(axis: AxisProfile) -> str:
    count = len(axis.segments)
    words = _STATUS.get(axis.structure, axis.structure)
    return f"{count} {words}" if axis.structure == "clusters" else words


def _heat(axis: AxisModel, profile: AxisProfile, segment: int, index: int) -> _Heat:
    feature = axis.features[index].name
    raw = {each.feature: each for each in profile.segments[segment].features}.get(feature)
    told = number(raw.median if raw.median is not None else raw.typical) if raw is not None else "–"
    return _Heat(axis.segments[segment].centroid[index], told)


def _scores(axis: AxisModel) -> list[tuple[KScore, bool]]:
    """Return the scores of each k, and whether it was chosen."""
    chosen = len(axis.segments) if axis.structure == "clusters" else 1
    return [(score, score.k == chosen) for score in axis.scores]


def _wide(share: float | None, shares: list[float | None]) -> float:
    """Return the width of a bar in percent of its cell: the longest of a table takes `_LONGEST`, and 0 is no bar."""
    longest = max((each for each in shares if each is not None), default=0.0)
    return round(_LONGEST * share / longest, 2) if share and longest > 0 else 0.0


def _shown(value: object) -> object:
    """Return what a template prints: text without characters that steer, markup as it is."""
    return value if hasattr(value, "__html__") else printable(str(value))


def _text(name: str) -> str:
    return (resources.files("fanwise.segmenter.report") / name).read_text(encoding="utf-8")
