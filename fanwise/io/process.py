"""Settings of the process that a library leaves to its host: garbage collection, threads, memory."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["keep_freed_memory", "reduce_startup_cost"]

_THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")  # in the order in which OpenBLAS looks
_FRAMES = 10_000  # of nested calls: a schema has up to 1,000 tables, which may all be below one another
_OBJECTS = 1_000_000  # made since the last collection, before the next: a start-up alone makes half a million that stay
_LATER_OBJECTS = 50_000  # the same while rows are made

# Of mallopt(3) in the GNU C library.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_KEPT = 256 << 20
_STEP = 16 << 20
_ARRAY = 32 << 20  # the largest threshold there is; larger arrays are rare, and go back to the system at once


def reduce_startup_cost() -> None:
    """Collect garbage less often, nest calls deeper, and let numpy start without threads for linear algebra.

    The engine never uses these threads. Together a quarter of the processor time of a start-up. It has to be called
    before numpy is imported; a number of threads that the user has set is left as it is.
    """
    gc.set_threshold(_OBJECTS, 20, 50)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES))
    if not any(name in os.environ for name in _THREADS):
        os.environ[_THREADS[0]] = "1"


def keep_freed_memory() -> None:
    """Let freed arrays be used again by this process, instead of going back to the system and coming as empty pages.

    Without it a quarter of the processor time of generating goes into empty pages. Where the C library is another one,
    its memory stays as it is. What the start has made is never looked at again by the collection of garbage, which
    is more frequent from here on.
    """
    import ctypes  # what only helps does not wait for it

    gc.freeze()
    gc.set_threshold(_LATER_OBJECTS, *gc.get_threshold()[1:])
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return
    for parameter, value in ((_MMAP_THRESHOLD, _ARRAY), (_TRIM_THRESHOLD, _KEPT), (_TOP_PAD, _STEP)):
        mallopt(parameter, value)
