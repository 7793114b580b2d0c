"""Joint totals: the units of several measures of one axis side by side, so that their scatter can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.sql.totals import TotalsQuery

__all__ = ["ONE", "joint_query"]

ONE = 1 << 30
"""What stands for 1 in a product's factors: integers, so that sums do not depend on the number of threads."""

Centre = tuple[float, float]
"""The mean of a measure in a segment, and the factor that gives its deviations the sum of squares 1; both scaled."""


def joint_query(
    contract: Contract,
    measures: Sequence[tuple[Measure, float, bool, float]],
    centres: Mapping[str, Sequence[Centre]],
    warehouse: Warehouse | None = None,
) -> tuple[str, list[object]]:
    """Return SQL, with its values, for Σ u·v of the deviations of each two measures in each segment.

    measures: with the scale of their values, whether they are integral, and the weight of their exposures; all of one
    axis and with the same units. A row of the answer is a segment and the sums, those of (0, 0), (0, 1), …, (1, 1), …
    times ONE².
    """
    first, values = measures[0][0], list[object]()
    above = TotalsQuery(contract, first).above(len(first.path))
    ctes, joins, numbers = [], [], []
    for at, (measure, scale, integral, weight) in enumerate(measures):
        query = TotalsQuery(contract, measure, scale, integral, values, f"_{at}", weight=weight, warehouse=warehouse)
        parts = query.parts(len(measure.path), above)
        ctes += parts.ctes
        joins += parts.joins
        numbers += [f"{parts.x} AS x{at}", f"{parts.y} AS y{at}"]
    segment = TotalsQuery(contract, first).segment(above, len(first.path))
    unit = f", {above.column((), first.cluster)} AS k" if first.cluster else ""
    ctes.append(f"rows_ AS (SELECT {segment} AS s{unit}, {', '.join(numbers)} {above.sql()} {' '.join(joins)})")
    places = range(len(measures))
    if first.cluster:
        sums = ", ".join(f"sum({name}{at}) AS {name}{at}" for at in places for name in "xy")
        ctes.append(f"units AS (SELECT s, k, {sums} FROM rows_ GROUP BY s, k)")
    marks = []
    for name, centre in centres.items():
        own: list[object] = [name, *(number for pair in centre for number in pair)]
        marks.append(f"({', '.join(f'${len(values) + index + 1}' for index in range(len(own)))})")
        values += own
    names = ", ".join(["s", *(f"r{at}, f{at}" for at in places)])
    ctes.append(f"centres({names}) AS (VALUES {', '.join(marks)})")
    apart = ", ".join(
        f"CAST(round((CAST(y{at} AS DOUBLE) - r{at} * x{at}) * f{at}) AS BIGINT) AS u{at}" for at in places
    )
    ctes.append(f"apart AS (SELECT s, {apart} FROM {'units' if first.cluster else 'rows_'} JOIN centres USING (s))")
    products = ", ".join(f"sum(u{one} * u{other})" for one in places for other in places if one <= other)
    return f"WITH {', '.join(ctes)} SELECT s, {products} FROM apart GROUP BY s", values
