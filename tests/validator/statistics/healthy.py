"""Schemas whose data are right and hard to judge: heavy tails, rare events, few or unlike units, many effects at once.

    PYTHONPATH=. python tests/validator/statistics/healthy.py [RUNS] [NAME …]

prints for each schema how many of RUNS data sets (default 300) fail, warn or stay undecided. None may fail.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from fanwise.generator.language import Dataset, load
from fanwise.validator.findings import Finding, Status
from tests.validator.statistics.many import Fault, findings

__all__ = ["HEALTHY", "dataset", "judged"]

BATCH = 20

THREE = "{table: customer, share: {VIP: 0.2, Standard: 0.5, Casual: 0.3}, rank: VIP > Standard > Casual}"
UNRANKED = THREE.replace(", rank: VIP > Standard > Casual", "")
TWO = "{table: customer, share: {VIP: %s, Standard: %s}}"
X = "multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}}"
X3 = "multiplier: {tier: {VIP: 1.4, Standard: 1, Casual: 0.75}}"
X4 = "multiplier: {tier: {VIP: 1.3, Standard: 1, Casual: 0.8}}"
X2 = "multiplier: {tier: {VIP: 1.5, Standard: 1}}"

SCHEMA = """
fanwise: 1
name: healthy
segments:
  tier: {axis}
{axes}tables:
  customer:
    rows: {rows}
    key: customer_id
    columns:
      customer_id: {{sequence: {{start: 1}}}}
      tier: {{segment: tier}}
{customer}
  order:
    parent: customer
    fanout: {fanout}
    key: order_id
    columns:
      order_id: {{sequence: {{start: 1}}}}
      customer_id: {{parent: customer_id}}
{order}
{more}
"""
SALE = """
  sale:
    rows: {rows}
    key: sale_id
    columns:
      sale_id: {{sequence: {{start: 1}}}}
      customer_id: {{ref: customer{weight}, {x}}}
      paid: {{gamma: {{mean: 20, shape: 2}}, {x}, round: 2}}
"""
GROUPS = """
  address:
    parent: customer
    fanout: {poisson: {mean: 2}, min: 1}
    key: address_id
    columns:
      address_id: {sequence: {}}
      customer_id: {parent: customer_id}
  product:
    rows: 60
    key: sku
    columns:
      sku: {sequence: {}}
      sort: {choice: {book: 3, game: 2, toy: 2}}
      fame: {pareto: {min: 1, alpha: 1.5}}
  parcel:
    parent: order
    fanout: {poisson: {mean: 1}}
    key: parcel_id
    columns:
      parcel_id: {sequence: {}}
      order_id: {parent: order_id}
      address_id: {ref: address, within: customer}
      other_address: {ref: address, within: customer, not: address_id}
      sku: {ref: product, match: {sort: order.wanted}, weight: fame}
      gift: {ref: product, match: {sort: order.wanted}, not: sku}
      friend: {ref: customer, weight: activity}
      second_friend: {ref: customer, not: friend, weight: activity}
