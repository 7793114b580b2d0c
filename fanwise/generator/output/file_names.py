"""The names of what a data folder holds, and the words of its manifest."""

from __future__ import annotations

import re
from functools import cache

from fanwise.io.tables.plugin_files import plugin_suffixes

__all__ = [
    "ANSWERS",
    "APPLIED",
    "DEFECTS",
    "DOCUMENT",
    "GATES",
    "LEFT_OUT",
    "MANIFEST",
    "PENDING",
    "SCHEMA",
    "SHA256",
    "SHARD",
    "STORED_DOCUMENT",
    "VERIFY",
    "part_pattern",
]

MANIFEST = "manifest.json"
SCHEMA = "schema.yaml"
APPLIED, LEFT_OUT, PENDING = "applied", "left out", "pending"  # the defects of a data set that declares some
ANSWERS, VERIFY = "answers.json", "verify.sql"

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,62}"
# All that --force may replace: a table's file or parts. No absolute path, no `..`, no other file.
_ENDING = r"\.(parquet|csv|jsonl|arrow)(\.gz|\.zst)?"
DOCUMENT = re.compile(rf"report\.[a-z]{{2,5}}|{'|'.join(map(re.escape, (SCHEMA, ANSWERS, VERIFY)))}")
# In an object store nothing is replaced in place: files of a later run have that run's token in their names.
_RUN, _TOKEN = r"(run-[0-9a-f]{12}/)?", r"(-[0-9a-f]{12})?"
STORED_DOCUMENT = re.compile(rf"{_RUN}({DOCUMENT.pattern})")
SHARD = re.compile(r"[1-9]\d*/[1-9]\d*")
GATES = re.compile("all|integrity|none")
DEFECTS = re.compile("|".join((APPLIED, LEFT_OUT, PENDING)))
SHA256 = re.compile(r"[0-9a-f]{64}")


@cache
def part_pattern(stored: bool = False) -> re.Pattern[str]:
    """Return what the path of a table's file is like, in a folder or stored in an object store."""
    ending = "|".join((_ENDING, *map(re.escape, plugin_suffixes())))
    run, token = (_RUN, _TOKEN) if stored else ("", "")
    return re.compile(rf"{run}{_NAME}(/part-\d{{5,}}{token})?({ending})")
