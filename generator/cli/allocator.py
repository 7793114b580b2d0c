"""How the program asks the system for memory: in large steps, as a run needs the same again chunk after chunk."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_freed_memory"]

# Of mallopt(3) in the GNU C library.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_KEPT = 256 << 20
_STEP = 16 << 20
_ARRAY = 32 << 20  # the largest threshold there is; larger arrays are rare, and go back to the system at once


def keep_freed_memory() -> None:
    """Let freed arrays be used again by this process, instead of going back to the system and coming as empty pages.

    Without it a quarter of the processor time of generating goes into empty pages. It is for processes that are ours:
    a library leaves the memory of its host alone. Where the C library is another one, nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return
    for parameter, value in ((_MMAP_THRESHOLD, _ARRAY), (_TRIM_THRESHOLD, _KEPT), (_TOP_PAD, _STEP)):
        mallopt(parameter, value)
