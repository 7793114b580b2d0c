"""A kind of another package has the forecast, the contract, pins and explanations by what its class answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pytest

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import moments_of
from fanwise.generator.columns import Binding, ColumnKind, kinds
from fanwise.generator.columns.support.facts import Fact, segment_facts
from fanwise.generator.columns.support.laws import Declared, Exact
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.language import load
from fanwise.generator.language.spec import ByKey, Generator, Profile
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.plan import compile as compiling
from fanwise.generator.values import INTEGER, Values

DIE = {
    "type": "object",
    "properties": {"sides": {"$ref": "#/$defs/number", "minimum": 1}},
    "required": ["sides"],
    "additionalProperties": False,
    "x-kind": {"in": ["column"], "yields": "integer"},
}


@dataclass(frozen=True, slots=True)
class Die(ColumnKind):
    """One throw of a die."""

    names: ClassVar[tuple[str, ...]] = ("die",)
    spec: Generator
    uniforms: UniformSource
    cells: Cells
    sides: Any
    dtype = INTEGER

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        cells = Cells.of(binding.generator)
        sides = np.array([float((cell.params or {"sides": 1})["sides"]) for cell in cells.cells])
        return cls(binding.generator, binding.uniforms, cells, sides)

    def draw(self, ctx: GenerationContext) -> Values:
        return Values((self.uniforms.draw(ctx) * self.sides[self.cells.codes(ctx)]).astype(np.int64) + 1, INTEGER)

    def moments(self, profile: Profile) -> Exact:
        n = self.sides[self.cells.at(profile)]
        return Exact((n + 1) / 2, (n * n - 1) / 12)

    def declared(self) -> Declared:
        sides = self.spec.params["sides"]
        assert isinstance(sides, ByKey)
        return Declared(lambda profile: ((sides.at(profile) or 0) + 1) / 2, self.spec.covariates)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        return "" if 1 <= cell <= self.sides.max() else "no die has this side"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.cells, ctx, row)
        yield Fact("sides", float(self.sides[self.cells.of_row(ctx, row)]))


SCHEMA = """
fanwise: 1
name: game
segments: {tier: {table: player, share: {VIP: 0.5, Std: 0.5}}}
tables:
  player:
    rows: 3000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      throw: {die: {sides: {tier: {VIP: 20, Std: 6}}}}
      both: {rowsum: [throw, throw]}
      total: {rowsum: [throw]}
"""


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(compiling, "kinds", lambda: {**kinds(), "die": Die})
    return compile_plan(load(SCHEMA, extra_kinds={"die": DIE}))


def test_its_effect_is_in_the_contract_with_the_declared_means(plan: Plan) -> None:
    (effect,) = compile_contract(plan).effects.values()

    assert (effect.kind, effect.column, effect.claim) == ("value", "throw", "ratio")
    assert effect.declared == {"VIP": 10.5, "Std": 3.5}


def test_the_forecast_knows_it(plan: Plan) -> None:
    (found,) = [moments for name, moments in moments_of(plan, compile_contract(plan)).items() if "throw" in name][:1]

    assert found["VIP"].value == pytest.approx(10.5)


def test_what_adds_it_up_knows_it_too(plan: Plan) -> None:
    total = plan.tables["player"].columns["total"]
    (covariate,) = total.covariates
    found = total.moments({covariate: "Std"})

    assert found is not None
    assert (found.mean, found.variance) == (pytest.approx(3.5), pytest.approx(35 / 12))
    assert plan.schema.tables["player"].columns["total"].dtype == INTEGER


def test_it_describes_a_row_and_rules_out_a_pin(plan: Plan) -> None:
    found = fanwise.Dataset(plan).explain("player", row=3, column="throw")

    assert found["sides"] in {6.0, 20.0}
    assert plan.schema.tables["player"].columns["throw"].comment == "die"
    with pytest.raises(fanwise.UsageError, match="no die has this side"):
        fanwise.Dataset(plan).override("player", row=3, throw=21)
