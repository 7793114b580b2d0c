"""Rows a second beside the usual ways to make test data in Python: Faker, Mimesis, factory_boy, pandas, SDV's HMA.

    python benchmarks/peers.py [--scale 200] [--customers 100] [--sdv-python PYTHON] [--repeat 3] [--record]

Peers make the shape of schemas/ecommerce.yaml (customers with segments, products, orders, order lines), or people of
three text columns, in memory and without their imports; ours is the whole of `gen run --no-audit`, start-up and writing
included. Peers make
few customers, as they would take hours for ours; all but SDV take a time proportional to the rows. SDV learns
two tables of a small data set first (not timed) and then samples as many rows: four are too deep for its HMA. A peer
that is not installed says so.
Goals: at least 100 times the pandas generator, at least 300 times a loop of Faker calls.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measuring import GEN, cost_of, machine, middle, options, record

GOALS = {"a Faker loop": "≥ 300", "pandas with a frame per parent": "≥ 100"}
FACTORS = {"VIP": (1.4, 1.3), "Standard": (1.0, 1.0), "Casual": (0.8, 0.9)}
SHARES = (0.164, 0.482, 0.354)
START, SECONDS = dt.datetime(2024, 1, 1), 31_622_400
ORDERS, PRODUCTS = 23, 500


def faker(rows: int) -> int:
    """People of three text columns by a loop of Faker calls."""
    from faker import Faker

    fake = Faker()
    Faker.seed(42)
    return len([{"id": i, "name": fake.name(), "email": fake.email(), "city": fake.city()} for i in range(rows)])


def mimesis(rows: int) -> int:
    """The same people by a loop of Mimesis calls."""
    from mimesis import Generic

    fake = Generic(seed=42)
    name, email, city = fake.person.full_name, fake.person.email, fake.address.city
    return len([{"id": i, "name": name(), "email": email(), "city": city()} for i in range(rows)])


def factory_boy(customers: int) -> int:
    """Factories of dictionaries, related by SubFactory's usual substitute: a call per parent."""
    import factory

    class Customer(factory.DictFactory):  # type: ignore[misc]
        customer_id = factory.Sequence(int)
        customer_segment = factory.Faker("random_element", elements=tuple(FACTORS))
        full_name = factory.Faker("name")
        email = factory.Faker("email")
        country = factory.Faker("random_element", elements=("US", "DE", "FR"))
        signed_up = factory.Faker("date_time_between", start_date=START, end_date=START + dt.timedelta(days=366))

    class Order(factory.DictFactory):  # type: ignore[misc]
        order_id = factory.Sequence(int)
        customer_id = 0
        ordered_at = factory.Faker("date_time_between", start_date=START, end_date=START + dt.timedelta(days=366))
        gross_amount = factory.Faker("pyfloat", min_value=5, max_value=500, right_digits=2)

    class Item(factory.DictFactory):  # type: ignore[misc]
        order_id = 0
        line_no = 0
        product_id = factory.Faker("numerify", text="SKU-######")
        quantity = factory.Faker("random_int", min=1, max=10)
        unit_price = factory.Faker("pyfloat", min_value=2, max_value=900, right_digits=2)
        line_amount = factory.LazyAttribute(lambda item: round(item.quantity * item.unit_price, 2))

    rows = PRODUCTS
    for customer in Customer.create_batch(customers):
        orders = Order.create_batch(
            round(ORDERS * FACTORS[customer["customer_segment"]][0]), customer_id=customer["customer_id"]
        )
        rows += 1 + len(orders)
        for number, order in enumerate(orders):
            rows += len(Item.create_batch(2 + number % 2, order_id=order["order_id"]))
    return rows


def pandas(customers: int) -> int:
    """A frame for each customer's orders and for each order's lines, concatenated: the usual generator script."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(42)
    tiers = random.choice(list(FACTORS), customers, p=SHARES)
    joined = pd.Timestamp(START) + pd.to_timedelta(random.integers(0, SECONDS, customers), unit="s")
    table = pd.DataFrame({"customer_id": range(customers), "customer_segment": tiers, "signed_up": joined})
    table["full_name"] = [f"First{a} Last{b}" for a, b in random.integers(0, 100, (customers, 2))]
    table["email"] = (
        table["full_name"].str.lower().str.replace(" ", ".") + table["customer_id"].astype(str) + "@example.com"
    )
    table["country"] = random.choice(["US", "DE", "FR"], customers, p=[0.625, 0.25, 0.125])
    prices = random.lognormal(3, 0.5, PRODUCTS).round(2)
    orders, items, next_order = [], [], 0
    for row in table.itertuples():
        fanout, value = FACTORS[row.customer_segment]
        n = random.poisson(ORDERS * fanout)
        ids = np.arange(next_order, next_order + n)
        next_order += n
        at = row.signed_up + pd.to_timedelta(random.uniform(0, 86_400 * 100, n), unit="s")
        amounts = (random.lognormal(4.03, 0.7, n) * value).round(2)
        orders.append(
            pd.DataFrame({"order_id": ids, "customer_id": row.customer_id, "ordered_at": at, "gross_amount": amounts})
        )
        for order in ids:
            k = max(1, random.poisson(2.487))
            products = random.choice(PRODUCTS, k, replace=False)
            item = pd.DataFrame({"order_id": order, "line_no": range(1, k + 1), "product_id": products})
            item["quantity"] = random.poisson(1.4, k).clip(1, 10)
            item["unit_price"] = prices[products]
            item["line_amount"] = (item["quantity"] * item["unit_price"]).round(2)
            items.append(item)
    return PRODUCTS + len(table) + len(pd.concat(orders)) + len(pd.concat(items))


# What a peer makes, the module it needs, its function, and how many times --customers it makes.
PEERS: dict[str, tuple[str, str, Callable[[int], int], int]] = {
    "a Faker loop": ("people", "faker", faker, 20),
    "a Mimesis loop": ("people", "mimesis", mimesis, 200),
    "factory_boy": ("shop", "factory", factory_boy, 1),
    "pandas with a frame per parent": ("shop", "pandas", pandas, 1),
}
PEOPLE = """
fanwise: 1
name: people
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  person:
    rows: 1000
    key: id
    columns: {id: {sequence: {start: 1}}, name: {fake: name}, email: {fake: email}, city: {fake: city}}
