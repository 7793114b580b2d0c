"""Plug-ins of every kind, from wheels: `tests/plugin_package` has one of each, and broken ones harm nobody."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.forks import Forks
from tests.system.wheels import ROOT, built, call, environment, install, succeed, tiny_wheel

pytestmark = pytest.mark.system

SHOP = """\
fanwise: 1
name: shop
segments: {tier: {table: customer, share: {VIP: 0.3, Std: 0.7}, rank: VIP > Std}}
tables:
  customer:
    rows: 3000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      visits: {basket: {mean: {tier: {VIP: 6, Std: 2}}}}
      pages: {mixture: {few: {weight: 2, basket: {mean: 3}}, many: {poisson: {mean: 9}}}}
  order:
    parent: customer
    fanout: {basket: {mean: 2}, multiplier: {tier: {VIP: 2, Std: 1}}}
    key: id
    columns:
      id: {sequence: {}}
      customer_id: {parent: id}
      total: {lognormal: {mean: 50, sd: 40}, multiplier: {tier: {VIP: 2, Std: 1}}, round: 2}
"""


def gen(installed: Forks, *arguments: str | Path, cwd: Path) -> str:
    done = installed.gen(*arguments, cwd=cwd)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def run(installed: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the shop."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    gen(installed, "run", "shop.yaml", "--out", "out", cwd=folder)
    return folder / "out"


def test_a_distribution_is_a_column_a_fanout_and_part_of_a_mixture(run: Path) -> None:
    customer, order = pl.read_parquet(run / "customer.parquet"), pl.read_parquet(run / "order.parquet")
    orders = customer.join(order.group_by("customer_id").len(), left_on="id", right_on="customer_id", how="left")
    means = dict(customer.group_by("tier").agg(pl.col("visits").mean()).iter_rows())
    fanouts = dict(orders.group_by("tier").agg(pl.col("len").mean()).iter_rows())

    assert customer["visits"].min() == orders["len"].min() == 1
    assert means["VIP"] == pytest.approx(6, rel=0.15)
    assert means["Std"] == pytest.approx(2, rel=0.1)
    assert fanouts["VIP"] == pytest.approx(4, rel=0.1)
    assert fanouts["Std"] == pytest.approx(2, rel=0.1)
    assert customer["pages"].mean() == pytest.approx(2 / 3 * 3 + 1 / 3 * 9, rel=0.05)


def test_its_gates_are_forecast(installed: Forks, shop: Path) -> None:
    gates = json.loads(gen(installed, "check", "shop.yaml", "--json", cwd=shop))["forecast"]["gates"]
    by = {gate["metric"]: gate for gate in gates}

    assert len(gates) == 3
    assert all(gate["probability"] > 0.99 for gate in by.values())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("basket: {mean: 2}", "basket: {mean: 0.5}", "shop.yaml:15:29: tables.order.fanout.basket.mean: 0.5: "),
        ("basket: {mean: 2}", "basket: {men: 2}", "did you mean 'mean'?"),
        ("tier: {VIP: 2, Std: 1}}}\n    key", "tier: {VIP: 2, Std: 0.1}}}\n    key", "a basket has at least one item"),
    ],
)
def test_wrong_parameters_are_reported_with_their_place(
    installed: Forks, shop: Path, old: str, new: str, words: str
) -> None:
    assert old in SHOP
    (shop / "shop.yaml").write_text(SHOP.replace(old, new), encoding="utf-8")
    done = installed.gen("check", "shop.yaml", cwd=shop)

    assert done.returncode == 2
    assert words in done.stderr


def test_a_check_is_part_of_every_report(installed: Forks, run: Path) -> None:
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    (found,) = [finding for finding in report["checks"] if finding["check"] == "first_digits"]

    assert found["id"] == "first_digits.order.total"
    assert 0.2 < found["estimate"] < 0.4
    reports = [option for form in ("txt", "md", "html", "xml") for option in ("--report", f"again.{form}")]
    gen(installed, "audit", "out", "--schema", "shop.yaml", *reports, cwd=run.parent)
    for form in ("txt", "md", "html"):
        assert "numbers begin with 1" in " ".join((run.parent / f"again.{form}").read_text(encoding="utf-8").split()), (
            form
        )


def test_a_destination_gets_what_passed(installed: Forks, shop: Path) -> None:
    gen(installed, "run", "shop.yaml", "--to", "zip:///shop.zip", cwd=shop)

    with zipfile.ZipFile(shop / "shop.zip") as archive:
        assert {"customer.parquet", "order.parquet", "manifest.json"} <= set(archive.namelist())
        rows = json.loads(archive.read("manifest.json"))["tables"]["customer"]["rows"]
        assert rows == 3000 == pl.read_parquet(archive.read("customer.parquet")).height
    assert [path.name for path in shop.iterdir() if "zip" in path.name] == ["shop.zip"]
    again = installed.gen("run", "shop.yaml", "--to", "zip:///shop.zip", cwd=shop)
    assert again.returncode == 4
    assert "--force replaces" in again.stderr
    gen(installed, "run", "shop.yaml", "--to", "zip:///shop.zip", "--force", cwd=shop)


def test_a_format_is_written_audited_resumed_and_read_again(installed: Forks, shop: Path) -> None:
    gen(installed, "run", "shop.yaml", "--format", "avro", "--out", "out", cwd=shop)
    gen(installed, "run", "shop.yaml", "--out", "plain", cwd=shop)
    manifests = [
        json.loads((shop / folder / "manifest.json").read_text(encoding="utf-8")) for folder in ("out", "plain")
    ]

    assert [manifest["tables"]["order"]["content_hash"] for manifest in manifests] == [
        manifests[1]["tables"]["order"]["content_hash"]
    ] * 2
    assert "PASS" in gen(installed, "audit", "out", "--schema", "shop.yaml", cwd=shop)
    written = (shop / "out" / "order.avro").read_bytes()
    assert written.startswith(b"Obj")
    (shop / "out" / "order.avro").write_bytes(written[: len(written) // 2])
    damaged = installed.gen("audit", "out", "--schema", "shop.yaml", cwd=shop)
    assert damaged.returncode == 4
    assert "the plug-in for the format avro cannot read it" in " ".join(damaged.stdout.split())
    gen(installed, "run", "shop.yaml", "--format", "avro", "--out", "out", "--resume", cwd=shop)
    # Polars writes the entries of Avro's header in any order.
    assert pl.read_avro(shop / "out" / "order.avro").equals(pl.read_avro(io.BytesIO(written)))
    unknown = installed.gen("run", "shop.yaml", "--format", "avr", cwd=shop)
    assert unknown.returncode == 2
    assert "did you mean 'avro'?" in unknown.stderr


BROKEN = """\
[fanwise.columns]
bad = fanwise_broken:Missing
[fanwise.formats]
csv = fanwise_broken:Csv
[fanwise.checks]
digits = fanwise_broken:Check
[fanwise.destinations]
half = fanwise_broken.half:Half
"""
CODE = {
    "fanwise_broken/__init__.py": """\
