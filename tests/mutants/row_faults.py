"""Faults in rows and columns: who belongs to whom, keys, segments, bounds, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from fanwise.generator import context
from fanwise.generator.columns import after, ref, timestamp
from fanwise.generator.columns.bound import BoundColumn, BoundWhen
from fanwise.generator.columns.parent import Parent
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns.sequence import Sequence
from fanwise.generator.columns.support.instants import end_values
from fanwise.generator.columns.support.ref_sampling import WholeTable
from fanwise.generator.columns.support.segments import Assignment
from fanwise.generator.columns.uuid import Uuid
from fanwise.generator.context import GenerationContext, Rows
from fanwise.generator.engine import executor, local
from fanwise.generator.engine.executor import Chunk
from fanwise.generator.numerics import randomness
from fanwise.generator.run import filling
from fanwise.generator.values import Values
from tests.mutants.fault import SEES_NOTHING, Fault, Patch, around

__all__ = ["ROW_FAULTS"]

CHUNKED = {"chunk_rows": 4000}


def shifted_parents(patch: Patch) -> None:
    """Point each child at the parent after its own."""

    def faulty(below: Any, cls: Any, table: str, parent: Rows, counts: Any) -> Rows:
        rows = below(cls, table, parent, counts)
        rows.parents = np.minimum(rows.parents + 1, len(counts) - 1)
        return rows

    around(patch, Rows, "below", faulty)


def neighbours_key(patch: Patch) -> None:
    """Write the key of the parent's neighbour."""

    def faulty(draw: Any, kind: Parent, ctx: GenerationContext) -> Values:
        above = ctx.parent.follow((), kind.column)  # type: ignore[union-attr]
        return above.take((ctx.rows.parents + 1) % max(len(above), 1))

    around(patch, Parent, "draw", faulty)


def drawn(kind: type, change: Callable[[Values, GenerationContext], Values]) -> Callable[[Patch], None]:
    return lambda patch: around(patch, kind, "draw", lambda draw, own, ctx: change(draw(own, ctx), ctx))


def minus_one(values: Values, ctx: GenerationContext) -> Values:
    is_number = values.labels is None and not isinstance(values.data, pl.Series)
    return replace(values, data=values.data - 1) if is_number else values


def every_hundredth_null(values: Values, ctx: GenerationContext) -> Values:
    return values.with_null(np.arange(len(values)) % 100 == 99)


def restarted(draw: Any, kind: Sequence, ctx: GenerationContext) -> Values:
    return Values(kind.start + kind.step * np.arange(len(ctx)), kind.dtype)


def doubled(draw: Any, kind: Sequence, ctx: GenerationContext) -> Values:
    return Values(kind.start + kind.step * (ctx.rows.numbers - ctx.rows.numbers % 2), kind.dtype)


def rebuilt(faulty: Callable[..., dict[str, pl.DataFrame]]) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        around(patch, executor, "build", faulty)
        patch.setattr(local, "build", executor.build)
        # The run counts what it wrote, and would stop before the audit, which has to see it by itself.
        patch.setattr(filling, "_complete", lambda plan, tables, ends: tables)

    return plant


def framed(change: Callable[[str, pl.DataFrame], pl.DataFrame]) -> Callable[[Patch], None]:
    """Change each chunk's frame of a table, after its columns are made."""

    def faulty(build: Any, *args: Any) -> dict[str, pl.DataFrame]:
        return {name: change(name, frame) for name, frame in build(*args).items()}

    return rebuilt(faulty)


def without_childless(keep: str, child: str) -> Callable[[Patch], None]:
    """Join rows of `keep` to their children, inner join."""

    def faulty(build: Any, plan: Any, contexts: Any, first: Any) -> dict[str, pl.DataFrame]:
        # The build lets the contexts go.
        joined = np.unique(contexts[child].rows.parents) if keep in contexts else None
        frames: dict[str, pl.DataFrame] = build(plan, contexts, first)
        if joined is not None:
            frames[keep] = frames[keep][joined]
        return frames

    return rebuilt(faulty)


def unnumbered(build: Any, plan: Any, contexts: Any, first: Any) -> dict[str, pl.DataFrame]:
    """Let each chunk number its rows from 0."""
    frames: dict[str, pl.DataFrame] = build(plan, contexts, {})
    return frames


def chunks_from(change: Callable[[Chunk], Chunk]) -> Callable[[Patch], None]:
    def faulty(chunks: Any, *given: Any) -> Iterator[Chunk]:
        return (change(chunk) for chunk in chunks(*given))

    def plant(patch: Patch) -> None:
        around(patch, executor, "chunks", faulty)
        patch.setattr(local, "chunks", executor.chunks)

    return plant


def assigned(codes: Callable[[Assignment, GenerationContext], Any]) -> Callable[[Patch], None]:
    return lambda patch: around(patch, Assignment, "codes", lambda _, own, ctx: codes(own, ctx).astype(np.int32))


