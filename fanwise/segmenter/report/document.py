"""The document of a profile: which axes have segments, who is in them, and what is typical of them.

With its model, the document also holds how far each segment lies from the mean customer (a heat map of the centroids)
and how the number of segments was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.model.model import AxisModel, Model
from fanwise.segmenter.report.model import ArchetypeProfile, AxisProfile, Profile, SegmentProfile
from fanwise.text.blocks import Block, Cell, Column, Document, Fold, Paragraph, Points, Section, Table, bars
from fanwise.text.numbers import instant, number, percent
from fanwise.text.renderers.terminal import render_terminal

__all__ = ["document_of", "overview_text", "profile_text"]

_SHOWN = 2  # features beside the shares of a segment
_FULL = 2.5  # standard deviations at which a shade has its full colour
_ABOUT = {feature.name: feature.about for feature in FEATURES}
_ORDER = {"clusters": 0, "tiers": 1}
_TIERS = "Tiers: no groups stand out from chance, so customers are cut in thirds by one feature."


def document_of(profile: Profile, model: Model | None = None) -> Document:
    """Return the document of `profile`; `model` is the model that it describes."""
    fitted = {axis.axis: axis for axis in model.axes} if model is not None else {}
    live = [axis for axis in profile.axes if axis.segments]
    live.sort(key=lambda axis: _ORDER.get(axis.structure, 2))
    who = "the sample" if profile.customers is None else f"{profile.customers:,} customers"
    about = []
    if model is not None:
        size, allocation = f"{model.sample.size:,} customers", model.sample.allocation
        about.append(Paragraph(f"Found in {size} ({allocation}, seed {model.seed}).", detail=True))
    sections = [_overview(profile), *(_axis(axis, fitted.get(axis.axis), profile) for axis in live)]
    if profile.archetypes:
        sections.append(_archetypes(profile))
    return Document(f"Segments of {who}, as of {instant(profile.as_of)}", tuple(sections), tuple(about))


def profile_text(profile: Profile) -> str:
    """Return the overview, then a table per axis that has segments, then archetypes."""
    return render_terminal(document_of(profile))


def overview_text(profile: Profile) -> str:
    """Return what was found on each axis, and why the others are off."""
    document = document_of(profile)
    return render_terminal(replace(document, sections=document.sections[:1]))


def _overview(profile: Profile) -> Section:
    columns = (Column("axis", "text"), Column("found", "text"), Column("largest"), Column("defined by", "text"))
    rows = []
    for axis in sorted(profile.axes, key=lambda axis: _ORDER.get(axis.structure, 2)):
        if axis.segments:
            largest = percent(max(segment.share for segment in axis.segments), 0)
            telling = ", ".join(map(_words, axis.key_features[:_SHOWN])) or "–"
            rows.append((axis.axis, f"{len(axis.segments)} {_kind(axis)}", largest, telling))
        else:
            rows.append((axis.axis, "off", "", axis.reason))
    clusters = sum(axis.structure == "clusters" for axis in profile.axes)
    about = f"segments stand out on {clusters} of {len(profile.axes)} axes"
    tiers = (Paragraph(_TIERS),) if any(axis.structure == "tiers" for axis in profile.axes) else ()
    return Section("overview", "Overview", (Table("", columns, tuple(rows)), *tiers), 0, about)


def _axis(axis: AxisProfile, fitted: AxisModel | None, profile: Profile) -> Section:
    count = len(axis.segments)
    about = f"{count} segments" if axis.structure == "clusters" else f"no clusters, {count} tiers"
    if axis.status == "partial":
        about += ", from part of its features"
    blocks: list[Block] = [_shares(axis, "median" if profile.customers is not None else "centre")]
    if axis.cuts:
        begin = " and ".join(map(number, axis.cuts))
        blocks.append(Paragraph(f"The next tiers begin at {_words(axis.cut_feature)} {begin}."))
    if fitted is not None:
        if fitted.missing:
            missing = ", ".join(map(_words, fitted.missing))
            blocks.append(Paragraph(f"Left out, as the source does not have what they need: {missing}.", detail=True))
        blocks.append(_typical(axis, fitted))
        blocks += [_choice(axis, fitted)] if fitted.scores else []
    return Section(axis.axis, axis.axis.replace("_", " ").capitalize(), tuple(blocks), 1, about)


def _shares(axis: AxisProfile, middle: str) -> Table:
    """Return the size of each segment, and the features on which they differ most."""
    segments, keys = (*axis.segments, *axis.without), axis.key_features[:_SHOWN]
    columns, drawn = _drawn(segments)
    counts = [f"{segment.customers:,}" if segment.customers is not None else "–" for segment in segments]
    rows: tuple[tuple[str | Cell, ...], ...] = tuple(
        (segment.name, customers, *shares, *(number(_middle(segment, key)) for key in keys))
        for segment, customers, shares in zip(segments, counts, drawn, strict=True)
    )
    note = f"Shares are of all customers; {middle}s of the {len(keys)} features that differ most."
    head = (Column("segment", "text"), Column("customers", detail=True), *columns)
    return Table("", (*head, *(Column(_words(key)) for key in keys)), rows, note)


def _drawn(items: Sequence[SegmentProfile | ArchetypeProfile]) -> tuple[list[Column], list[tuple[str | Cell, ...]]]:
    """Return the columns of shares, and per item their cells, whose bars have one scale."""
    names, sides = ["share"], [[each.share for each in items]]
    values = [each.value_share for each in items]
    if any(value is not None for value in values):
        names.append("revenue")
        sides.append([value or 0.0 for value in values])
    most = max((value for side in sides for value in side), default=0.0)
    cells = [bars(side, [percent(value) for value in side], most) for side in sides]
    return [Column(name) for name in names], list(zip(*cells, strict=True))


def _typical(axis: AxisProfile, fitted: AxisModel) -> Table:
    """Return the heat map: per feature and segment what is typical, and how far it is from the mean customer."""
    rows = []
    for index, feature in enumerate(fitted.features):
        cells = []
        for segment, own in zip(axis.segments, fitted.segments, strict=True):
            z = own.centroid[index]
            shade = max(min(z / _FULL, 1.0), -1.0)
            cells.append(Cell(number(_middle(segment, feature.name)), f"{round(z, 1) + 0.0:+.1f} sd", shade=shade))
        rows.append((Cell(_words(feature.name), _ABOUT.get(feature.name, "")), *cells))
    columns = (Column("feature", "text"), *(Column(segment.name) for segment in axis.segments))
    note = "The stronger the colour, the further a segment lies from the mean customer, in standard deviations (sd)."
    return Table("What is typical", columns, tuple(rows), note, detail=True)


def _choice(axis: AxisProfile, fitted: AxisModel) -> Fold:
    chosen = len(fitted.segments) if axis.structure == "clusters" else 1
    columns = ("k", "silhouette", "z", "stability", "smallest share")
    rows: tuple[tuple[str | Cell, ...], ...] = tuple(
        (
            f"{score.k} (taken)" if score.k == chosen else f"{score.k}",
            *map(number, (score.silhouette, score.z, score.stability)),
            percent(score.min_share),
        )
        for score in fitted.scores
    )
    points = tuple((float(score.k), score.z) for score in fitted.scores)
    chart = Points("number of segments k", "z of the silhouette", points, fitted.null_quantile, float(chosen))
    note = (
        "A number of segments is taken where its silhouette stands out from data without structure (z above "
        f"{number(fitted.null_quantile)}, dashed), comes again in bootstrap samples (stability at least 0.75), and "
        "leaves no segment too small."
    )
    table = Table("Numbers of segments tried", tuple(map(Column, columns)), rows, note, chart)
    return Fold("How the number of segments was chosen", (table,))


def _archetypes(profile: Profile) -> Section:
    there = [each for each in profile.archetypes if each.customers != 0]
    columns, drawn = _drawn(there)
    rows: tuple[tuple[str | Cell, ...], ...] = tuple(
        (each.name, *shares) for each, shares in zip(there, drawn, strict=True)
    )
    table = Table("", (Column("archetype", "text"), *columns), rows)
    return Section("archetypes", "Archetypes", (table,), 1, "frequent combinations of segments")


def _middle(segment: SegmentProfile, name: str) -> float | None:
    """Return the median of a feature, or the value of the centroid where no customers were given."""
    found = next((each for each in segment.features if each.feature == name), None)
    return None if found is None else found.typical if found.median is None else found.median


def _kind(axis: AxisProfile) -> str:
    return "segments" if axis.structure == "clusters" else "tiers"


def _words(feature: str) -> str:
    """Return the name of a feature without its axis: `recent orders`."""
    return (feature.partition(".")[2] or feature).replace("_", " ").strip()
