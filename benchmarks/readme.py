"""Write the README's table of benchmarks from the recorded results. Nothing else writes that table.

    python benchmarks/readme.py

Reads benchmarks/results/*.json, which the other scripts write with `--record`, and replaces the text between the two
marks. A test checks that the README is up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: benchmarks/readme.py -->\n", "<!-- end of figures -->"
# In the order of the table; a script that has left no result yet is left out.
ORDER = (
    "write_cost", "duckdb_sql", "tpch", "peers", "threads", "memory", "audit_cost", "fixtures", "discovery",
    "discovery_memory", "like", "learners", "databases", "workers", "side_by_side", "people", "lookups", "nested",
    "siblings", "correlation",
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


def recorded() -> dict[str, dict[str, Any]]:
    """Return the recorded results by the name of their script."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((Path(__file__).parent / "results").glob("*.json"))
    }


def with_table(text: str, figures: str) -> str:
    """Return the README's text with `figures` between the marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md lacks the marks {BEGIN.strip()} and {END}")
    return f"{head}{BEGIN}{figures}{END}{tail}"


def main() -> None:
    path = ROOT / "README.md"
    path.write_text(with_table(path.read_text(encoding="utf-8"), table(recorded())), encoding="utf-8")


if __name__ == "__main__":
    main()
