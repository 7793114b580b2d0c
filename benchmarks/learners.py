"""What tools that learn from data keep of the effects of segments, and what their own scores say.

    python benchmarks/learners.py [--rows 1000] [--envs FOLDER] [--record]

The source is a shop: orders per customer 1.4 × for VIP, amounts 1.3 ×; once of two tables, once of three. Each tool
learns it with default settings and makes as many customers: gen twin, relsynth, SDV (HMA), and a plain learner, which
draws the number of orders and every column from the source's values without looking at segments. relsynth and SDV run
in environments of their own, which the script makes in `--envs` (default: a temporary folder); one that cannot be
installed or refuses the source is not measured, with the reason. What is kept is measured on the written files in one
way for all; `gen audit --like` judges all.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
import venv
from collections.abc import Callable
from pathlib import Path

import duckdb
from measuring import GEN, machine, options, record

BY = "customer.segment"
PACKAGES = {"relsynth": ("relsynth==1.0.0",), "sdv": ("sdv==2.0.0",)}
SCHEMA = """
fanwise: 1
name: shop
seed: 42
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  segment: {table: customer, share: {VIP: 0.164, Standard: 0.482, Casual: 0.354}}
tables:
  customer:
    rows: 1000
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      segment: {segment: segment}
      joined: {date: {between: [window.start, window.end]}}
  order:
    parent: customer
    fanout: {poisson: {mean: 23}, multiplier: {segment: {VIP: 1.4, Standard: 1, Casual: 0.8}}}
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      amount: {lognormal: {mean: 72, sd: 58}, multiplier: {segment: {VIP: 1.3, Standard: 1, Casual: 0.9}}, round: 2}
"""
ITEM = """
  item:
    parent: order
    fanout: {poisson: {mean: 2.5}, min: 1}
    key: item_id
    columns:
      item_id: {sequence: {start: 1}}
      order_id: {parent: order_id}
      quantity: {poisson: {mean: 2}}
"""

# Runs in SDV's environment: learns the CSV files, samples, writes, and prints SDMetrics' score.
SDV = """
import sys, warnings
from pathlib import Path
warnings.filterwarnings("ignore")
import pandas as pd
from sdv.metadata import Metadata
from sdv.multi_table import HMASynthesizer
from sdmetrics.reports.multi_table import QualityReport
source, out = map(Path, sys.argv[1:])
data = {file.stem: pd.read_csv(file) for file in sorted(source.glob("*.csv"))}
described = {
    "tables": {
        "customer": {"primary_key": "customer_id", "columns": {
            "customer_id": {"sdtype": "id"}, "segment": {"sdtype": "categorical"},
            "joined": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}}},
        "order": {"primary_key": "order_id", "columns": {
            "order_id": {"sdtype": "id"}, "customer_id": {"sdtype": "id"}, "amount": {"sdtype": "numerical"}}},
    },
    "relationships": [{"parent_table_name": "customer", "parent_primary_key": "customer_id",
                       "child_table_name": "order", "child_foreign_key": "customer_id"}],
}
if "item" in data:
    described["tables"]["item"] = {"primary_key": "item_id", "columns": {
        "item_id": {"sdtype": "id"}, "order_id": {"sdtype": "id"}, "quantity": {"sdtype": "numerical"}}}
    described["relationships"].append({"parent_table_name": "order", "parent_primary_key": "order_id",
                                       "child_table_name": "item", "child_foreign_key": "order_id"})
metadata = Metadata.load_from_dict(described)
model = HMASynthesizer(metadata, verbose=False)
model.fit(data)
made = model.sample(num_rows=len(data["customer"]), main_table_name="customer")
out.mkdir()
for name, frame in made.items():
    frame.to_csv(out / f"{name}.csv", index=False)
for frame in (data["customer"], made["customer"]):
    frame["joined"] = pd.to_datetime(frame["joined"])
report = QualityReport()
report.generate(data, made, described, verbose=False)
print("score", report.get_score())
"""


def twin(source: Path, out: Path, _: str) -> str:
    """Return what gen twin says of itself: the verdict of gen fidelity."""
    done = subprocess.run(
        [*GEN, "twin", str(source), "--by", BY, "--out", str(out.with_suffix(".twin")), "--format", "csv", "-q"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    (out.with_suffix(".twin") / "data").rename(out)
    return done.stdout.strip().splitlines()[-1]


def plain(source: Path, out: Path, _: str) -> str:
    """Learn each column by itself, as a bootstrap of its values."""
    out.mkdir()
    with duckdb.connect() as session:
        session.execute("SELECT setseed(0.42)")
        for name in ("customer", "order"):
            session.execute(f"CREATE TABLE \"{name}\" AS FROM read_csv('{source / name}.csv')")
        session.execute(
            "CREATE TABLE counts AS SELECT count(order_id) AS n, random() AS place FROM customer "
            'LEFT JOIN "order" USING (customer_id) GROUP BY customer_id'
        )
        session.execute('CREATE TABLE amounts AS SELECT amount, random() AS place FROM "order"')
        session.execute(
            "CREATE TABLE made AS SELECT row_number() OVER () AS order_id, customer_id FROM "
            "(SELECT row_number() OVER (ORDER BY place) AS customer_id, n FROM counts), unnest(range(n))"
        )
        session.execute(f"COPY customer TO '{out / 'customer'}.csv' (HEADER)")
        session.execute(
            "COPY (SELECT made.*, amount FROM made JOIN (SELECT row_number() OVER (ORDER BY place) AS order_id, amount "
            f"FROM amounts) USING (order_id)) TO '{out / 'order'}.csv' (HEADER)"
        )
    return "no score"


def relsynth(source: Path, out: Path, python: str) -> str:
    """Introspect, fit and sample; return the scorecard's line."""
    program, spec = str(Path(python).parent / "relsynth"), str(out.with_suffix(".yaml"))
    subprocess.run(
        [program, "introspect", "--source", f"csv:{source}", "--out", spec], check=True, capture_output=True, text=True
    )
    done = subprocess.run(
        [program, "run", spec, "--target", f"csv:{out}", "--bundle", ""], check=True, capture_output=True, text=True
    )
    found = re.search(r"(\d+)\s*(?:/|of)\s*(\d+) checks", done.stdout + done.stderr)
    return f"{found[1]} of {found[2]} checks passed" if found else "no score"


