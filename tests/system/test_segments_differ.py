"""The test that the project exists for: VIP > Standard > Casual, in the files, by SQL written here."""

from __future__ import annotations

import duckdb
import pytest

from fanwise.generator.language import load
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

pytestmark = pytest.mark.system

SEEDS = range(1, 21)

ECOMMERCE = """
select c.customer_segment as segment, count(o.order_id) / count(distinct c.customer_id) as orders_per_customer,
       avg(o.gross_amount) as order_value
from '{0}/customer.parquet' c left join '{0}/order.parquet' o using (customer_id) group by 1
"""

MARKETPLACE = """
select c.tier as segment, count(o.order_id) / count(distinct c.customer_id) as orders_per_customer,
       avg(o.gross_amount) as order_value
from '{0}/customer.parquet' c left join '{0}/order.parquet' o using (customer_id) group by 1
"""


def measured(query: str, folder: str) -> dict[str, tuple[float, float]]:
    return {segment: (count, value) for segment, count, value in duckdb.sql(query.format(folder)).fetchall()}


FEW = 5
"""Seeds of the larger data set in `make test`; `make test-slow` has the others."""


@pytest.mark.parametrize(
    ("name", "query", "seed"),
    [
        *(pytest.param("ecommerce", ECOMMERCE, seed, id=f"ecommerce-{seed}") for seed in SEEDS),
        *(
            pytest.param(
                "marketplace",
                MARKETPLACE,
                seed,
                id=f"marketplace-{seed}",
                marks=[pytest.mark.slow] if seed > FEW else [],
            )
            for seed in SEEDS
        ),
    ],
)
def test_vip_above_standard_above_casual(
    name: str, query: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp(name) / "out"
    run(load(name), RunOptions(out=folder, seed=seed))
    found = measured(query, str(folder))

    assert found["VIP"][0] > found["Standard"][0] > found["Casual"][0]
    assert found["VIP"][1] > found["Standard"][1] > found["Casual"][1]
