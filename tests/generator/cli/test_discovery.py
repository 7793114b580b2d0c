"""`gen discover`, `assign`, `compare`, `drift`, `refresh`, `segments`: what they find, write and say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise.io.url import Address
from fanwise.segmenter import load_model
from tests.generator.cli.conftest import FEW
from tests.postgresql_server import Server

pytestmark = pytest.mark.system

Gen = Callable[..., Any]
Frames = dict[str, pl.DataFrame]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def renamed(model_file: Path, axis: str, *names: str) -> Path:
    """Return a copy of the model file in which a person has named the segments of an axis."""
    document = json.loads(model_file.read_text(encoding="utf-8"))
    document["editable"]["segments"][axis] = list(names)
    path = Path("named.json")
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_discover_tells_what_it_found_and_keeps_it(gen: Gen, habits: Path) -> None:
    said = gen("discover", habits, "-o", "shop.json", *FEW)

    assert said.code == 0
    assert said.out.startswith("Segments of 240 customers, as of 2024-12-")
    assert "purchase_value      3 segments" in said.out
    assert "Recognised: order is order (id = order_id, customer = customer_id" in said.err
    assert "Used all 240 customers; read " in said.err
    assert f"Model in shop.json; next: gen assign shop.json {habits}" in said.err
    assert max(map(len, said.out.splitlines())) <= 80
    assert [len(axis.segments) for axis in load_model("shop.json").axes] == [3, 3, 3]


def test_the_segments_are_the_habits_that_were_planted(
    gen: Gen, habits: Path, model_file: Path, habit_frames: Frames
) -> None:
    gen("assign", model_file, habits, "-o", "found.csv", "--quiet")
    found = pl.read_csv("found.csv", schema_overrides={"customer_id": pl.Int64})
    both = found.join(habit_frames["customer"], on="customer_id")

    assert both.height == found.height == 240
    for axis in ("purchase_value", "purchase_frequency"):
        pairs = both.group_by("habit", axis).len().sort("len").group_by("habit").last()
        assert pairs[axis].n_unique() == 3, axis
        assert pairs["len"].sum() >= 0.98 * 240, axis


@pytest.mark.parametrize("kind", ["csv", "duckdb", "postgresql"])
def test_any_source_gives_the_same_model(
    gen: Gen, kind: str, habit_frames: Frames, model_file: Path, request: pytest.FixtureRequest
) -> None:
    secret = ""
    if kind == "csv":
        source = "orders"
        Path(source).mkdir()
        for name, frame in habit_frames.items():
            frame.write_csv(f"{source}/{name}.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    elif kind == "duckdb":
        source = "shop.duckdb"
        with duckdb.connect(source) as connection:
            for name, frame in habit_frames.items():
                connection.register("frame", frame)
                connection.execute(f'CREATE TABLE "{name}" AS FROM frame')
    else:
        server: Server = request.getfixturevalue("postgres")
        source, secret = server.fill("habits", habit_frames), server.password
    said = gen("discover", source, "-o", "model.json", *FEW)

    assert said.code == 0
    assert Path("model.json").read_bytes() == model_file.read_bytes()
    assert not secret or secret not in said.out + said.err


def test_a_dry_run_writes_nothing(gen: Gen, habits: Path) -> None:
    said = gen("discover", habits, "--dry-run", *FEW)

    assert said.code == 0
    assert "Segments of 240 customers" in said.out
    assert "Dry run: no model was written" in said.err
    assert list(Path().iterdir()) == []


def test_json_is_all_there_is_on_standard_output(gen: Gen, habits: Path, model_file: Path) -> None:
    found = json.loads(gen("discover", habits, "-o", "m.json", "--json", *FEW).out)
    assert found["model"] == "m.json"
    assert found["profile"]["customers"] == 240
    assert set(found["seconds"]) == {"read", "features", "cluster", "assign"}
    told = json.loads(gen("assign", model_file, habits, "-o", "s.parquet", "--json").out)
    assert (told["file"], told["database"], told["customers"]) == ("s.parquet", None, 240)
    assert told["model_id"] == found["model_id"]
    assert json.loads(gen("segments", model_file, "--json").out)["customers"] is None
    assert json.loads(gen("drift", model_file, habits, "--json").out)["advice"] == "keep"
    compared = json.loads(gen("compare", model_file, habits, "--with", "m.json", "--json").out)
    assert compared["passed"] is True
    assert len(json.loads(gen("refresh", model_file, habits, "--json").out)["axes"]) == 3


def test_quiet_leaves_the_result(gen: Gen, habits: Path, model_file: Path) -> None:
    for command in (
        ["discover", habits, "-o", "m.json", *FEW],
        ["assign", model_file, habits, "-o", "s.parquet"],
        ["segments", model_file],
    ):
        said = gen(*command, "--quiet")
        assert said.err == ""
        assert 1 <= len(said.out.splitlines()) <= 8


def test_reports_have_the_format_of_their_ending(gen: Gen, habits: Path, model_file: Path) -> None:
    files = ["p.txt", "p.json", "p.html"]
    options = [word for file in files for word in ("--report", file)]
    said = gen("segments", model_file, habits, *options)

    assert said.code == 0
    assert "Report in p.txt and p.json and p.html" in said.err
    whole = Path("p.txt").read_text(encoding="utf-8")
    assert whole.startswith(said.out.splitlines()[0])
    assert "What is typical" in whole
    assert "What is typical" not in said.out
    assert json.loads(Path("p.json").read_text(encoding="utf-8"))["customers"] == 240
    assert Path("p.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    before = Path("p.html").read_bytes()
    assert gen("discover", habits, "--dry-run", "--report", "p.html", *FEW).code == 0
    assert Path("p.html").read_bytes() == before


def test_assigning_again_gives_the_same_bytes_whatever_the_batches(gen: Gen, habits: Path, model_file: Path) -> None:
    options = ([], [], ["--batch-size", "7"], ["--batch-size", "50", "--threads", "2"])
    made = []
    for index, more in enumerate(options):
        assert gen("assign", model_file, habits, "-o", f"{index}.parquet", *more).code == 0
        made.append(Path(f"{index}.parquet").read_bytes())

    assert made[1:] == made[:1] * 3
    assert pl.read_parquet("0.parquet").null_count().sum_horizontal().item() == 0


def test_segments_go_into_a_file_and_a_database_in_one_go(gen: Gen, habits: Path, model_file: Path) -> None:
    said = gen("assign", model_file, habits, "-o", "s.parquet", "--to", "duckdb:///crm.duckdb")

    assert said.code == 0
    assert "Segments of every customer in s.parquet and crm.duckdb" in said.err
    with duckdb.connect("crm.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "SELECT customer_id, name FROM customer_segment JOIN segment_definition USING (model_id, axis, segment_id)"
            " WHERE axis = 'purchase_value' ORDER BY customer_id"
        ).fetchall()
    assert rows == pl.read_parquet("s.parquet").select("customer_id", "purchase_value").sort("customer_id").rows()


def test_one_customer_is_told_on_the_terminal(gen: Gen, habits: Path, model_file: Path) -> None:
    gen("assign", model_file, habits, "-o", "s.parquet", "--quiet")
    everybody = {row["customer_id"]: row for row in pl.read_parquet("s.parquet").iter_rows(named=True)}
    said = gen("assign", model_file, habits, "--customer", "7")
    told = json.loads(gen("assign", model_file, habits, "--customer", "7", "--json").out)

    assert said.code == 0
    for axis in told["axes"]:
        assert axis["segment"] == everybody["7"][axis["axis"]]
        assert f"{axis['axis']} " in said.out
        assert f" {axis['segment']} " in said.out
    assert told["archetype"] == everybody["7"]["archetype"]


def test_a_new_customer_is_assigned_from_a_file_of_their_orders(gen: Gen, model_file: Path) -> None:
    Path("new.csv").write_text(
        "customer_id,ordered_at,total\nann,2024-12-01,80\nann,2024-12-20,75\nann,2024-11-02,82\n", encoding="utf-8"
    )
    said = gen("assign", model_file, "new.csv", "--customer", "ann", "--as-of", "2024-12-31", "--json")
    found = {axis["axis"]: axis for axis in json.loads(said.out)["axes"]}

    assert said.code == 0
    assert {axis["status"] for axis in found.values()} == {"assigned"}
    assert found["purchase_value"]["segment"].startswith("Typical")


def test_names_that_a_person_gave_are_used(gen: Gen, habits: Path, model_file: Path) -> None:
    named = renamed(model_file, "purchase_value", "Thrifty", "Solid", "Grand 🐳")

    assert "Grand 🐳" in gen("segments", named).out
    assert gen("assign", named, habits, "-o", "s.parquet").code == 0
    assert set(pl.read_parquet("s.parquet")["purchase_value"].cast(pl.String)) == {"Thrifty", "Solid", "Grand 🐳"}
    assert gen("refresh", named, habits, "-o", "later.json").code == 0
    later = next(axis for axis in load_model("later.json").axes if axis.axis == "purchase_value")
    assert [segment.name for segment in later.segments] == ["Thrifty", "Solid", "Grand 🐳"]


def test_compare_passes_where_the_sample_is_everybody(gen: Gen, habits: Path, model_file: Path) -> None:
    said = gen("compare", model_file, habits)

    assert said.code == 0
    assert "3 of 3 axes pass" in said.out
    assert "sample" in said.out.rpartition("model")[2]
    assert max(map(len, said.out.splitlines())) <= 80


def test_compare_ends_with_1_where_a_gate_fails(gen: Gen, habits: Path, model_file: Path) -> None:
    assert gen("discover", habits, "-o", "two.json", *FEW[:3], "2", "--full").code == 0
    said = gen("compare", model_file, habits, "--with", "two.json")

    assert said.code == 1
    assert "FAIL" in said.out
    assert "What fails" in said.out


def test_drift_ends_with_1_where_a_model_is_not_to_be_kept(
    gen: Gen, habits: Path, model_file: Path, habit_frames: Frames
) -> None:
    assert gen("drift", model_file, habits).out.startswith("Keep: ")
    Path("later").mkdir()
    for name, frame in habit_frames.items():
        changed = frame.with_columns(pl.col("total") * 7) if name == "order" else frame
        changed.write_parquet(f"later/{name}.parquet")
    said = gen("drift", model_file, "later")

    assert said.code == 1
    assert said.out.startswith("Refresh: ")
    assert "purchase_value" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_refresh_tells_who_moved_since(gen: Gen, habits: Path, model_file: Path, habit_frames: Frames) -> None:
    Path("before").mkdir()
    for name, frame in habit_frames.items():
        known = frame.filter(pl.col("customer_id") > 20) if "customer_id" in frame.columns else frame
        known.write_parquet(f"before/{name}.parquet")
    said = gen("refresh", model_file, habits, "--before", "before", "-o", "new.json")

    assert said.code == 0
    assert "of 220 customers stay in their segment" in said.out  # those in both
    assert "Refreshed model in new.json" in said.err
    names = [[each.name for each in axis.segments] for axis in load_model(model_file).axes]
    assert [[each.name for each in axis.segments] for axis in load_model("new.json").axes] == names


def test_too_few_customers_are_no_model(gen: Gen) -> None:
    Path("one.csv").write_text("customer_id,ordered_at,total\nann,2024-01-05,10\n", encoding="utf-8")
    said = gen("discover", "one.csv", *FEW)

    assert said.code == 3
    assert "Segments of 1 customers" in said.out
    assert "No axis has segments" in said.err
    assert [path.name for path in Path().iterdir()] == ["one.csv"]


def test_a_reader_who_has_gone_is_no_error(model_file: Path) -> None:
    text = "import sys; from fanwise.generator.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", text, "segments", str(model_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


def test_the_mapping_is_kept_in_the_model_and_the_next_command_is_complete(gen: Gen) -> None:
    write_visits("till visits.csv")
    Path("map.yaml").write_text("order_grain: order\ncancelled: {column: state, values: [void]}\n")
    said = gen("discover", "till visits.csv", "--mapping", "map.yaml", "--as-of", "2024-10-01", "-o", "m.json", *FEW)
    assert "next: gen assign m.json 'till visits.csv' --as-of 2024-10-01 -o segments.parquet" in said.err

    again = ["till visits.csv", "--as-of", "2024-10-01"]
    assert gen("drift", "m.json", *again).out.startswith("Keep")
    with_file = json.loads(gen("assign", "m.json", *again, "-o", "a.csv", "--mapping", "map.yaml", "--json").out)
    without = json.loads(gen("assign", "m.json", *again, "-o", "b.csv", "--json").out)
    assert without["customers"] == with_file["customers"]
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert gen("refresh", "m.json", *again, "-o", "n.json").code == 0
    assert load_model("n.json").mapping == load_model("m.json").mapping != ""

    Path("other.yaml").write_text("order_grain: customer_day\n")
    said = gen("drift", "m.json", *again, "--mapping", "other.yaml")
    assert "the mapping counts otherwise than that of the model" in said.err
    assert "order_grain is 'customer_day', not 'order'" in said.err.replace("\n  ", " ")


def write_visits(path: str) -> None:
    """Write visits without ids, some of one day, some void."""
    rows = ["user_id,created_at,amount,state"]
    for customer in range(1, 61):
        for visit in range(1 + customer % 7):
            day = f"2024-0{1 + (customer + visit) % 8}-1{visit % 5}"
            state = "void" if (customer + visit) % 9 == 0 else "paid"
            rows += [f"{customer},{day} 10:{minute:02}:00,{5 + visit * minute},{state}" for minute in (5, 20)]
    Path(path).write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("url", "again"),
    [
        ("postgresql://ann:secret@db/shop?options=-csearch_path%3Dweb", "postgresql://ann@db/shop?options=-csearch_path%3Dweb"),
        ("postgresql://db/shop?schema=web&password=secret", "postgresql://db/shop?schema=web"),
        ("postgresql://db/shop", "postgresql://db/shop"),
    ],
)  # fmt: skip
def test_a_command_to_repeat_has_the_parameters_but_no_secret(url: str, again: str) -> None:
    assert Address(url).repeatable == again
