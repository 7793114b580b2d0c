"""Places in a finite domain: drawn, or the keyed permutation that makes a column unique."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.numerics.randomness import bits, permute


def place_in_domain(ctx: GenerationContext, uniforms: UniformSource, size: int, unique: bool) -> npt.NDArray[np.int64]:
    """Return a place in [0, size) for each row, int64 (n,); with `unique`, no two rows of the table share one."""
    if size <= 1:
        return np.zeros(len(ctx), dtype=np.int64)
    if unique:
        numbers = ctx.rows.numbers
        if len(numbers) and (last := int(numbers.max())) >= size:
            why = f"unique, but only {size:,} values for at least {last + 1:,} rows"
            raise PlanError("FW-PLAN-UNIQUE", why, "draw fewer rows, or give the column more values")
        return permute(numbers, size, uniforms.key)
    if size <= 1 << 32:
        return (uniforms.draw(ctx) * size).astype(np.int64)
    return (bits(ctx.rows.keys, uniforms.key) % np.uint64(size)).astype(np.int64)