"""


def sdv(customers: int, folder: str) -> tuple[int, float]:
    """Learn the data set in `folder` by SDV's HMA, sample it again, and return rows and seconds of the sampling."""
    import pandas as pd
    from sdv.metadata import Metadata
    from sdv.multi_table import HMASynthesizer

    # HMA refuses four related tables ("relationship depth greater than 2"), so it is given the upper two.
    tables = {name: pd.read_csv(Path(folder) / f"{name}.csv") for name in ("customer", "order")}
    synthesizer = HMASynthesizer(Metadata.detect_from_dataframes(tables), verbose=False)
    synthesizer.fit(tables)
    begun = time.perf_counter()
    made = synthesizer.sample(num_rows=customers, main_table_name="customer")
    return sum(map(len, made.values())), time.perf_counter() - begun


def timed(name: str, customers: int, folder: str) -> dict[str, float]:
    """Return rows and seconds of one peer in this process, after a small warm-up that pays for imports and caches."""
    if name == "SDV (HMA)":
        rows, seconds = sdv(customers, folder)
        return {"rows": rows, "seconds": seconds}
    _, _, make, times = PEERS[name]
    make(2)
    begun = time.perf_counter()
    rows = make(customers * times)
    return {"rows": rows, "seconds": time.perf_counter() - begun}


def speeds(customers: int, repeat: int, sdv_python: str | None, folder: str) -> Iterator[tuple[str, float]]:
    """Yield each peer's best rows a second, or 0 where it is not installed."""
    pythons = {name: sys.executable for name, (_, module, _, _) in PEERS.items() if importlib.util.find_spec(module)}
    if sdv_python:
        pythons["SDV (HMA)"] = sdv_python
    for name in (*PEERS, "SDV (HMA)"):
        if name not in pythons:
            yield name, 0.0
            continue
        command = [pythons[name], __file__, "--peer", name, "--customers", str(customers), "--folder", folder]
        found = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
                 for _ in range(1 if name.startswith("SDV") else repeat)]  # fmt: skip
        yield name, max(one["rows"] / one["seconds"] for one in found)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--scale", type=int, default=200, help="thousands of customers of ours")
    parser.add_argument("--customers", type=int, default=100, help="customers of the peers")
    parser.add_argument("--sdv-python", metavar="PYTHON", help="an interpreter in which SDV is installed")
    parser.add_argument("--peer", help="be this peer, in this process")
    parser.add_argument("--folder", default="")
    given = parser.parse_args()
    if given.peer:
        print(json.dumps(timed(given.peer, given.customers, given.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "people.yaml"
        people.write_text(PEOPLE, encoding="utf-8")
        own = {
            "shop": own_speed("ecommerce", given.scale, given.repeat, folder),
            "people": own_speed(str(people), 50 * given.scale, given.repeat, folder),
        }
        small = f"{folder}/small"
        sample = ["--out", small, "--format", "csv", "--rows", f"customer={given.customers}", "--no-audit", "--quiet"]
        cost_of([*GEN, "run", "ecommerce", *sample])
        found = dict(speeds(given.customers, given.repeat, given.sdv_python, small))
    print(f"{given.customers} customers of the peers; {machine()}")
    for what, speed in own.items():
        print(f"{f'gen run, whole process: {what}':36}{speed:>12,.0f} rows/s")
    lines = []
    for name, speed in found.items():
        what = PEERS[name][0] if name in PEERS else "shop"
        told = f"{speed:>12,.0f} rows/s{own[what] / speed:>10,.0f} ×" if speed else f"{'not installed':>12}"
        print(f"{f'{name}: {what}':36}{told}")
        if speed:
            note = f"{speed:,.0f} rows/s; {'three text columns' if what == 'people' else 'the shop'}"
            title = f"rows per second, relative to {name}"
            ratio = f"{own[what] / speed:,.0f}"
            lines.append({"what": title, "measured": ratio, "goal": GOALS.get(name, ""), "note": note})
    record("peers", lines, wanted=given.record)


def own_speed(schema: str, scale: int, repeat: int, folder: str) -> float:
    """Return our rows a second, over the whole process and to Parquet."""
    run = [*GEN, "run", schema, "--no-audit", "--quiet", "--force", "--out", f"{folder}/ours", "--scale", str(scale)]
    cost = middle([cost_of(run) for _ in range(repeat)])
    manifest = json.loads(Path(f"{folder}/ours/manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(f"{folder}/ours")
    return sum(int(table["rows"]) for table in manifest["tables"].values()) / cost.wall


if __name__ == "__main__":
    main()
