"""Contexts let go of what they hold as soon as a chunk is built, not when the collector of cycles comes by."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from fanwise.generator.engine.executor import Chunk, build, count
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan


def test_a_built_chunk_leaves_nothing_behind() -> None:
    plan = compile_plan(load("ecommerce"), rows={"customer": 50})
    gc.disable()
    try:
        contexts = count(plan, Chunk("customer", 0, 50), TableReferences(plan.tables))
        held = [weakref.ref(ctx.rows.keys) for ctx in contexts.values()]
        frames = build(plan, contexts, {})
        del contexts
        assert [ref() for ref in held] == [None] * 3
        assert frames["order_item"].height > 1000
    finally:
        gc.enable()


def test_rows_made_again_for_a_reference_leave_nothing_behind() -> None:
    plan = compile_plan(load("ecommerce"), rows={"customer": 50})
    references = TableReferences(plan.tables, limit=0)
    seen: list[weakref.ref[np.ndarray]] = []
    locate = references.locate

    def watched(table: str, numbers: np.ndarray) -> object:
        target, place = locate(table, numbers)
        seen.append(weakref.ref(target.rows.keys))
        return target, place

    references.locate = watched  # type: ignore[assignment, method-assign]
    gc.disable()
    try:
        found = references.gather("order", np.arange(0, 900, 7), (), "gross_amount")
        assert [ref() for ref in seen] == [None]
        assert len(found) == 129
    finally:
        gc.enable()
