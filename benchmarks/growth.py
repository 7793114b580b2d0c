"""How the cost of a run grows: with its rows, columns, tables, segments, and with the depth of its tables.

    python benchmarks/growth.py [--largest 3e7] [--only rows columns] [--repeat 2] [--picture]

Each point is `gen run SCHEMA --no-audit` as a process of its own. Its cost is the processor time (user and system)
above that of a run of one row, because neighbours on a shared machine cost wall time. The slope between two points is
that of the logarithms: 1 means that twice the size costs twice the time. --picture draws docs/images/growth.svg. Rows
go from 10^5 to --largest; 3e8 takes about ten minutes and 8 GB of disk on two free processors, all else about five
minutes.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from measuring import GEN, cost_of, machine, options

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "growth.svg"
Schema = dict[str, Any]
Costs = dict[int, float]

KINDS: tuple[Mapping[str, Any], ...] = (
    {"normal": {"mean": 50, "sd": 10}, "round": 2},
    {"poisson": {"mean": 3}},
    {"choice": {"a": 3, "b": 2, "c": 1}},
    {"timestamp": {"between": ["window.start", "window.end"]}},
    {"uniform": {"min": 0, "max": 1}},
)


def schema(tables: Mapping[str, Any], **more: Any) -> Schema:
    """Return a schema with these tables."""
    window = {"start": "2024-01-01", "end": "2025-01-01"}
    return {"fanwise": 1, "name": "growth", "window": window, **more, "tables": dict(tables)}


def table(rows: int, columns: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a root table with an `id`."""
    return {"rows": rows, "key": "id", "columns": {"id": {"sequence": {}}, **columns}, **more}


