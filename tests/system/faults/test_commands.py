"""Killed, interrupted and refused by the disk, in the commands that write beside a run: no file is half written."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.system.faults.conftest import Driver, Seen
from tests.system.faults.test_faults import ALL, ERRORS, spread

pytestmark = pytest.mark.system

COMMANDS = {
    "init": ["init", "--from", "source", "--by", "customer.tier", "--out", "target/schema.yaml"],
    "docs": ["docs", "shop.yaml", "--out", "target"],
    "contract": ["contract", "shop.yaml", "--to", "gx", "--out", "target/suites.json"],
    "dbt": ["dbt", "shop.yaml", "--project", "target"],
    "fidelity": ["fidelity", "source", "synth", "--by", "customer.tier", "--report", "target/r.html"],
    "twin": ["twin", "source", "--by", "customer.tier", "--out", "target/twin", "--force"],
}
NEW = {"init": "schema.yaml", "contract": "suites.json"}
"""What is not replaced where it is there."""
POINTS = {"twin": 12, "dbt": 20}
"""Of commands with a run in them, whose operations are those of `test_faults`."""


@pytest.fixture(scope="module")
def begun(driver: Driver) -> Path:
    """A template: a source of segments, and a target with what was written there earlier."""
    made = ["run", str(driver.schema), "--no-audit", "--out"]
    driver.case({"argv": [*made, "source"]}, {"argv": [*made, "synth", "--seed", "9"]}, save="begun")
    place = driver.work / "begun"
    shutil.copy(driver.schema, place / "shop.yaml")
    target = place / "target"
    target.mkdir()
    (target / "old.json").write_text("{}\n", encoding="utf-8")
    (target / "shop.html").write_text("<p>earlier</p>\n<p>Made by Fanwise.</p>\n", encoding="utf-8")
    return place


def step(command: str, *fault: Any) -> dict[str, Any]:
    return {"argv": COMMANDS[command], **({"fault": list(fault)} if fault else {})}


def template(driver: Driver, command: str, begun: Path) -> tuple[str, dict[str, str], Seen]:
    """Return the template of a command, what is in its target, and what the command leaves without a fault."""
    older, whole = driver.case({"argv": ["check", "--help"]}, step(command), template=begun.name)
    assert whole.code == 0, whole.err
    assert whole.count is not None
    return begun.name, older.tree, whole


def whole_files(tree: dict[str, str], older: dict[str, str], whole: dict[str, str]) -> bool:
    """Return whether each file that is not a part beside its place is the old one or the new one, and none is lost."""
    shown = {name: found for name, found in tree.items() if not any(part.startswith(".") for part in name.split("/"))}
    return all(found in (older.get(name), whole.get(name)) for name, found in shown.items())


def killed(driver: Driver, command: str, begun: Path, points: int) -> None:
    name, older, whole = template(driver, command, begun)
    for number in spread(whole.count or 0, points):
        dead, again = driver.case(step(command, "kill", number, 0), step(command), template=name)
        place = f"{command}, operation {number} of {whole.count}: {again.err}"
        assert dead.code == -signal.SIGKILL, place
        assert whole_files(dead.tree, older, whole.tree), (place, dead.tree)
        if NEW.get(command) in dead.tree:
            assert again.code == 4, place
            continue
        assert again.code == whole.code, place
        assert again.tree == whole.tree, place
        assert again.beside == [], place


def refused(driver: Driver, command: str, begun: Path, points: int) -> None:
    name, older, whole = template(driver, command, begun)
    for number in spread(whole.count or 0, points):
        error = ERRORS[number % len(ERRORS)]
        seen, again = driver.case(step(command, "fail", number, error), step(command), template=name)
        place = f"{command}, operation {number} of {whole.count}: {seen.code} {seen.err}"
        assert "Traceback" not in seen.err, place
        assert not [part for part in seen.tree if "gen-part" in part], place
        assert whole_files(seen.tree, older, whole.tree), (place, seen.tree)
        if seen.code == whole.code and seen.tree == whole.tree:  # what could not be tidied up is no fault
            continue
        assert seen.code == 4, place
        assert os.strerror(error) in seen.err, place
        assert "target" in seen.err, place
        assert again.code == whole.code or NEW.get(command) in seen.tree, f"{place}\n{again.err}"


def interrupted(driver: Driver, command: str, begun: Path, points: int, number: int) -> None:
    name, older, whole = template(driver, command, begun)
    for at in spread(whole.count or 0, points):
        (seen,) = driver.case(step(command, "signal", at, number), template=name)
        place = f"{command}, operation {at} of {whole.count}: {seen.code} {seen.err}"
        assert seen.code == 128 + number, place
        assert "gen: interrupted" in seen.err, place
        assert "Traceback" not in seen.err, place
        assert not [part for part in seen.tree if Path(part).name.startswith(".")], (place, seen.tree)
        assert whole_files(seen.tree, older, whole.tree), (place, seen.tree)
        assert seen.beside == [], place


def test_a_fault_anywhere_leaves_whole_files(driver: Driver, begun: Path) -> None:
    killed(driver, "init", begun, 2)
    refused(driver, "init", begun, 1)
    interrupted(driver, "init", begun, 1, signal.SIGTERM)
    refused(driver, "dbt", begun, 3)
    interrupted(driver, "twin", begun, 2, signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_fault_at_any_operation_leaves_whole_files(driver: Driver, begun: Path, command: str) -> None:
    points = POINTS.get(command, ALL)
    killed(driver, command, begun, points)
    refused(driver, command, begun, points)
    interrupted(driver, command, begun, points, signal.SIGTERM)
    interrupted(driver, command, begun, min(points, 20), signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_of_two_at_once_both_or_one_are_whole(driver: Driver, begun: Path, command: str) -> None:
    name, _, whole = template(driver, command, begun)
    both = driver.case([step(command), step(command)], template=name)
    codes = sorted(seen.code for seen in both)

    assert codes in ([whole.code, whole.code], sorted((whole.code, 4))), [seen.err for seen in both]
    assert both[-1].tree == whole.tree
    for seen in both:
        assert seen.code != 4 or "is writing there" in seen.err or "exists and is not replaced" in seen.err, seen.err


def call(number: int, method: str, **given: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": given}) + "\n"


@pytest.mark.parametrize("number", [30, *(pytest.param(each, marks=pytest.mark.slow) for each in (3, 60))])
def test_a_server_for_agents_that_is_killed_in_a_run_leaves_what_the_next_run_replaces(
    driver: Driver, begun: Path, number: int
) -> None:
    pytest.importorskip("mcp")
    client = {"name": "test", "version": "1"}
    asked = call(1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
    asked += json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n"
    asked += call(2, "tools/call", name="run", arguments={"schema": "shop.yaml", "out": "data", "replace": True})
    before, ended, again = driver.case(
        {"argv": ["run", "shop.yaml", "--out", "data", "--seed", "8", "--no-audit"]},
        {"argv": ["mcp", "--root", "."], "stdin": asked, "fault": ["kill", number, 0]},
        {"argv": ["run", "shop.yaml", "--out", "data", "--force", "--no-audit"]},
        template=begun.name,
    )
    assert before.code == 0, before.err
    assert ended.code == -signal.SIGKILL, ended.err
    assert (again.code, again.beside) == (0, []), again.err


REPORTS = ("twin/like.html", "twin/fidelity.html")
TWIN_AGAIN = [*COMMANDS["twin"], "--seed", "4"]


def of_one_twin(tree: dict[str, str], older: dict[str, str], newer: dict[str, str]) -> bool:
    """Return whether nothing beside the data is about other data."""
    found = tree.get("twin/data/manifest.json")
    about = {name: text for name, text in tree.items() if name in ("twin/schema.yaml", *REPORTS)}
    if found is None:
        return True
    if found == older["twin/data/manifest.json"]:
        return about == {name: older[name] for name in ("twin/schema.yaml", *REPORTS)}
    return "twin/schema.yaml" in about and all(newer[name] == text for name, text in about.items())


@pytest.mark.parametrize("every", [pytest.param(0.04, id="few"), pytest.param(0.01, marks=pytest.mark.slow, id="many")])
def test_a_killed_twin_leaves_no_report_of_an_earlier_one_beside_its_data(
    driver: Driver, begun: Path, every: float
) -> None:
    first, whole = driver.case({"argv": COMMANDS["twin"]}, {"argv": TWIN_AGAIN}, template=begun.name)
    assert (first.code, whole.code) == (0, 0), (first.err, whole.err)
    driver.case({"argv": COMMANDS["twin"]}, template=begun.name, save=f"twinned-{every}")
    count, met = whole.count or 0, set()
    share = 0.78
    while share < 0.96:  # from the publishing of the data to the first report
        fault = {"argv": TWIN_AGAIN, "fault": ["kill", int(count * share), 0]}
        (dead,) = driver.case(fault, template=f"twinned-{every}")
        assert dead.code == -signal.SIGKILL, (share, dead.err)
        assert of_one_twin(dead.tree, first.tree, whole.tree), (share, dead.tree)
        met.add(dead.tree.get("twin/data/manifest.json") == whole.tree["twin/data/manifest.json"])
        share += every
    assert met == {True, False}