"""


def schema(
    amount: str, *, axis: str = THREE, axes: str = "", rows: int = 600, fanout: str = f"{{poisson: {{mean: 4}}, {X}}}",
    customer: str = "", order: str = "", more: str = "",
) -> str:  # fmt: skip
    """Return a shop whose orders have this amount."""
    columns = "\n".join(f"      {line}" for line in (f"amount: {amount}", *order.splitlines()))
    own = "\n".join(f"      {line}" for line in customer.splitlines())
    return SCHEMA.format(axis=axis, axes=axes, rows=rows, customer=own, fanout=fanout, order=columns, more=more)


GAMMA = f"{{gamma: {{mean: 40, shape: 2}}, {X}, round: 2}}"
HABIT = "habit: {choice: {huge: 2, usual: 98}}"
ONE_PERCENT = TWO % (0.01, 0.99)

falling = ", ".join(f"{name}: {1.5 - at / 12:.3f}" for at, name in enumerate("abcdefghij"))
rising = ", ".join(f"{name}: {0.7 + at / 12:.3f}" for at, name in enumerate("abcdefghij"))
equal = ", ".join(f"{name}: 0.1" for name in "abcdefghij")

HEALTHY = {
    "lognormal, sigma 2": schema(f"{{lognormal: {{median: 20, sigma: 2}}, {X}}}"),
    "pareto 2.1": schema(f"{{pareto: {{min: 5, alpha: 2.1}}, {X}}}"),
    "pareto 1.5": schema(f"{{pareto: {{min: 5, alpha: 1.5}}, {X}}}"),
    "zero-inflated": schema(
        f"{{mixture: {{none: {{weight: 3, fixed: 0}}, some: {{weight: 1, gamma: {{mean: 60, shape: 1}}}}}}, {X}}}",
        fanout=f"{{negbin: {{mean: 3, k: 0.3}}, {X}}}",
    ),
    "ten segments": schema(
        f"{{lognormal: {{mean: 50, sd: 60}}, multiplier: {{tier: {{{falling}}}}}, round: 2}}",
        axis=f"{{table: customer, share: {{{equal}}}}}",
        fanout=f"{{poisson: {{mean: 4}}, multiplier: {{tier: {{{rising}}}}}}}",
    ),
    "two axes": schema(
        "{gamma: {mean: 40, shape: 1}, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}, "
        "region: {N: 1.2, S: 1}}, clamp: [5, 150], round: 2}",
        axes="  region: {table: customer, share: {N: 0.4, S: 0.6}, assign: random}\n",
        fanout="{negbin: {mean: 4, k: 3}, min: 1, max: 15, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}, "
        "region: {N: 1, S: 1.3}}}",
        customer="region: {segment: region}",
        order="way: {choice: {express: {tier: {VIP: 5, Standard: 2, Casual: 1}}, normal: 4}}",
    ),
    "1 % share": schema(
        f"{{lognormal: {{mean: 40, sd: 30}}, {X2}}}", axis=ONE_PERCENT, rows=2000,
        fanout=f"{{poisson: {{mean: 4}}, {X2}}}",
    ),
    "1 % share, sigma 2": schema(
        f"{{lognormal: {{median: 20, sigma: 2}}, {X2}}}", axis=ONE_PERCENT, rows=2000,
        fanout=f"{{poisson: {{mean: 4}}, {X2}}}",
    ),
    "habit of customers": schema(
        "{lognormal: {mean: 30, sd: 15}, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}, "
        "customer.habit: {huge: 60, usual: 1}}}",
        customer=HABIT,
        fanout="{poisson: {mean: 2}, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}, "
        "habit: {huge: 17, usual: 1}}}",
    ),
    "level by expr": schema(
        '{expr: "round(price * customer.level, 2)"}', customer="level: {lognormal: {mean: 1, sd: 1}}",
        order=f"price: {{gamma: {{mean: 40, shape: 4}}, {X}}}",
    ),
    "few clusters": schema(
        "{lognormal: {mean: 30, sd: 15}, multiplier: {tier: {VIP: 1.5, Standard: 1}, "
        "customer.habit: {high: 3, low: 1}}}",
        axis=TWO % (0.5, 0.5), rows=44, customer="habit: {choice: {high: 3, low: 7}}",
        fanout="{poisson: {mean: 60}, multiplier: {tier: {VIP: 1.3, Standard: 1}, habit: {high: 2, low: 1}}}",
    ),
    "grandchildren": schema(
        GAMMA,
        more=f"""
  item:
    parent: order
    fanout: {{poisson: {{mean: 2}}, {X}}}
    key: item_id
    columns:
      item_id: {{sequence: {{start: 1}}}}
      order_id: {{parent: order_id}}
      price: {{lognormal: {{mean: 10, sd: 15}}, {X}, round: 2}}
  part:
    parent: item
    fanout: {{poisson: {{mean: 1}}, {X}}}
    key: part_id
    columns:
      part_id: {{sequence: {{start: 1}}}}
      item_id: {{parent: item_id}}
""",
    ),
    "reference, zipf": schema(GAMMA, more=SALE.format(rows=4000, weight=", weight: {zipf: 0.6}", x=X)),
    "reference, weight": schema(
        GAMMA, customer="activity: {lognormal: {mean: 1, sd: 2}}",
        more=SALE.format(rows=4000, weight=", weight: activity", x=X),
    ),
    "references in groups": schema(
        GAMMA, order="wanted: {choice: {book: 5, game: 3, toy: {tier: {VIP: 1, Standard: 2, Casual: 4}}}}",
        customer="activity: {lognormal: {mean: 1, sd: 1}}", more=GROUPS,
    ),
    "choice shares": schema(
        GAMMA,
        axis=UNRANKED,
        order="way: {choice: {express: {tier: {VIP: 5, Standard: 2, Casual: 1}}, normal: {tier: {VIP: 4, Standard: 4, "
        "Casual: 3}}, slow: {tier: {VIP: 1, Standard: 3, Casual: 6}}}}",
    ),
    "when": schema(
        f"{{gamma: {{mean: 40, shape: 1}}, {X}, when: {{status: {{cancelled: 0}}}}, round: 2}}",
        order="status: {choice: {paid: 8, cancelled: 2}}",
    ),
    "clamps": schema(
        f"{{normal: {{mean: 6, sd: 4}}, {X}, clamp: [1, 12], round: 0}}",
        fanout=f"{{poisson: {{mean: 2}}, min: 1, max: 6, {X}}}",
    ),
    "negative means": schema(
        f"{{normal: {{mean: -50, sd: 40}}, {X.replace('VIP: 1.5', 'VIP: 0.7').replace('Casual: 0.7', 'Casual: 1.5')}}}",
        order="margin: {normal: {mean: {tier: {VIP: 5, Standard: -2, Casual: -8}}, sd: 30}}",
        axis=UNRANKED,
    ),
    "bands": schema(GAMMA)
    + """
