"""The profile of a model for a terminal: which axes have segments, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.segmenter.report.profile import AxisProfile, FeatureProfile, Profile, SegmentProfile
from fanwise.text.numbers import instant, number, percent
from fanwise.text.terminal import table, wrapped

__all__ = ["overview_text", "profile_text"]

_SHOWN = 2  # features per table; JSON and the page hold all
_WIDE = 12  # columns, from which the head of a feature is set in two lines


def overview_text(profile: Profile) -> str:
    """Return what was found on each axis, and why the others are off."""
    return "\n".join(_overview(profile)) + "\n"


def profile_text(profile: Profile) -> str:
    """Return the overview, then a table per axis that has segments, then archetypes."""
    lines = _overview(profile)
    live = [axis for axis in profile.axes if axis.segments]
    if live:
        what = "medians" if profile.customers is not None else "centres"
        told = f"Share of all customers{_of_value(profile)}; {what} of the two features that tell most."
        lines += ["", *wrapped(told, "")]
    for axis in live:
        lines += ["", f"{axis.axis}: {_status(axis)}", *_segments(axis)]
    if profile.archetypes:
        lines += ["", "Archetypes: frequent combinations of segments", *_archetypes(profile)]
    return "\n".join(lines) + "\n"


def _overview(profile: Profile) -> list[str]:
    who = "the sample" if profile.customers is None else f"{profile.customers:,} customers"
    lines = [f"Segments of {who}, as of {instant(profile.as_of)}", ""]
    live = [axis for axis in profile.axes if axis.segments]
    rows = [
        [axis.axis, f"{len(axis.segments)} {_kind(axis)}", percent(_largest(axis), 0), _by(axis)] for axis in live
    ]  # fmt: skip
    lines += table(["axis", "found", "largest", "most telling"], rows, left=(0, 1)) if rows else []
    if any(axis.structure == "tiers" for axis in live):
        lines += wrapped("Tiers: no groups stand out from chance, so customers are cut in thirds by one feature.")
    for axis in profile.axes:
        if not axis.segments:
            lines += wrapped(f"{axis.axis}: off; {axis.reason}" if axis.reason else f"{axis.axis}: off", "  ", "    ")
    return lines


def _segments(axis: AxisProfile) -> list[str]:
    rows, keys = (*axis.segments, *axis.without), axis.key_features[:_SHOWN]
    valued = any(segment.value_share is not None for segment in rows)
    head = ["segment", "share", *(["revenue"] if valued else []), *map(_stacked, keys)]
    return table(head, [_row(segment, keys, valued) for segment in rows])


def _row(segment: SegmentProfile, keys: Sequence[str], valued: bool) -> list[str]:
    by_name = {each.feature: each for each in segment.features}
    shares = [percent(segment.share), *([percent(segment.value_share)] if valued else [])]
    return [segment.name, *shares, *(number(_middle(by_name.get(key))) for key in keys)]


def _middle(feature: FeatureProfile | None) -> float | None:
    if feature is None:
        return None
    return feature.typical if feature.median is None else feature.median


def _archetypes(profile: Profile) -> list[str]:
    there = [each for each in profile.archetypes if each.customers != 0]
    valued = any(each.value_share is not None for each in there)
    head = ["archetype", "share", *(["revenue"] if valued else [])]
    rows = [
        [each.name, percent(each.share), *([percent(each.value_share)] if valued else [])] for each in there
    ]  # fmt: skip
    return table(head, rows)


def _of_value(profile: Profile) -> str:
    valued = any(segment.value_share is not None for axis in profile.axes for segment in axis.segments)
    return " and of revenue" if valued else ""


def _kind(axis: AxisProfile) -> str:
    return "segments" if axis.structure == "clusters" else "tiers"


def _largest(axis: AxisProfile) -> float:
    return max(segment.share for segment in axis.segments)


def _by(axis: AxisProfile) -> str:
    return _words(axis.key_features[0]) if axis.key_features else "–"


def _status(axis: AxisProfile) -> str:
    count = len(axis.segments)
    what = f"{count} segments" if axis.structure == "clusters" else f"no clusters, {count} tiers"
    return f"{what}{', from part of its features' if axis.status == 'partial' else ''}"


def _words(feature: str) -> str:
    return (feature.partition(".")[2] or feature).replace("_", " ")[:30].strip()


def _stacked(feature: str) -> str:
    """Return the name of a feature, in two lines of about the same length where it is long."""
    words = _words(feature)
    breaks = [index for index, sign in enumerate(words) if sign == " "]
    if len(words) <= _WIDE or not breaks:
        return words[: _WIDE + 6]
    middle = min(breaks, key=lambda index: abs(2 * index - len(words)))
    return f"{words[:middle]}\n{words[middle + 1 :]}"