def by_rows(size: int) -> Schema:
    """Return a shop of `size` rows: a customer has three orders."""
    order = {
        "parent": "customer",
        "fanout": {"poisson": {"mean": 3}, "multiplier": {"tier": {"s0": 1, "s1": 2}}},
        "columns": {"customer_id": {"parent": "id"}, "amount": {**KINDS[0]}, "at": {**KINDS[3]}},
    }
    tables = {
        "customer": table(size * 2 // 11, {"tier": {"segment": "tier"}, "name": {"fake": "name"}}),
        "order": order,
    }
    return schema(tables, segments={"tier": {"table": "customer", "share": {"s0": 0.5, "s1": 0.5}}})


def by_columns(size: int) -> Schema:
    """Return a table of 100,000 rows and `size` columns of five kinds."""
    return schema({"wide": table(100_000, {f"c{at}": dict(KINDS[at % len(KINDS)]) for at in range(size - 1)})})


def by_tables(size: int) -> Schema:
    """Return `size` tables of 50,000 rows, each with a reference to the one before."""
    tables = {}
    for at in range(size):
        refer = {"ref": {"ref": f"t{at - 1}"}} if at else {}
        tables[f"t{at}"] = table(50_000, {"a": dict(KINDS[0]), "b": dict(KINDS[3]), **refer})
    return schema(tables)


def by_segments(size: int) -> Schema:
    """Return two million customers in `size` segments, each with a mean of its own, and as many orders."""
    names = [f"s{at}" for at in range(size)]
    axis = {"table": "customer", "share": dict.fromkeys(names, 1 / size)}
    factors = {"multiplier": {"tier": {name: 1 + at / size for at, name in enumerate(names)}}}
    order = {
        "parent": "customer",
        "fanout": {"poisson": {"mean": 1}, **factors},
        "columns": {"amount": {"lognormal": {"mean": 72, "sd": 58}, **factors}},
    }
    tables = {"customer": table(2_000_000, {"tier": {"segment": "tier"}, "age": dict(KINDS[0])}), "order": order}
    return schema(tables, segments={"tier": axis})


def by_depth(size: int) -> Schema:
    """Return `size` levels of two million rows, each row with one child that reads the level above."""
    tables: dict[str, Any] = {"l0": table(2_000_000, {"a": dict(KINDS[0]), "b": dict(KINDS[3])})}
    for at in range(1, size):
        columns = {"up": {"expr": f"l{at - 1}.a + 1"}, "a": dict(KINDS[0]), "b": dict(KINDS[3])}
        tables[f"l{at}"] = {"parent": f"l{at - 1}", "fanout": {"fixed": 1}, "columns": columns}
    return schema(tables)


AXES: dict[str, tuple[Callable[[int], Schema], tuple[int, ...], str]] = {
    "rows": (by_rows, tuple(round(10 ** (5 + step / 2)) for step in range(8)), "#0072b2"),
    "columns": (by_columns, (5, 16, 50, 160, 500), "#d55e00"),
    "tables": (by_tables, (2, 6, 20, 64, 200), "#009e73"),
    "segments": (by_segments, (2, 6, 20, 64, 200), "#cc79a7"),
    "depth": (by_depth, (1, 2, 4, 8), "#e69f00"),
}


def processor(made: Schema, folder: Path) -> float:
    """Return the processor time of a run of a schema, in seconds."""
    path, out = folder / "growth.yaml", folder / "out"
    path.write_text(json.dumps(made))
    found = cost_of([*GEN, "run", str(path), "--no-audit", "--quiet", "--out", str(out)])
    shutil.rmtree(out)
    return found.processor


def measured(axis: str, largest: float, repeat: int, folder: Path) -> Costs:
    """Return the least processor time of each size, above that of one row."""
    make, sizes, _ = AXES[axis]
    sizes = tuple(size for size in sizes if axis != "rows" or size <= largest * 1.1)
    costs: Costs = {}
    base = min(processor(schema({"one": table(1, {})}), folder) for _ in range(repeat + 1))
    for _ in range(repeat):
        for size in sizes:
            costs[size] = min(costs.get(size, math.inf), processor(make(size), folder) - base)
    return costs


def slopes(costs: Costs) -> list[float]:
    """Return the slope between each two neighbours, of the logarithms of cost and size."""
    return [math.log(costs[b] / costs[a]) / math.log(b / a) for a, b in pairwise(sorted(costs))]


LEFT, TOP, WIDE, HIGH, WIDTH, HEIGHT = 64, 24, 520, 380, 760, 460
STYLE = """\
svg{color-scheme:light dark}
text{font:13px sans-serif;fill:#202124}.small{font-size:11px}
.grid{stroke:#d0d4d9;stroke-width:1}.even{stroke:#5f6368;stroke-width:1.5;stroke-dasharray:6 5}
.paper{fill:#ffffff}
@media (prefers-color-scheme: dark){text{fill:#e8eaed}.grid{stroke:#3c4043}.even{stroke:#9aa0a6}.paper{fill:#0d1117}}"""


def picture(found: Mapping[str, Costs]) -> str:
    """Return the picture: size and cost as multiples of those of the smallest point, on logarithmic axes."""
    spans = [(max(costs) / min(costs), max(costs.values()) / costs[min(costs)]) for costs in found.values()]
    top = max(1, math.ceil(max(math.log10(max(pair)) for pair in spans)))

    def x(value: float) -> float:
        return LEFT + WIDE * math.log10(value) / top

    def y(value: float) -> float:
        return TOP + HIGH * (1 - (math.log10(max(value, 0.5)) + 0.3) / (top + 0.3))

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">Cost of a run as it grows</title>',
        '<desc id="d">Processor time over size, both as multiples of the smallest point, on logarithmic axes. '
        "The dashed line has the slope 1.</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
    ]
    for power in range(top + 1):
        value = 10**power
        lines += [
            f'<line class="grid" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{TOP + HIGH}"/>',
            f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDE}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>',
            f'<text class="small" x="{x(value):.1f}" y="{TOP + HIGH + 18}" text-anchor="middle">× {value:,}</text>',
            f'<text class="small" x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">× {value:,}</text>',
        ]
    lines += [
        f'<line class="even" x1="{x(1):.1f}" y1="{y(1):.1f}" x2="{x(10**top):.1f}" y2="{y(10**top):.1f}"/>',
        f'<text x="{LEFT + WIDE / 2}" y="{HEIGHT - 12}" text-anchor="middle">size, relative to the smallest</text>',
        f'<text transform="translate(14 {TOP + HIGH / 2}) rotate(-90)" text-anchor="middle">processor time</text>',
    ]
    for place, (axis, costs) in enumerate(found.items()):
        colour, first = AXES[axis][2], min(costs)
        points = [(x(size / first), y(cost / costs[first])) for size, cost in sorted(costs.items())]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        lines += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
        at = TOP + 20 + 44 * place
        lines += [
            f'<rect x="{LEFT + WIDE + 16}" y="{at - 11}" width="14" height="14" fill="{colour}"/>',
            f'<text x="{LEFT + WIDE + 36}" y="{at}">{axis} {first:,} to</text>',
            f'<text x="{LEFT + WIDE + 36}" y="{at + 17}">{max(costs):,}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Measure, print the slopes, and draw where that is wanted."""
    parser = options(__doc__)
    parser.set_defaults(repeat=2)
    parser.add_argument("--largest", type=float, default=3e7, help="the most rows")
    parser.add_argument("--only", nargs="+", choices=list(AXES), help="leave out the other axes")
    parser.add_argument("--picture", action="store_true", help="draw docs/images/growth.svg")
    chosen = parser.parse_args()
    found: dict[str, Costs] = {}
    print(f"{machine()}; seconds of processor time above those of one row")
    with tempfile.TemporaryDirectory() as folder:
        for axis in chosen.only or AXES:
            found[axis] = costs = measured(axis, chosen.largest, chosen.repeat, Path(folder))
            print(f"{axis:9}", *(f"{size:>12,}" for size in sorted(costs)), flush=True)
            print(f"{'':9}", *(f"{costs[size]:12.2f}" for size in sorted(costs)))
            print(f"{'slope':9}", " " * 12, *(f"{slope:12.2f}" for slope in slopes(costs)), flush=True)
    if chosen.picture:
        PICTURE.write_text(picture(found), encoding="utf-8")
        print(PICTURE)


if __name__ == "__main__":
    main()