audit:
  expect:
    orders: {count: order, per: customer, by: tier, rank: VIP > Standard > Casual, ratio: {VIP/Standard: [1.4, 1.6]}}
    spend: {sum: order.amount, per: customer, by: tier, ratio: {VIP/Standard: [1.5, 3.0]}}
""",
    "rare events": schema(
        f"{{bernoulli: {{p: 0.02}}, {X}}}", rows=3000, fanout=f"{{bernoulli: {{p: 0.2}}, {X}}}",
    ),
    "1 % whales": schema(
        "{lognormal: {mean: 30, sd: 15}, multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.7}, "
        "customer.habit: {huge: 100, usual: 1}}}",
        customer=HABIT.replace("huge: 2, usual: 98", "huge: 1, usual: 99"), rows=2000,
    ),
    "heavy clusters": schema(
        "{lognormal: {mean: 30, sd: 15}, multiplier: {tier: {VIP: 30, Standard: 1}, "
        "customer.habit: {huge: 100, usual: 1}}, round: 2}",
        axis=TWO % (0.02, 0.98), rows=3000, customer=HABIT,
        fanout="{poisson: {mean: 2}, multiplier: {tier: {VIP: 20, Standard: 1}}}",
    ),
    "twelve ratios": schema(
        f"{{lognormal: {{mean: 60, sd: 45}}, {X3}, round: 2}}",
        rows=1000,
        fanout=f"{{poisson: {{mean: 16}}, {X}}}",
        order=f"gift: {{boolean: {{p: 0.3}}, {X3}}}",
        more=f"""
  item:
    parent: order
    fanout: {{poisson: {{mean: 2}}, {X4}}}
    key: item_id
    columns:
      item_id: {{sequence: {{start: 1}}}}
      order_id: {{parent: order_id}}
"""
        + SALE.format(rows=4000, weight="", x=X3),
    ),
    "many effects": schema(
        f"{{lognormal: {{mean: 40, sd: 30}}, {X}, round: 2}}",
        customer=f"age: {{gamma: {{mean: 30, shape: 9}}, {X}, round: 1}}\nlevel: {{lognormal: {{mean: 1, sd: 0.7}}, {X}}}",
        order=f"weight: {{gamma: {{mean: 2, shape: 1}}, {X}}}\ngift: {{boolean: {{p: 0.2}}, {X}}}",
        more=SALE.format(rows=4000, weight="", x=X),
    ),
}  # fmt: skip


def dataset(name: str) -> Dataset:
    """Return a schema, read."""
    return load(HEALTHY[name])


def judged(name: str, runs: int, rows: int | None = None, fault: Fault | None = None) -> Iterator[list[Finding]]:
    """Yield what the checks of effects say of each of `runs` data sets, of `rows` customers and with a `fault`."""
    read, sizes = dataset(name), {} if rows is None else {"customer": rows}
    for start in range(0, runs, BATCH):
        yield from findings(read, range(start, min(start + BATCH, runs)), sizes, fault)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    total: Counter[str] = Counter()
    for name in sys.argv[2:] or HEALTHY:
        counted: Counter[str] = Counter()
        least = 1.0
        for found in judged(name, runs):
            worst = {each.status for each in found}
            counted += Counter(f"{each}" for each in worst)
            counted += Counter(
                f"{each.check} {each.status}" for each in found if each.status in (Status.FAIL, Status.WARN)
            )
            least = min([least, *(each.p for each in found if each.check == "combined" and each.p is not None)])
        total += counted
        print(f"{name:20} least combined p {least:.2g}  {dict(sorted(counted.items()))}", flush=True)
    print(dict(sorted(total.items())))


if __name__ == "__main__":
    main()
