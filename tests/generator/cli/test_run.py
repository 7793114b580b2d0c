"""`gen run`: what is published, when nothing is, and what the reader and the machine are told."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytestmark = pytest.mark.system

Gen = Callable[..., Any]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_publishes_the_tables_the_manifest_and_the_report(gen: Gen, shop: Path) -> None:
    said = gen("run", shop)

    assert said.code == 0, said.err
    out = Path("out/shop")
    assert sorted(tree(out)) == [
        "answers.json",
        "customer.parquet",
        "manifest.json",
        "purchase.parquet",
        "report.html",
        "report.json",
        "verify.sql",
    ]
    assert pl.read_parquet(out / "customer.parquet").height == 400
    assert json.loads((out / "manifest.json").read_text())["verdict"] == "pass"
    assert sorted(path.name for path in Path("out").iterdir()) == ["shop"]
    assert "PASS" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_quiet_says_the_verdict_only(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--quiet")

    assert said.code == 0
    assert said.err == ""
    assert len(said.out.splitlines()) == 1


def test_json_is_one_document_that_says_it_all(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--json", "--out", "here")

    document = json.loads(said.out)
    assert document["exit_code"] == said.code == 0
    assert document["published"] is True
    assert document["folder"] == str(Path("here").resolve())
    assert document["tables"]["customer"]["rows"] == 400


def test_json_of_an_error_is_a_document_too(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--json", "--format", "xlsx")

    document = json.loads(said.out)
    assert document["exit_code"] == said.code == 2
    assert "xlsx" in document["problems"][0]["why"]


def test_the_same_run_twice_is_refused_and_forced(gen: Gen, shop: Path) -> None:
    assert gen("run", shop).code == 0
    before = tree(Path("out/shop"))

    again = gen("run", shop, "--seed", "8")

    assert again.code == 4
    assert "--force" in again.err
    assert tree(Path("out/shop")) == before

    stranger = Path("out/shop/notes.txt")
    stranger.write_text("mine")
    assert gen("run", shop, "--seed", "8", "--force", "--format", "csv").code == 0
    after = tree(Path("out/shop"))
    assert sorted(after) == [
        "answers.json",
        "customer.csv",
        "manifest.json",
        "notes.txt",
        "purchase.csv",
        "report.html",
        "report.json",
        "verify.sql",
    ]
    assert after["manifest.json"] != before["manifest.json"]


def test_threads_and_chunks_change_no_byte_of_the_manifest(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--out", "a").code == 0
    assert gen("run", shop, "--out", "b", "--threads", "3", "--chunk-rows", "100").code == 0

    assert tree(Path("a"))["manifest.json"] == tree(Path("b"))["manifest.json"]


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "arrow"])
def test_every_format_is_audited_and_published(gen: Gen, shop: Path, file_format: str) -> None:
    said = gen("run", shop, "--format", file_format)

    assert said.code == 0, said.err
    assert any(name.startswith("purchase.") for name in tree(Path("out/shop")))


def test_rows_seed_and_scale_reach_the_data(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--rows", "customer=500", "--seed", "9", "--out", "a").code == 0
    assert gen("run", shop, "--scale", "1.5", "--seed", "9", "--out", "b").code == 0

    a, b = (pl.read_parquet(f"{out}/customer.parquet") for out in "ab")
    assert (a.height, b.height) == (500, 600)
    assert a.equals(b.head(500))


FLAT = ("multiplier: {tier: {gold: 2, basic: 1}}", "min: 0"), (", multiplier: {tier: {gold: 1.5, basic: 1}}", "")


def flatten(shop: Path) -> None:
    text = shop.read_text(encoding="utf-8")
    for old, new in FLAT:
        text = text.replace(old, new)
    shop.write_text(text, encoding="utf-8")


def test_a_forecast_that_is_certain_to_fail_stops_before_the_first_row(gen: Gen, shop: Path) -> None:
    flatten(shop)

    said = gen("run", shop)

    assert said.code == 1
    assert not Path("out/shop").exists()
    assert Path("out/shop.rejected/report.txt").exists()
    assert gen("check", shop).code == 1
    assert gen("plan", shop).code == 0


def test_no_audit_goes_on_and_the_audit_of_the_files_fails(gen: Gen, shop: Path) -> None:
    flatten(shop)

    said = gen("run", shop, "--no-audit")

    assert said.code == 0
    manifest = json.loads(Path("out/shop/manifest.json").read_text())
    assert (manifest["audited"], manifest["verdict"]) == (False, "none")
    audited = gen("audit", "out/shop", "--schema", shop, "--report", "r.txt", "--report", "r.json")
    assert audited.code == 1
    assert "FAIL" in audited.out
    assert "FAIL" in Path("r.txt").read_text()
    assert json.loads(Path("r.json").read_text())


def gates_of(folder: str) -> tuple[str, str]:
    manifest = json.loads(Path(folder, "manifest.json").read_text())
    report = Path(folder, "report.json")
    return manifest["gates"], json.loads(report.read_text())["summary"]["gates"] if report.exists() else ""


def test_with_gates_on_integrity_effects_are_reported_and_stop_nothing(gen: Gen, shop: Path) -> None:
    flatten(shop)

    said = gen("run", shop, "--gates", "integrity")

    assert said.code == 0, said.err
    assert "Effects are only reported" in said.out
    assert "FAIL" in said.out
    assert "Published with gates on integrity only" in said.err
    assert gates_of("out/shop") == ("integrity", "integrity")
    assert gen("audit", "out/shop", "--schema", shop).code == 1
    assert gen("audit", "out/shop", "--schema", shop, "--gates", "integrity").code == 0


def test_too_little_data_for_effects_costs_nobody_the_checks_of_keys(gen: Gen, shop: Path) -> None:
    shop.write_text(f"{shop.read_text()}audit: {{gates: integrity}}\n")

    assert gen("check", shop, "--rows", "customer=12").code == 0
    assert gen("run", shop, "--rows", "customer=12", "--out", "data").code == 0
    assert gen("run", shop, "--rows", "customer=12", "--gates", "all").code == 3
    assert gates_of("data") == ("integrity", "integrity")
    frame = pl.read_parquet("data/customer.parquet")
    frame[:-1].write_parquet("data/customer.parquet")
    broken = gen("audit", "data", "--schema", shop)
    assert broken.code == 1
    assert "have no row in customer" in broken.out
    assert gen("audit", "data", "--schema", shop, "--gates", "none").code == 0


def test_no_gates_are_no_audit(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--gates", "none", "--out", "a").code == 0
    assert gen("run", shop, "--no-audit", "--gates", "none", "--out", "b").code == 0
    assert tree(Path("a")) == tree(Path("b"))
    assert gates_of("a") == ("none", "")
    assert gen("run", shop, "--no-audit", "--gates", "all").code == 2
    assert "FW-USAGE-VALUE" in gen("audit", "a", "--schema", shop, "--gates", "some").err


def test_a_data_set_with_fewer_gates_is_audited_again(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--gates", "integrity").code == 0
    assert "nothing to do" in gen("run", shop, "--gates", "integrity", "--resume").err
    assert "kept" in gen("run", shop, "--resume").err
    assert gates_of("out/shop") == ("all", "all")
    assert "nothing to do" in gen("run", shop, "--gates", "integrity", "--resume").err


def test_too_little_data_is_inconclusive(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--rows", "customer=12")

    assert said.code == 3
    assert not Path("out/shop").exists()
    assert "raise customer to" in " ".join(said.out.split())


def test_what_the_files_cannot_show_is_a_warning(gen: Gen, shop: Path) -> None:
    text = shop.read_text(encoding="utf-8")
    keyless = "      customer_id: {parent: customer_id}\n"
    hidden = keyless.replace("}", ", hidden: true}")
    shop.write_text(text.replace(keyless, hidden).replace("    rank: gold > basic\n", ""), encoding="utf-8")

    said = gen("check", shop)

    assert re.match(r"shop\.yaml:\d+:\d+: tables\.purchase.*: warning: ", said.err)
    assert gen("plan", shop).err == said.err


def test_a_passing_run_audits_again_by_its_manifest(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--rows", "customer=450", "--seed", "3").code == 0

    said = gen("audit", "out/shop", "--schema", shop, "--json")

    assert said.code == 0, said.err
    assert json.loads(said.out)

    shop.write_text(shop.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    later = gen("audit", "out/shop", "--schema", shop)
    assert later.code == 0
    assert "note:" in later.err


def test_an_audit_compares_the_files_with_the_manifest(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--format", "csv").code == 0
    path = next(Path("out/shop").glob("purchase*.csv"))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")

    said = gen("audit", "out/shop", "--schema", shop)

    assert said.code == 1
    assert "purchase.csv was changed" in " ".join(said.out.split())
    assert f"purchase has {len(lines) - 2:,} rows, the manifest lists {len(lines) - 1:,}" in " ".join(said.out.split())


def test_an_audit_compares_the_rows_of_a_database_with_its_manifest(gen: Gen, shop: Path) -> None:
    import duckdb

    assert gen("run", shop, "--to", "duckdb:///shop.duckdb").code == 0
    assert gen("audit", "shop.duckdb", "--schema", shop).code == 0
    with duckdb.connect("shop.duckdb") as connection:
        connection.execute("DELETE FROM purchase WHERE purchase_id = 7")

    said = gen("audit", "shop.duckdb", "--schema", shop)

    assert said.code == 1
    assert "the manifest lists" in " ".join(said.out.split())


# Other signals, at any operation: `tests/system/faults`.
SIGNALS = [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_interrupted_run_leaves_nothing_behind(shop: Path, number: int, code: int) -> None:
    # The signal comes when the first rows are made: the stage is there, the target is not.
    program = (
        "import os, sys\n"
        "from fanwise.generator.run import filling\n"
        "from fanwise.generator.cli import main\n"
        "original = filling.generate_placed\n"
        "def generate(*a, **k):\n"
        "    for frames in original(*a, **k):\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "        yield frames\n"
        "filling.generate_placed = generate\n"
        "sys.exit(main(['run', 'shop.yaml', '--chunk-rows', '100']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
    )

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["shop.yaml"]


def test_workers_write_the_same_files(gen: Gen, shop: Path) -> None:
    threads = gen("run", shop, "--out", "threads", "--workers", "1")
    workers = gen("run", shop, "--out", "workers", "--workers", "2", "--chunk-rows", "50")

    assert (threads.code, workers.code) == (0, 0)
    for name in ("manifest.json", "purchase.parquet"):
        assert Path("workers", name).read_bytes() == Path("threads", name).read_bytes()


def test_there_is_no_run_without_a_worker(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--workers", "0")

    assert said.code == 2
    assert "--workers" in said.err
    assert not Path("out").exists()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_interrupted_run_ends_its_workers(shop: Path, number: int, code: int) -> None:
    program = (
        "import os, sys\n"
        "from fanwise.generator.cli import main\n"
        "from fanwise.generator.workers.pool import Pool\n"
        "give = Pool._give\n"
        "def given(self, *a):\n"
        "    give(self, *a)\n"
        "    if any(each.task is not None for each in self._processes):\n"
        "        print(*(each.popen.pid for each in self._processes), flush=True)\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "Pool._give = given\n"
        "sys.exit(main(['run', 'shop.yaml', '--chunk-rows', '20', '--workers', '2']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
    )

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["shop.yaml"]
    for pid in done.stdout.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_an_audit_of_what_cannot_be_read(gen: Gen, shop: Path) -> None:
    assert gen("run", shop).code == 0
    Path("out/shop/purchase.parquet").write_bytes(b"PAR1 no more")

    damaged = gen("audit", "out/shop", "--schema", shop)
    assert damaged.code == 4
    assert "purchase" in damaged.out
    assert gen("audit", "nowhere", "--schema", shop).code == 4
    lost = gen("audit", "out/shop", "--contract", "lost.yaml")
    assert (lost.code, "lost.yaml" in lost.err) == (2, True)
    assert gen("audit", "out/shop").code == 2
    assert gen("audit", "out/shop", "--schema", shop, "--report", "report.pdf").code == 2
    Path("out/shop/manifest.json").write_text("{")
    assert gen("audit", "out/shop", "--schema", shop).code == 4


def test_at_a_terminal_a_bar_moves_and_quiet_keeps_it_away(shop: Path) -> None:
    def seen(*options: str) -> str:
        ours, theirs = pty.openpty()
        program = "import sys; from fanwise.generator.cli import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", program, "run", "shop.yaml", "--force", *options]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3]), "TERM": "xterm"}
        done = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        text = b""
        while part := read(ours):
            text += part
        os.close(ours)
        assert done.wait() == 0, text
        return text.decode()

    def read(descriptor: int) -> bytes:
        try:
            return os.read(descriptor, 65536)
        except OSError:  # Linux: the other end is closed
            return b""

    assert "generate" in seen()
    assert re.fullmatch(r"PASS: all \d+ checks passed\.\r\n", seen("--quiet"))


def test_a_quiet_run_says_that_nothing_was_published(gen: Gen, shop: Path, tmp_path: Path) -> None:
    said = gen("run", shop, "--rows", "customer=12", "--out", tmp_path / "few", "--quiet")
    assert said.code == 3
    assert said.err == f"Nothing was published. The report is in {tmp_path / 'few.rejected'}\n"
    assert len(said.out.splitlines()) == 1

    said = gen("run", shop, "--rows", "customer=12", "--out", tmp_path / "few", "--quiet", "--json")
    assert said.err == ""


def test_a_quiet_forecast_names_the_weakest_gate_and_what_to_raise(gen: Gen, shop: Path) -> None:
    said = gen("check", shop, "--rows", "customer=12", "--quiet")

    assert said.code == 3
    assert said.out.count("\n") == 1
    assert "PASS is unlikely" in said.out
    assert "raise customer to" in said.out
