"""Write the README's tables of benchmarks from the recorded results. Nothing else writes these tables.

    python benchmarks/readme.py

Reads benchmarks/results/*.json, which the other scripts write with `--record`, and replaces the text between the
marks: the table of what learners keep stands near the top, all others at the end. A test checks that the README is up
to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: benchmarks/readme.py -->\n", "<!-- end of figures -->"
KEPT_BEGIN, KEPT_END = "<!-- kept: benchmarks/readme.py -->\n", "<!-- end of kept -->"
KEPT = "learners"
# In the order of the table; a script that has left no result yet is left out.
ORDER = (
    "write_cost", "duckdb_sql", "tpch", "peers", "threads", "memory", "audit_cost", "fixtures", "discovery",
    "discovery_memory", "like", "databases", "workers", "side_by_side", "people", "lookups", "nested",
    "siblings", "correlation", "preview",
)  # fmt: skip


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return the Markdown table of all recorded rows, with the machine and the dates below it."""
    lines = ["| benchmark | result | goal | notes |", "|---|---|---|---|"]
    for name in ORDER:
        rows = results.get(name, {"rows": []})["rows"]
        lines += ["| {what} | **{measured}** | {goal} | {note} |".format_map(row) for row in rows]
    if not results:
        raise SystemExit("nothing is recorded: run the scripts with --record first")
    machines = sorted({result["machine"] for result in results.values()})
    dates = sorted({result["date"] for result in results.values()})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    lines += ["", f"Measured on {'; '.join(machines)}, {when}, by the scripts in [benchmarks/](benchmarks/)."]
    return "\n".join(lines) + "\n"


def kept_table(results: dict[str, dict[str, Any]]) -> str:
    """Return the Markdown table of what each generator keeps of two planted effects, and what is said of its copies."""
    lines = [
        "| made by | two tables: orders, amounts | its own score | audit | three tables | its own score | audit |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in results[KEPT]["rows"]:
        name = row["what"].removeprefix("what ").partition(" keeps of ")[0]
        kept = row["measured"].replace(" and ", ", ").partition("; with a third table ")
        said = row["note"].partition("; with a third table: ")
        cells = [name, *_copy(kept[0], said[0]), *_copy(kept[2], said[2])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _copy(kept: str, said: str) -> tuple[str, str, str]:
    """Return what a copy keeps, the score that its maker gives it, and what the audit says."""
    score, parted, verdict = said.removeprefix("its own score: ").partition("; `gen audit --like`: ")
    if not parted:
        return "refused", "–", "–"
    return f"**{kept}**", score.removeprefix("PASS: ").rstrip("."), verdict


def recorded() -> dict[str, dict[str, Any]]:
    """Return the recorded results by the name of their script."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((Path(__file__).parent / "results").glob("*.json"))
    }


def with_tables(text: str, results: dict[str, dict[str, Any]]) -> str:
    """Return the README's text with both tables between their marks."""
    text = _between(text, KEPT_BEGIN, kept_table(results), KEPT_END)
    return _between(text, BEGIN, table(results), END)


def _between(text: str, first: str, figures: str, last: str) -> str:
    head, begin, rest = text.partition(first)
    _, end, tail = rest.partition(last)
    if not begin or not end:
        raise SystemExit(f"README.md lacks the marks {first.strip()} and {last}")
    return f"{head}{first}{figures}{last}{tail}"


def main() -> None:
    path = ROOT / "README.md"
    path.write_text(with_tables(path.read_text(encoding="utf-8"), recorded()), encoding="utf-8")


if __name__ == "__main__":
    main()