def sdv(source: Path, out: Path, python: str) -> str:
    """Fit HMA and sample; return SDMetrics' quality score."""
    done = subprocess.run([python, "-c", SDV, str(source), str(out)], check=True, capture_output=True, text=True)
    return f"{100 * float(done.stdout.split('score')[-1]):.1f} %"


TOOLS: dict[str, tuple[str, Callable[[Path, Path, str], str]]] = {
    "gen twin": ("", twin),
    "relsynth 1.0.0": ("relsynth", relsynth),
    "SDV 2.0.0 (HMA)": ("sdv", sdv),
    "a learner without segments": ("", plain),
}


def main() -> None:
    """Let each tool learn both sources, and print what is kept."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--envs", type=Path, default=None, help="where the environments are, or are made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = {"two tables": _source(folder / "two", SCHEMA, given.rows)}
        sources["three tables"] = _source(folder / "three", SCHEMA + ITEM, given.rows)
        print(f"{given.rows:,} customers; {machine()}")
        rows = []
        for name in TOOLS:
            found = {
                what: _tool(name, source, folder / f"{what[:3]}_{len(rows)}", given.envs or folder)
                for what, source in sources.items()
            }
            what = f"what {name} keeps of orders 1.40 × and amounts 1.30 × of a segment"
            kept = "; with a third table ".join(measured for measured, _ in found.values())
            note = "; with a third table: ".join(said for _, said in found.values())
            rows.append({"what": what, "measured": kept, "goal": "", "note": note})
    record("learners", rows, wanted=given.record)


def _tool(name: str, source: Path, out: Path, envs: Path) -> tuple[str, str]:
    """Return what a tool keeps, and what is said of it."""
    package, learn = TOOLS[name]
    try:
        score = learn(source, out, _python(package, envs) if package else sys.executable)
        orders, amounts = _kept(out)
    except (subprocess.CalledProcessError, OSError, duckdb.Error) as error:
        line = _reason(error)
        print(f"  {name:28} {source.parent.name:6} not measured: {line}")
        return "not measured", line
    verdict = _verdict(source, out)
    print(f"  {name:28} {source.parent.name:6} orders {orders:.2f} ×, amounts {amounts:.2f} ×; {score}; {verdict}")
    return f"{orders:.2f} × and {amounts:.2f} ×", f"its own score: {score}; `gen audit --like`: {verdict}"


def _reason(error: Exception) -> str:
    said = str(getattr(error, "stderr", "") or error)
    lines = [line.strip() for line in said.splitlines() if re.match(r"[\w.]*(Error|Exception)\b", line.strip())]
    return textwrap.shorten((lines or [said.strip()])[-1], 140, placeholder=" …")


def _source(folder: Path, schema: str, rows: int) -> Path:
    folder.mkdir()
    (folder / "shop.yaml").write_text(schema, encoding="utf-8")
    run = [*GEN, "run", str(folder / "shop.yaml"), "--rows", f"customer={rows}", "--format", "csv", "-q"]
    subprocess.run([*run, "--out", str(folder / "run")], check=True, capture_output=True)
    source = folder / "source"
    source.mkdir()
    for file in (folder / "run").glob("*.csv"):
        file.rename(source / file.name)
    return source


def _kept(folder: Path) -> tuple[float, float]:
    """Return the ratios of VIP to Standard: orders per customer, and the mean amount."""
    with duckdb.connect() as session:
        rows = session.execute(
            f"SELECT segment, count(order_id) / count(DISTINCT customer_id), avg(amount) "
            f"FROM read_csv('{folder / 'customer'}.csv') AS c LEFT JOIN read_csv('{folder / 'order'}.csv') AS o "
            "USING (customer_id) GROUP BY 1"
        ).fetchall()
    found = {str(segment): (orders, amount) for segment, orders, amount in rows}
    return found["VIP"][0] / found["Standard"][0], found["VIP"][1] / found["Standard"][1]


def _verdict(source: Path, out: Path) -> str:
    done = subprocess.run(
        [*GEN, "audit", str(out), "--like", str(source), "--by", BY, "-q"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip().partition(":")[0] or "could not be read"


def _python(package: str, envs: Path) -> str:
    python = envs / package / "bin" / "python"
    if not python.exists():
        venv.create(envs / package, with_pip=True)
    known = subprocess.run([str(python), "-c", f"import {package}"], capture_output=True, check=False)
    if known.returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES[package]], check=True, capture_output=True)
    return str(python)


if __name__ == "__main__":
    main()