def at_random(assignment: Assignment, ctx: GenerationContext) -> Any:
    return np.searchsorted(assignment.edges, randomness.uniform(ctx.rows.keys, 1))


def shares_reversed(patch: Patch) -> None:
    def faulty(codes: Any, own: Assignment, ctx: GenerationContext) -> Any:
        return codes(replace(own, edges=np.cumsum(list(own.axis.share.values())[::-1])[:-1]), ctx)

    around(patch, Assignment, "codes", faulty)


def relabelled(change: Callable[[list[str]], list[str]]) -> Callable[[Patch], None]:
    """Write other labels than rows were made with."""

    def change_frame(name: str, frame: pl.DataFrame) -> pl.DataFrame:
        if "customer_segment" not in frame.columns:
            return frame
        labels = ["VIP", "Standard", "Casual"]
        return frame.with_columns(pl.col("customer_segment").replace(labels, change(labels)))

    return framed(change_frame)


def one_null_segment(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    if "customer_segment" not in frame.columns:
        return frame
    return frame.with_columns(pl.when(pl.int_range(pl.len()) != 3).then("customer_segment").alias("customer_segment"))


def lost_rows(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.int_range(pl.len()) % 50 != 7) if name == "product" else frame


def not_a_number(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    if "gross_amount" not in frame.columns:
        return frame
    zero = pl.col("gross_amount").rank("ordinal") % 500 == 0
    return frame.with_columns(pl.when(zero).then(float("nan")).otherwise("gross_amount").alias("gross_amount"))


def no_ordinal(keys: Any, table: str, parents: Any, ordinals: Any) -> Any:
    return keys(table, parents, ordinals * 0)


def no_parent(keys: Any, table: str, parents: Any, ordinals: Any) -> Any:
    return keys(table, parents * np.uint64(0), ordinals)


def child_keys_from(keys: Callable[..., Any]) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        original = randomness.child_keys
        patch.setattr(context, "child_keys", lambda table, parents, ordinals: keys(original, table, parents, ordinals))

    return plant


def no_distinct(patch: Patch) -> None:
    patch.setattr(ref, "distinct_draws", lambda first, groups, redraw, lowest: first)


def no_within(patch: Patch) -> None:
    """Draw from the whole table where `within` says otherwise."""

    def faulty(pool: Any, own: Ref, ctx: GenerationContext) -> Any:
        return pool(replace(own, within=None), ctx)

    around(patch, Ref, "_pool", faulty)


def first_rows_only(patch: Patch) -> None:
    """Draw a reference among the first tenth of the rows."""
    around(patch, WholeTable, "at", lambda at, pool, u, rows: at(pool, u / 10, rows))


def window_start(patch: Patch) -> None:
    """Draw timestamps from the window's start, whatever they should follow."""

    def faulty(ctx: GenerationContext, end: Any) -> Values:
        found = end_values(ctx, end)
        return found if end.path is None else replace(found, data=found.data - found.data % (366 * 86_400_000_000))

    patch.setattr(timestamp, "end_values", faulty)


def one_stream(patch: Patch) -> None:
    """Forget the column's name: all columns of a row share one uniform."""
    around(patch, GenerationContext, "uniform", lambda uniform, ctx, key, lane=0: uniform(ctx, 7, lane))


def nulls_everywhere(values: Any, column: BoundColumn, ctx: GenerationContext) -> Values:
    found: Values = values(column, ctx)
    return every_hundredth_null(found, ctx) if column.spec.kind in {"poisson", "lognormal"} else found


ORDERS = "direction.fanout.order.tier.*"

ROW_FAULTS = (
    Fault("next_parent", "The index of the parent is off by one.", "ecommerce", shifted_parents, ORDERS),
    Fault("neighbours_key", "Children are made for one parent and attached to its neighbour.",
          "ecommerce", neighbours_key, ORDERS),
    Fault("orphans", "A foreign key counts from 0, the key from 1.",
          "ecommerce", drawn(Parent, minus_one), "reference.order.customer_id"),
    Fault("lost_targets", "Some rows that others refer to are not written.",
          "ecommerce", framed(lost_rows), "reference.order_item.product_id"),
    Fault("inner_join_of_roots", "Customers without orders disappear, as after a JOIN.",
          "club", without_childless("member", "visit"), "table.member"),
    Fault("inner_join_below", "Visits without songs disappear, and songs per visit grow less where they were many.",
          "club", without_childless("visit", "song"), "ratio.fanout.song.tier.Gold-vs-Silver"),
    Fault("key_twice", "Two rows share a number.",
          "ecommerce", lambda patch: around(patch, Sequence, "draw", doubled), "key.order.order_id"),
    Fault("key_restarts", "A sequence starts anew in each chunk.",
          "ecommerce", lambda patch: around(patch, Sequence, "draw", restarted), "key.order.order_id", options=CHUNKED),
    Fault("chunks_unnumbered", "Chunks do not hear where the one before them ended.",
          "ecommerce", rebuilt(unnumbered), "key.order.order_id", options=CHUNKED),
    Fault("chunks_overlap", "A chunk begins with the last row of the one before.",
          "ecommerce", chunks_from(lambda c: replace(c, start=max(0, c.start - 1))),
          "key.customer.customer_id", options=CHUNKED),
    Fault("chunks_leave_gaps", "The last row of a chunk is left out.",
          "ecommerce", chunks_from(lambda c: replace(c, stop=c.stop - 1)), "table.customer", options=CHUNKED),
    Fault("key_null", "A key is null here and there.",
          "ecommerce", drawn(Sequence, every_hundredth_null), "nulls.order.order_id"),
    Fault("foreign_key_null", "A foreign key is null here and there.",
          "ecommerce", drawn(Parent, every_hundredth_null), "nulls.order.customer_id"),
    Fault("value_null", "Values are null where none are declared.",
          "ecommerce", lambda patch: around(patch, BoundColumn, "values", nulls_everywhere),
          "nulls.order.gross_amount"),
    Fault("not_a_number", "0 divided by 0.", "ecommerce", framed(not_a_number), "finite.order.gross_amount"),
    Fault("keys_forget_the_ordinal", "Row keys of siblings are equal, and so is all that is drawn from them.",
          "club", child_keys_from(no_ordinal), "key.visit.chance"),
    Fault("keys_forget_the_parent", "The n-th children of all parents are equal.",
          "club", child_keys_from(no_parent), "key.visit.chance"),
    Fault("uuid_cut", "Only the first characters of an identifier are random.",
          "club", drawn(Uuid, lambda values, ctx: Values(values.series().str.head(3), values.dtype)),
          "key.member.card"),
    Fault("distinct_ignored", "Clashes below one ancestor are not redrawn.",
          "club", no_distinct, "key.line.visit_id+drink_id"),
    Fault("distinct_ignored_without_a_key", "The same where no key or unique column says that rows differ.",
          "ecommerce", no_distinct, "distinct.order_item.product_id.order"),
    Fault("within_ignored", "A reference leaves its shop, and a condition says it must not.",
          "bazaar", no_within, "forecast sale: * is false in *"),
    Fault("within_ignored_without_a_check", "The same where no condition of the file says so: `within` is a promise.",
          "marketplace", no_within, "condition.order_item.product_id"),
    Fault("first_rows_only", "References reach a tenth of the table only. Balanced segments are alike in each tenth, "
          "and the contract claims nothing of rows within a segment.", "marketplace", first_rows_only, SEES_NOTHING),
    Fault("one_stream", "All columns of a row draw the same number: they go together, and no promise says they do not.",
          "ecommerce", one_stream, SEES_NOTHING),
    Fault("labels_swapped", "VIP and Casual change places between drawing and writing.",
          "ecommerce", relabelled(lambda labels: labels[::-1]), "shares.tier"),
    Fault("shares_reversed", "Shares are read from the other end.", "ecommerce", shares_reversed, "shares.tier"),
    Fault("assigned_by_row_number", "Row number modulo the number of segments.",
          "ecommerce", assigned(lambda own, ctx: ctx.rows.numbers % (len(own.edges) + 1)), "shares.tier"),
    Fault("one_segment", "Every row is in the first segment.",
          "ecommerce", assigned(lambda own, ctx: ctx.rows.numbers * 0), "shares.tier"),
    Fault("random_not_balanced", "Drawn at random although balanced is declared: beyond the bound.",
          "ballot", assigned(at_random), "shares.side"),
    Fault("random_axis_off", "A random axis with the wrong shares.", "club", shares_reversed, "shares.region"),
    Fault("segment_unknown", "A label in another spelling.",
          "ecommerce", relabelled(lambda labels: [label.upper() for label in labels]), "segments.tier.unknown"),
    Fault("segment_null", "One row without a segment.", "ecommerce", framed(one_null_segment), "segments.tier.null"),
    Fault("clamp_forgotten", "`clamp` is planned for and not applied.",
          "club", lambda patch: patch.setattr(BoundColumn, "_clamped", lambda column, values: values),
          "forecast visit: * is false in *"),
    Fault("when_forgotten", "Cancelled visits are paid for.",
          "club", lambda patch: patch.setattr(BoundWhen, "apply", lambda when, ctx, values: values),
          "forecast visit: * is false in *"),
    Fault("before_the_parent", "Orders before their customer signed up.",
          "ecommerce", window_start, "forecast order: * is false in *"),
    Fault("lag_backwards", "A lag is subtracted.",
          "marketplace", lambda patch: around(patch, after, "later", lambda later, begin, lag, null: later(begin, -lag, null)),
          "forecast order: * is false in *"),
)  # fmt: skip
