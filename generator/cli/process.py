"""What a process of ours may do that a library leaves to its host: how it collects garbage and starts threads."""

from __future__ import annotations

import gc
import os

__all__ = ["start_light"]

_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")  # in the order in which OpenBLAS looks
_OBJECTS = 50_000  # made since the last collection, before the next: a start-up alone makes half a million that stay


def start_light() -> None:
    """Collect garbage less often, and let numpy start without threads for linear algebra, which the engine never does.

    Together a quarter of the processor time of a start-up. It has to be called before numpy is imported; a number of
    threads that the user has set is left as it is.
    """
    gc.set_threshold(_OBJECTS, 20, 50)
    if not any(name in os.environ for name in _THREADS):
        os.environ[_THREADS[0]] = "1"
