"""Scores that a correlation needs are those that the values are made of, and are made once."""

from __future__ import annotations

import pytest

from fanwise.generator.columns.support import uniforms
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SOURCES = {
    "normal": "{normal: {mean: 27, sd: 4}}",
    "lognormal": "{lognormal: {mean: 72, sd: 58}, round: 9}",
    "choice": "{choice: {low: 3, mid: 2, high: 1}}",
    "poisson": "{poisson: {mean: 6}}",
    "uniform": "{uniform: {min: 0, max: 9}}",
}


def columns(source: str, more: str) -> dict[str, list[object]]:
    text = f"fanwise: 1\nname: s\ntables: {{t: {{rows: 5000, key: id, columns: {{id: {{sequence: {{}}}}, a: {source}{more}}}}}}}\n"
    (frames,) = generate(compile_plan(load(text)), threads=1)
    return frames["t"].to_dict(as_series=False)


@pytest.mark.parametrize("kind", SOURCES)
def test_a_correlation_leaves_the_values_of_its_source(kind: str) -> None:
    beside = (
        ", b: {normal: {mean: 1, sd: 2}, correlate: {a: 0.6}}, c: {poisson: {mean: 3}, correlate: {a: 0.3, b: 0.2}}"
    )

    assert columns(SOURCES[kind], beside)["a"] == columns(SOURCES[kind], "")["a"]


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
def test_scores_are_made_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    plain = uniforms.normal_quantile

    def counted(u, out=None):  # type: ignore[no-untyped-def]
        made.append(len(u))
        return plain(u, out)

    monkeypatch.setattr(uniforms, "normal_quantile", counted)
    columns(SOURCES[kind], ", b: {normal: {mean: 1, sd: 2}, correlate: {a: 0.6}}")

    assert made == [5000, 5000]  # of each column