class Csv:
    name, compressions, suffixes = "csv", ("none",), (".csv",)
    def write(self, frame, path): raise RuntimeError("not ours")
    read = None


class Check:
    name, severity, subjects, judge = "first_digits", None, None, None
""",
    "fanwise_broken/half.py": "import a_package_that_nobody_has\n",
}


def test_broken_ones_are_named_and_everything_else_works(
    tmp_path_factory: pytest.TempPathFactory, wheel: Path, shop: Path
) -> None:
    python = environment(shop / "environment")
    broken = tiny_wheel("fanwise_broken", CODE, shop, BROKEN)
    install(python, wheel, broken, built(ROOT / "tests" / "plugin_package", tmp_path_factory.mktemp("plugin")))
    done = call(python, "-m", "fanwise", "run", "shop.yaml", "--format", "csv", "--out", "out", cwd=shop)

    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("gen: warning: ")]
    assert sorted(lines) == [
        "gen: warning: plug-in fanwise-roman 0.1.0 (fanwise.checks: first_digits = fanwise_roman.digits:FirstDigits): "
        "'first_digits' is also a name of fanwise_broken 1 (fanwise.checks: digits = fanwise_broken:Check). "
        "Uninstall one of the two packages.",
        "gen: warning: plug-in fanwise_broken 1 (fanwise.columns: bad = fanwise_broken:Missing): cannot be used: "
        "AttributeError: module 'fanwise_broken' has no attribute 'Missing'.",
        "gen: warning: plug-in fanwise_broken 1 (fanwise.formats: csv = fanwise_broken:Csv): 'csv' is built in already. "
        "The plug-in must give it another name.",
    ]
    assert (shop / "out" / "customer.csv").is_file()
    delivered = call(python, "-m", "fanwise", "run", "shop.yaml", "--to", "zip:///shop.zip", cwd=shop)
    assert delivered.returncode == 0
    assert "ModuleNotFoundError: No module named 'a_package_that_nobody_has'" in delivered.stderr


def test_a_broken_one_is_no_error_of_the_python_api(
    tmp_path_factory: pytest.TempPathFactory, wheel: Path, tmp_path: Path
) -> None:
    python = environment(tmp_path / "environment")
    install(python, wheel, tiny_wheel("fanwise_broken", CODE, tmp_path, BROKEN))
    text = "import fanwise; print(fanwise.dataset('ecommerce', rows={'customer': 5})['customer'].height)"
    done = call(python, "-c", text, cwd=tmp_path)

    assert done.stdout == "5\n"
    assert "PluginWarning: plug-in fanwise_broken 1 (fanwise.columns: bad" in done.stderr
    ignored = call(python, "-W", "ignore::UserWarning", "-c", text, cwd=tmp_path)
    assert (ignored.stdout, ignored.stderr) == ("5\n", "")


def test_a_plugin_costs_nothing_where_fanwise_is_only_imported(python: Path, tmp_path: Path) -> None:
    text = "import sys, fanwise, fanwise.pytest_plugin; print('fanwise_roman' in sys.modules)"
    answer: Any = succeed(python, "-c", text, cwd=tmp_path)

    assert answer == "False\n"
