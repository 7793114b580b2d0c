"""Faults between a declared multiplier and the rows: ignored, bent, misread, lost on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from fanwise.generator import context
from fanwise.generator.columns import number
from fanwise.generator.columns.bound import BoundFanout
from fanwise.generator.columns.number import Number
from fanwise.generator.columns.support import cell_law, segments
from fanwise.generator.columns.support import ref_sampling as choosing
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.context import GenerationContext, Reference
from tests.mutants.fault import SEES_NOTHING, Fault, Patch, around

__all__ = ["MULTIPLIER_FAULTS"]


def elsewhere(cells: Cells, ctx: GenerationContext) -> np.ndarray:
    """Return the code of the cell that stands for `else` on every axis, for each row."""
    return np.full(len(ctx), len(cells) - 1, dtype=np.int32)


def codes_where(lost: Callable[[Cells], bool]) -> Callable[[Patch], None]:
    """Let all rows be `else` for generators whose cells are `lost`."""

    def faulty(codes: Any, cells: Cells, ctx: GenerationContext) -> Any:
        return elsewhere(cells, ctx) if lost(cells) else codes(cells, ctx)

    return lambda patch: around(patch, Cells, "codes", faulty)


def by_segment(cells: Cells) -> bool:
    return any(axis.path.axis for axis in cells.axes)


def changed_codes(change: Callable[[Any, Cells], Any]) -> Callable[[Patch], None]:
    """Let the cells of rows be `change(codes, cells)`."""

    def faulty(codes: Any, cells: Cells, ctx: GenerationContext) -> Any:
        found = codes(cells, ctx)
        return found if isinstance(found, int) or not by_segment(cells) else change(found, cells).astype(np.int32)

    return lambda patch: around(patch, Cells, "codes", faulty)


def changed_places(change: Callable[[int, int], int]) -> Callable[[Patch], None]:
    """Let segment number i of k be taken for number `change(i, k)`, wherever codes are looked up."""

    def faulty(codes_of: Any, values: Any, keys: tuple[str, ...]) -> Any:
        table = np.array([change(i, len(keys)) for i in range(len(keys))] + [len(keys)], dtype=np.int32)
        return table[codes_of(values, keys)]

    return lambda patch: around(patch, context, "codes_of", faulty)


def drawn_with(change: Callable[[float], float]) -> Callable[[Patch], None]:
    """Let samplers use `change(factor)`, while the plan goes on saying what is declared."""

    def faulty(bind: Any, cls: Any, binding: Any) -> Any:
        bound = bind(cls, binding)
        if not any(m.path.axis for m in binding.generator.multipliers):
            return bound
        cells = [replace(cell, factor=change(cell.factor)) for cell in bound.cells.cells]
        laws = [number._law(bound.laws[0].family, cell, binding, lambda _: True) for cell in cells]
        return replace(bound, sampler=laws[0].family.sampler([law.params for law in laws]))

    return lambda patch: around(patch, Number, "bind", faulty)


def planned_with(change: Callable[[float], float]) -> Callable[[Patch], None]:
    """Let the plan itself solve for `change(factor)`."""

    def faulty(solve: Any, family: Any, params: Any, wanted: float, low: Any, high: Any) -> float:
        return float(solve(family, params, change(wanted), low, high))

    return lambda patch: around(patch, cell_law, "solve_factor", faulty)


def unsolved(patch: Patch) -> None:
    patch.setattr(cell_law, "solve_factor", lambda family, params, wanted, low, high: wanted)


def drawn_unsolved(patch: Patch) -> None:
    """Hand the sampler the declared factor as it is, whatever the plan found for it."""

    def faulty(bind: Any, cls: Any, binding: Any) -> Any:
        bound = bind(cls, binding)
        law = bound.laws[0].family
        if law.integral_scale or not by_segment(bound.cells):
            return bound
        params = [law.scale(cell.params, cell.factor) for cell in bound.cells.cells]
        return replace(bound, sampler=law.sampler(params))

    around(patch, Number, "bind", faulty)


def factor_of(change: Callable[[float], float]) -> Callable[[Patch], None]:
    return lambda patch: around(patch, segments, "_factor", lambda factor, *args: change(factor(*args)))


def accepts(change: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """Let references keep `change(kept)` of their proposals."""
    return lambda patch: around(patch, choosing.Weights, "accepted", lambda accepted, *args: change(accepted(*args)))


def counted(change: Callable[[Any, BoundFanout], Any]) -> Callable[[Patch], None]:
    return lambda patch: around(
        patch, BoundFanout, "counts", lambda counts, fanout, parent: change(counts(fanout, parent), fanout)
    )


def unbounded(fanout: BoundFanout, parent: GenerationContext) -> Any:
    return np.asarray(fanout.generator.draw(parent).data).astype(np.int64)


def no_bounds(patch: Patch) -> None:
    around(patch, BoundFanout, "counts", lambda _, fanout, parent: unbounded(fanout, parent))


def floor_before_multiplier(patch: Patch) -> None:
    """Draw by the base law, apply the floor, multiply the count, and cut its fraction off."""

    def faulty(counts: Any, fanout: BoundFanout, parent: GenerationContext) -> Any:
        cells = fanout.generator.cells
        if not cells.axes:
            return counts(fanout, parent)
        factors = np.array([cell.factor for cell in cells.cells])
        base = fanout.generator.sampler.quantile(fanout.generator.uniforms.draw(parent), len(cells) - 1)
        return (np.maximum(base, fanout.spec.min or 0) * factors[cells.codes(parent)]).astype(np.int64)

    around(patch, BoundFanout, "counts", faulty)


def value_factors_on_fanout(patch: Patch) -> None:
    """Draw order fanouts with {1.3, 1.0, 0.9}, which are the factors of the order value."""
    value = {1.4: 1.3, 1.0: 1.0, 0.8: 0.9}
    drawn_with(lambda factor: value.get(factor, factor))(patch)


def lost_behind(*, references: bool) -> Callable[[Patch], None]:
    """Let all that is found behind references, or behind parents, be `else`."""

    def faulty(codes: Any, ctx: GenerationContext, path: Any, keys: tuple[str, ...]) -> Any:
        if path.axis and any((step.column is not None) == references for step in path.steps):
            return np.full(len(ctx), len(keys), dtype=np.int32)
        return codes(ctx, path, keys)

    return lambda patch: around(patch, GenerationContext, "codes", faulty)


def by_ordinal(patch: Patch) -> None:
    """Carry a parent's segment down by the child's place among its siblings."""

    def faulty(follow: Any, ctx: GenerationContext, step: Any, rest: Any, column: str) -> Any:
        if step.column is not None or column != "customer_segment":
            return follow(ctx, step, rest, column)
        above = ctx.parent.follow(rest, column)  # type: ignore[union-attr]
        return above.take(ctx.rows.ordinals % max(len(above), 1))

    around(patch, GenerationContext, "_follow", faulty)


def neighbour_referred(patch: Patch) -> None:
    """Read what a path asks for from the row after the one referred to; the key itself is right."""

    def faulty(follow: Any, reference: Reference, references: Any, steps: Any, column: str) -> Any:
        if column == "tier" and reference.near is None:
            size = references.size(reference.table)
            reference = replace(reference, rows=(reference.rows + 1) % size)
        return follow(reference, references, steps, column)

    around(patch, Reference, "follow", faulty)


def transposed(codes: np.ndarray, cells: Cells) -> np.ndarray:
    """Number the cells of two axes with the first axis fastest."""
    if len(cells.axes) != 2:
        return codes
    rows, columns = (len(axis.keys) + 1 for axis in cells.axes)
    return (codes % columns) * rows + codes // columns


def rounded(x: float) -> float:
    return float(round(x))


ORDERS = "direction.fanout.order.tier.*"
ORDERS_RATIO = "ratio.fanout.order.tier.*"
VALUE = "ratio.value.order.gross_amount.*"

MULTIPLIER_FAULTS = (
    Fault("seed_bug", "The seed's own: the segment never reaches a child's generator, all rows are `else`.",
          "ecommerce", codes_where(by_segment), ORDERS),
    Fault("seed_bug_by_reference", "The same where the customer is referred to.",
          "marketplace", codes_where(by_segment), "direction.value.order.gross_amount.customer.tier.*"),
    Fault("ignored_by_the_sampler", "Declared, planned, and not handed to the sampler.",
          "ecommerce", drawn_with(lambda factor: 1.0), ORDERS),
    Fault("ignored_by_the_plan", "The solver answers 1 whatever it is asked.",
          "ecommerce", planned_with(lambda factor: 1.0), "forecast order per customer: VIP/Standard should be *"),
    Fault("ignored_by_the_cells", "The factor of a cell is always 1.",
          "ecommerce", factor_of(lambda factor: 1.0), "forecast order per customer: VIP/Standard *"),
    Fault("inverted", "Divided by instead of multiplied with.",
          "ecommerce", drawn_with(lambda factor: 1 / factor), ORDERS),
    Fault("inverted_in_the_plan", "The solver divides.",
          "marketplace", planned_with(lambda factor: 1 / factor), "forecast mean order.gross_amount: VIP/Standard *"),
    Fault("squared", "Applied twice.", "ecommerce", drawn_with(lambda factor: factor**2), ORDERS_RATIO),
    Fault("halved", "Half of the effect arrives: 1.4 becomes 1.2.",
          "ecommerce", drawn_with(lambda factor: (1 + factor) / 2), ORDERS_RATIO),
    Fault("rooted", "Its square root arrives, say by scaling a variance.",
          "marketplace", drawn_with(math.sqrt), "ratio.value.order.gross_amount.*"),
    Fault("rounded", "Kept as an integer.", "ecommerce", drawn_with(rounded), ORDERS),
    Fault("only_upwards", "Factors below 1 are taken for 1.",
          "ecommerce", drawn_with(lambda factor: max(factor, 1.0)), "direction.fanout.order.tier.Standard-vs-Casual"),
    Fault("capped", "No factor above 1.2.", "ecommerce", drawn_with(lambda factor: min(factor, 1.2)), ORDERS_RATIO),
    Fault("value_factors_on_fanout", "The fanout is drawn with the multiplier of the value.",
          "ecommerce", value_factors_on_fanout, ORDERS_RATIO),
    Fault("last_segment_is_else", "The list of segments is read one short.",
          "ecommerce", changed_places(lambda i, k: k if i == k - 1 else i),
          "direction.fanout.order.tier.Standard-vs-Casual"),
    Fault("off_by_one_segment", "Every segment gets the factor of the next one.",
          "ecommerce", changed_places(lambda i, k: (i + 1) % k), ORDERS),
    Fault("reversed_segments", "Labels are sorted one way, factors the other.",
          "ecommerce", changed_places(lambda i, k: k - 1 - i), ORDERS),
    Fault("by_row_position", "The factor follows the row's place in the chunk.",
          "ecommerce", changed_codes(lambda codes, cells: np.arange(len(codes)) % (len(cells) - 1)), ORDERS),
    Fault("neighbour_row", "Codes are shifted by one row.",
          "ecommerce", changed_codes(lambda codes, cells: np.roll(codes, 1)), ORDERS),
    Fault("sorted_codes", "Codes come back sorted from a group-by.",
          "ecommerce", changed_codes(lambda codes, cells: np.sort(codes)), ORDERS),
    Fault("first_row_of_the_chunk", "Parameters are looked up once a chunk.",
          "ecommerce", changed_codes(lambda codes, cells: np.full(len(codes), codes[0] if len(codes) else 0)),
          ORDERS, options={"chunk_rows": 2000}),
    Fault("transposed_cells", "With two axes the table of cells is read by columns instead of rows.",
          "club", changed_codes(transposed), "direction.fanout.visit.*"),
    Fault("lost_at_the_second_level", "Right for the children, lost for the grandchildren.",
          "club", codes_where(lambda cells: any(a.path.axis and a.path.steps for a in cells.axes)),
          "direction.fanout.song.tier.Gold-vs-Silver"),
    Fault("lost_at_the_third_level", "Items return as often whoever bought them.",
          "marketplace", codes_where(lambda cells: any(a.path.axis and len(a.path.steps) > 1 for a in cells.axes)),
          "direction.fanout.return.customer.tier.*"),
    Fault("lost_through_a_reference", "A segment is found behind parents only.",
          "marketplace", lost_behind(references=True), "direction.value.order.gross_amount.*"),
    Fault("lost_through_a_parent", "A segment is found behind references only.",
          "club", lost_behind(references=False), "direction.value.visit.spent.tier.Gold-vs-Silver"),
    Fault("carried_by_ordinal", "The parent's segment is looked up by the child's place among its siblings.",
          "ecommerce", by_ordinal, "direction.value.order.gross_amount.tier.*"),
    Fault("neighbour_referred", "The segment of the row after the one referred to.",
          "marketplace", neighbour_referred, "direction.value.order.gross_amount.*"),
    Fault("every_proposal_kept", "The multiplier of a reference is never asked.",
          "marketplace", accepts(lambda kept: np.ones_like(kept)), "direction.ref.order.customer_id.tier.*"),
    Fault("proposals_kept_inversely", "What should be refused is kept.",
          "marketplace", accepts(lambda kept: ~kept), "direction.ref.order.customer_id.tier.*"),
    Fault("fanout_buffer", "No more than 25 children fit the buffer.",
          "ecommerce", counted(lambda counts, fanout: np.minimum(counts, 25)), ORDERS_RATIO),
    Fault("counts_halved", "Every second child is lost, but never the last one.",
          "club", counted(lambda counts, fanout: -(-counts // 2)), "ratio.fanout.line.tier.Gold-vs-Silver"),
    Fault("one_child_at_least", "A floor that nobody declared.",
          "club", counted(lambda counts, fanout: np.maximum(counts, 1)), "ratio.fanout.song.tier.Gold-vs-Silver"),
    Fault("floor_forgotten", "`min: 1` is planned for and not applied.",
          "club", no_bounds, "ratio.fanout.line.tier.Gold-vs-Silver"),
    Fault("floor_before_multiplier", "Bounded first, the count multiplied after.",
          "club", floor_before_multiplier, "ratio.fanout.line.tier.Gold-vs-Silver"),
    Fault("factor_on_the_parameter", "The factor acts on the parameter, and the floor eats half of it.",
          "club", drawn_unsolved, "ratio.fanout.line.tier.Gold-vs-Silver"),
    Fault("factor_on_the_parameter_in_the_plan", "The same in the plan: the forecast sees that the declared ratio will "
          "not be shown.", "club", unsolved, "forecast line per visit: Gold/Silver*", exit_code=3),
    Fault("factors_of_one", "Every declared factor is read as 1, where nothing is restated under `expect`.",
          "club", factor_of(lambda factor: 1.0), "forecast visit per member: Gold/Silver*"),
    Fault("factors_squared", "Every declared factor is read twice.",
          "club", factor_of(lambda factor: factor**2), "forecast line per visit: Gold/Silver*", exit_code=3),
    Fault("all_halved", "All counts are drawn at half their mean. Ratios are as declared, and the contract claims no "
          "level: fanouts declare a law, the audit its differences by segment.",
          "ecommerce", drawn_with(lambda factor: factor / 2), SEES_NOTHING),
)  # fmt: skip
