"""What a process of ours may do that a library leaves to its host: how it collects garbage and starts threads."""

from __future__ import annotations

import gc
import os

__all__ = ["start_light"]

_OBJECTS = 50_000  # made since the last collection, before the next: a start-up alone makes half a million that stay


def start_light() -> None:
    """Collect garbage less often, and let numpy start without threads for linear algebra, which the engine never does.

    Together a quarter of the processor time of a start-up. It has to be called before numpy is imported; a number of
    threads that the user has set is left as it is.
    """
    gc.set_threshold(_OBJECTS, 20, 50)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
