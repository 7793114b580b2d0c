"""Shards: the option `--shard I/N`, the first rows of a shard, and its folder."""

from __future__ import annotations

import re
from pathlib import Path

from fanwise.generator.engine.executor import WHOLE, Shard
from fanwise.generator.engine.local import count_rows, row_starts
from fanwise.generator.errors import UsageError
from fanwise.generator.plan import Plan

__all__ = ["MOST_SHARDS", "default_target", "first_rows", "parse_shard", "shard_word"]

MOST_SHARDS = 10_000  # far above any number of machines, so that a typing error is reported before rows are counted

_FORM = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)


def parse_shard(text: str) -> Shard:
    """Return the shard that `--shard` names as I/N (UsageError for anything else)."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise UsageError(
            "FW-USAGE-VALUE",
            f"--shard {text}: not a shard such as 2/4",
            "write I/N, for example --shard 2/4, the second of four",
        )
    index, of = int(form[1]), int(form[2])
    if not 1 <= of <= MOST_SHARDS:
        raise UsageError(
            "FW-USAGE-VALUE", f"--shard {text}: a run has 1 to {MOST_SHARDS:,} shards", "for example --shard 2/4"
        )
    if not 1 <= index <= of:
        why = "shards are counted from 1" if index < 1 else f"there is no shard {index} of {of}"
        raise UsageError("FW-USAGE-VALUE", f"--shard {text}: {why}", f"use 1/{of} to {of}/{of}")
    return Shard(index, of)


def shard_word(shard: Shard) -> str | None:
    """Return I/N, or None for a whole run."""
    return None if shard == WHOLE else f"{shard.index}/{shard.of}"


def default_target(name: str, shard: Shard) -> Path:
    """Return the default output folder of a run of the dataset `name`."""
    return Path("out") / (name if shard == WHOLE else f"{name}.shard-{shard.index}-of-{shard.of}")


def first_rows(plan: Plan, shard: Shard, *, threads: int | None = None) -> dict[str, int]:
    """Return the number of each table's first row in a shard. This counts all rows before it."""
    counted = count_rows(plan, shard.before(), threads=threads) if shard.index > 1 else {}
    return row_starts(plan, shard, counted)
