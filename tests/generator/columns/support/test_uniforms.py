"""Scores that a correlation needs are those that the values are made of, and are made once."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.generator.columns.base import LanedKind
from fanwise.generator.columns.support import uniforms
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.engine.local import generate
from fanwise.generator.engine.references import TableReferences
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


MANY = """
fanwise: 1
name: s
segments:
  tier: {table: top, share: {a: 0.3, b: 0.7}}
tables:
  shop: {rows: 40, key: id, columns: {id: {sequence: {}}, size: {poisson: {mean: 5}}}}
  top:
    rows: 3000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      level: {choice: {low: 3, mid: 2, high: 1}}
      calls: {poisson: {mean: {tier: {a: 4, b: 40}}}, correlate: {level: {tier: {a: 0.7, b: -0.2}}}}
      vip: {boolean: {p: {tier: {a: 0.1, b: 0.6}}}, correlate: {calls: 0.5, level: 0.6}}
      many: {poisson: {mean: 900}, correlate: {vip: 0.3}}
  low:
    parent: top
    fanout: {negbin: {mean: 6, k: 2}, correlate: {calls: 0.7}}
    columns:
      id: {parent: id}
      shop: {ref: shop, "null": 0.2}
      rating: {choice: {1: 1, 2: 2, 3: 5}, correlate: {shop.size: 0.5, top.vip: 0.2}, alike: {top: 0.3}}
      good: {boolean: {p: 0.5}, correlate: {rating: 0.4}}
      exact: {normal: {mean: 1, sd: 2}, correlate: {good: 0.9}}
"""


def test_rough_scores_never_change_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compile_plan(load(MANY))
    with monkeypatch.context() as without:
        without.setattr(uniforms, "_ROUGH", 0.0)
        without.setattr(uniforms.KeyedUniforms, "near_scores", lambda *_: None)
        exact = list(generate(plan, threads=1))
    found = list(generate(plan, threads=1))

    assert sum(part["low"].height for part in exact if "low" in part) > 10_000
    for part, wanted in zip(found, exact, strict=True):
        assert part.keys() == wanted.keys()
        assert all(part[name].equals(frame) for name, frame in wanted.items())


@pytest.mark.parametrize("given", ["", ", correlate: {a: 0.5}"])
def test_lanes_that_are_drawn_together_are_those_that_are_drawn_alone(given: str) -> None:
    text = "fanwise: 1\nname: s\ntables: {t: {rows: 50, key: id, columns: {id: {sequence: {}}, a: {normal: {mean: 0, sd: 1}}, "
    table = compile_plan(load(f"{text}b: {{normal: {{mean: 0, sd: 1}}{given}}}}}}}}}\n")).tables["t"]
    source, rows = table.columns["b"].generator.quantile_of, np.array([3, 7, 40])
    ctx = GenerationContext(table, Rows.of_root("t", np.arange(50)), None, TableReferences({"t": table}))
    assert not isinstance(source, str)

    together = source.draw_lanes(ctx, range(3, 9), rows)

    assert np.array_equal(together, np.stack([source.draw(ctx, lane, rows) for lane in range(3, 9)]))


@pytest.mark.parametrize(
    "kind",
    [
        "{lognormal: {mean: 72, sd: 58}}",
        "{gamma: {mean: 3, shape: 2}}",
        "{poisson: {mean: 4}}",
        "{zipf: {n: 9, s: 1}, multiplier: {low: {'true': 2, 'false': 1}}}",
    ],
)
def test_some_rows_of_a_lane_are_those_of_all(kind: str) -> None:
    head = (
        "fanwise: 1\nname: s\ntables: {t: {rows: 50, key: id, columns: {id: {sequence: {}}, low: {boolean: {p: 0.5}}, "
    )
    table = compile_plan(load(f"{head}b: {kind}}}}}}}\n")).tables["t"]
    law, rows = table.columns["b"].generator, np.array([3, 7, 40])
    ctx = GenerationContext(table, Rows.of_root("t", np.arange(50)), None, TableReferences({"t": table}))
    assert isinstance(law, LanedKind)

    assert np.array_equal(law.draw_lane(ctx, 2, rows).data, np.asarray(law.draw_lane(ctx, 2).data)[rows])
    assert np.array_equal(law.draw_lane(ctx, 0, rows).data, np.asarray(law.draw_lane(ctx, 0).data)[rows])
