"""Fixtures: the same small shop by Fanwise and by factory_boy with Faker, and the cost of a plugin that is not used.

    python benchmarks/fixtures.py [--record]

Both sides make 100 customers with their orders and items in this process, after one warm-up, and are measured in turn.
factory_boy and Faker are installed by nobody's extra: where they are missing, a line says so and the rest is measured.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from measuring import options, record

CUSTOMERS = 100
ORDERS, ITEMS = 23, 3  # what the peer makes per customer and per order: about the means of ecommerce.yaml
REPEATS = 5
SESSIONS = 15
BYTECODE = tempfile.mkdtemp(prefix="fanwise-bytecode-")


def least_ms(action: Callable[[], Any], repeats: int) -> float:
    """Return the least wall time of `action` in milliseconds: what it takes when no neighbour disturbs."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


def own_shop() -> int:
    """Make the shop with Fanwise; return its rows."""
    import fanwise

    shop = fanwise.dataset("ecommerce", rows={"customer": CUSTOMERS})
    return sum(frame.height for _, frame in shop.items())


def peer() -> Callable[[], int] | None:
    """Return a function that makes the shop with factory_boy and Faker, or None where they are not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("factory", "faker")):
        return None
    import factory

    class Customer(factory.DictFactory):  # type: ignore[misc]
        customer_id = factory.Sequence(lambda n: n + 1)
        customer_segment = factory.Faker("random_element", elements=("VIP", "Standard", "Casual"))
        full_name = factory.Faker("name")
        email = factory.Faker("email")
        country = factory.Faker("random_element", elements=("US", "DE", "FR"))
        signed_up = factory.Faker("date_time_this_year")

    class Product(factory.DictFactory):  # type: ignore[misc]
        product_id = factory.Sequence(lambda n: f"SKU-{n + 1:06}")
        category = factory.Faker("random_element", elements=("book", "toy", "audio"))
        price = factory.Faker("pyfloat", min_value=2, max_value=900, right_digits=2)

    class Order(factory.DictFactory):  # type: ignore[misc]
        order_id = factory.Sequence(lambda n: n + 1)
        customer_id = 0
        ordered_at = factory.Faker("date_time_this_year")
        gross_amount = factory.Faker("pyfloat", min_value=5, max_value=400, right_digits=2)

    class Item(factory.DictFactory):  # type: ignore[misc]
        order_id = 0
        line_no = 0
        product_id = factory.Faker("bothify", text="SKU-000###")
        quantity = factory.Faker("random_int", min=1, max=10)
        unit_price = factory.Faker("pyfloat", min_value=2, max_value=900, right_digits=2)
        line_amount = factory.LazyAttribute(lambda item: round(item.quantity * item.unit_price, 2))

    def make() -> int:
        rows = [Product() for _ in range(500)]
        for _ in range(CUSTOMERS):
            customer = Customer()
            rows.append(customer)
            for _ in range(ORDERS):
                order = Order(customer_id=customer["customer_id"])
                rows.append(order)
                rows += [Item(order_id=order["order_id"], line_no=number + 1) for number in range(ITEMS)]
        return len(rows)

    return make


def subtree_ms() -> tuple[float, float]:
    """Return milliseconds of the first and of a later subtree out of a million customers."""
    import fanwise

    shop = fanwise.dataset("ecommerce", rows={"customer": 1_000_000})
    start = time.perf_counter()
    shop.subtree("customer", 17)
    first = (time.perf_counter() - start) * 1e3
    rows = iter(range(1000, 1_000_000, 7919))
    return first, least_ms(lambda: shop.subtree("customer", next(rows)), 40)


def process_ms(*arguments: str, folder: str | None = None) -> float:
    """Return the processor time of a Python process in milliseconds: wall time is at the mercy of the neighbours."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": BYTECODE}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=folder, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def difference_ms(one: Sequence[str], other: Sequence[str], folder: str | None = None) -> float:
    """Return how much longer a process with the arguments `other` takes: the median difference of runs in turns.

    Pairs cancel what a neighbour does to both; the least of each side, taken alone, scatters twice as much.
    """
    pairs = [(process_ms(*one, folder=folder), process_ms(*other, folder=folder)) for _ in range(SESSIONS)]
    return statistics.median(second - first for first, second in pairs)


def plugin_ms() -> float:
    """Return how much longer a session takes that has the plugin and does not use it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing(): ...\n")
        session = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
        return difference_ms(session, (*session, "-p", "fanwise.pytest_plugin"), folder)


def main() -> None:
    """Measure, and print a line for each figure."""
    given = options(__doc__).parse_args()
    own, rows = least_ms(own_shop, REPEATS * 3), own_shop()
    make = peer()
    if make is None:
        print("factory_boy and Faker are not installed: their side is not measured (pip install factory_boy)")
    first, later = subtree_ms()
    nothing = ("-c", "pass")
    light = difference_ms(nothing, ("-c", "import fanwise"))
    engine = difference_ms(nothing, ("-c", "import fanwise; fanwise.dataset"))
    lines = [
        line(f"{CUSTOMERS} customers with orders and items, second call", own, 20, f"{rows:,} rows, Python API"),
        line("one customer out of 1,000,000, with all rows below it", later, 10, f"{first:.0f} ms the first time"),
        line("`import fanwise`", light, 150, f"with the engine: {engine:.0f} ms"),
        line("overhead of the pytest plugin in a session that does not use it", plugin_ms(), 20, "CPU time"),
    ]
    if make is not None:
        other, theirs = least_ms(make, REPEATS), make()
        ratio = f"{(other / theirs) / (own / rows):,.0f}"
        title = "time per row of the same fixture with factory_boy and Faker, relative to ours"
        lines.append({"what": title, "measured": ratio, "goal": "", "note": f"{other:,.0f} ms for {theirs:,} rows"})
    for each in lines:
        print(f"{each['what']:66}{each['measured']:>10}{each['goal']:>12}   {each['note']}")
    record("fixtures", lines, wanted=given.record)
    shutil.rmtree(BYTECODE)


def line(what: str, milliseconds: float, goal: float, note: str) -> dict[str, str]:
    """Return one figure in milliseconds beside its goal."""
    return {"what": what, "measured": f"{milliseconds:.1f} ms", "goal": f"≤ {goal:g} ms", "note": note}


if __name__ == "__main__":
    main()
