"""A plan as text and as JSON values: tables in order, expected rows and bytes, means, effects and power."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fanwise.generator.audit.contract import not_recomputed
from fanwise.generator.audit.contract.correlations import declared_correlations
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.columns import ColumnKind
from fanwise.generator.language.spec import Correlate
from fanwise.generator.output.formats import FileSink
from fanwise.generator.plan import Plan
from fanwise.generator.run.sizing import expected_bytes, likely_rows
from fanwise.text.numbers import bytes_text, decimal
from fanwise.text.terminal import Style, table
from fanwise.validator.forecasting.outlook import forecast_text


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a fanout or a column in one combination of segments: as declared, and after bounds and rounding."""

    where: str
    cell: str
    declared: float
    bounded: float


def outline_text(plan: Plan, files: FileSink, style: Style) -> str:
    """Return the plan for a reader, with the sizes that its tables have as `files`."""
    counts, sizes = _sizes(plan, files)
    rows = [
        [name, plan.tables[name].parent or "", *_total([counts[name]], [sizes[name]])] for name in plan.schema.tables
    ]
    rows.append(["all", "", *_total(counts.values(), sizes.values())])
    lines = [f"{plan.dataset.name}, seed {plan.seed}, scale {plan.scale:g}", ""]
    lines += table(["table", "parent", "expected rows", _as(files)], rows, style, left=(0, 1))
    means = [[mean.where, mean.cell, f"{mean.declared:.6g}", f"{mean.bounded:.6g}"] for mean in _means(plan)]
    if means:
        lines += ["", *table(["mean of", "where", "declared", "as written"], means, style, left=(0, 1))]
    correlations = list(_correlations(plan))
    if correlations:
        head = ["correlation of", "with", "where", "declared", "as written"]
        lines += ["", *table(head, [[*each.values()][:5] for each in correlations], style, left=(0, 1, 2))]
    off = [[each["of"], each["with"], each["because"]] for each in correlations if each["because"]]
    if off:
        head = ["correlation that is not audited", "with", "because"]
        lines += ["", *table(head, [list(row) for row in dict.fromkeys(map(tuple, off))], style, left=(0, 1, 2))]
    unseen = [[name, why] for name, why in not_recomputed(plan).items()]
    if unseen:
        lines += ["", *table(["not computed again by the audit", "because"], unseen, style, left=(0, 1))]
    return "\n".join([*lines, "", forecast_text(forecast(plan), style)])


def _total(rows: Iterable[float], sizes: Iterable[float]) -> list[str]:
    return [decimal(sum(rows), 0), bytes_text(sum(sizes))]


def outline_document(plan: Plan, files: FileSink) -> dict[str, Any]:
    """Return the plan as JSON values, with the sizes that its tables have as `files`."""
    counts, sizes = _sizes(plan, files)
    return {
        "dataset": plan.dataset.name,
        "seed": plan.seed,
        "scale": plan.scale,
        "format": files.name,
        "compression": files.compression,
        "tables": [
            {
                "name": name,
                "parent": bound.parent,
                "expected_rows": counts[name],
                "expected_bytes": sizes[name],
                "columns": list(bound.written),
            }
            for name, bound in plan.tables.items()
            if name in plan.schema.tables
        ],
        "means": [asdict(mean) for mean in _means(plan)],
        "correlations": list(_correlations(plan)),
        "not_recomputed": not_recomputed(plan),
        "forecast": forecast(plan).to_dict(),
    }


def _sizes(plan: Plan, files: FileSink) -> tuple[dict[str, float], dict[str, float]]:
    """Return the rows and the bytes of each table."""
    rows = likely_rows(plan)
    with tempfile.TemporaryDirectory(prefix="fanwise-") as folder:
        return rows, expected_bytes(plan, files, Path(folder), rows)


def _as(files: FileSink) -> str:
    usual = files.compression == type(files).compressions[0]
    return f"as {files.name}" if usual else f"as {files.name}, {files.compression}"


def _means(plan: Plan) -> Iterator[Mean]:
    """Yield the means that differ by segment or that bounds move, table by table."""
    for bound in plan.tables.values():
        if bound.fanout is not None:
            yield from _of_kind(f"{bound.name} per {bound.parent}", bound.fanout.generator)
        for name, column in bound.columns.items():
            yield from _of_kind(f"{bound.name}.{name}", column.generator)


def _correlations(plan: Plan) -> Iterator[dict[str, str]]:
    """Yield each declared correlation and share, with what the audit expects of the written values, or why nothing."""
    for each in declared_correlations(plan):
        spec, cells = each.drawn.spec, () if each.promise is None else each.promise.cells
        one = next((one for one in spec.correlate if one.place == each.place), None)
        share = next((share for share in spec.alike if share.place == each.place), None)
        if one is not None:
            other, numbers = one.path.text, _numbers(one)
        elif share is not None:
            other, numbers = f"rows below one {share.table}", {"": share.share}
        else:  # what follows from a hidden column
            promise = each.promise
            if promise is None:
                continue
            other, numbers = promise.other or "rows below one parent", {"": promise.cells[0].declared}
        for label, number in numbers.items():
            ends = sorted({f"{cell.expected:.3f}" for cell in cells if cell.label == label}, key=float)
            written = " to ".join(dict.fromkeys([ends[0], ends[-1]])) if ends else "not audited"
            found = {"of": each.drawn.name, "with": other, "where": label, "declared": f"{number:g}"}
            yield {**found, "as_written": written, "because": each.why}


def _numbers(one: Correlate) -> dict[str, float]:
    """Return the numbers of a correlation by what they are declared for."""
    if isinstance(one.value, float):
        return {"": one.value}
    return {**one.value.values, **({} if one.value.default is None else {"else": one.value.default})}


def _of_kind(where: str, kind: ColumnKind) -> Iterator[Mean]:
    return (Mean(where, cell, declared, bounded) for cell, declared, bounded in kind.means())
