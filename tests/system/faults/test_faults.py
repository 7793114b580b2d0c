"""Killed, interrupted, and refused by the disk at any operation: the old data or the new, whole, and a way to go on."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Sequence

import pytest

from tests.system.faults.conftest import Driver, Seen

pytestmark = pytest.mark.system

ALL = 1000  # more operations than any run of these tests has
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT)


def clean(driver: Driver, options: Sequence[str]) -> Seen:
    """Return what a run without faults leaves."""
    (seen,) = driver.case({"argv": driver.argv(*options)})
    assert seen.code == 0, seen.err
    return seen


def published(driver: Driver) -> Seen:
    """Make a template that holds an older data set, and return what is in it."""
    (seen,) = driver.case({"argv": driver.argv("--seed", "8", "--no-audit")}, save="old")
    return seen


@pytest.fixture(scope="module")
def old(driver: Driver) -> Seen:
    return published(driver)


def spread(count: int, points: int) -> list[int]:
    """Return at most `points` numbers below `count`, the first and the last among them."""
    return (
        sorted({round(place * (count - 1) / (points - 1)) for place in range(points)})
        if points < count
        else list(range(count))
    )


def kill_at(driver: Driver, options: Sequence[str], points: int, before: Seen | None) -> int:
    """Kill a run before operations all over its life, and go on with it each time; return the number of points."""
    template = "old" if before else ""
    older = before.tree if before else {}
    (whole,) = driver.case({"argv": driver.argv(*options)}, template=template)
    assert whole.count is not None
    reused = 0
    numbers = spread(whole.count, points)
    for number in numbers:
        argv = driver.argv(*options)
        killed, resumed = driver.case(
            {"argv": argv, "fault": ["kill", number, 0]}, {"argv": [*argv, "--resume"]}, template=template
        )
        place = f"operation {number} of {whole.count}: {resumed.err}"
        assert killed.code == -signal.SIGKILL, place
        # Between, while files are swapped, nothing vouches for the folder; the next run puts it in order.
        assert killed.tree in (older, whole.tree) or (before and "manifest.json" not in killed.tree), place
        assert resumed.code == 0, place
        assert resumed.tree == whole.tree, place
        assert resumed.beside == [], place
        reused += "kept and not generated again" in resumed.err
    assert reused > len(numbers) // 3
    return len(numbers)


def test_a_killed_run_is_gone_on_with(driver: Driver) -> None:
    assert kill_at(driver, ["--no-audit"], 7, None) == 7


def test_a_killed_run_that_replaces_is_gone_on_with(driver: Driver, old: Seen) -> None:
    assert kill_at(driver, ["--no-audit", "--force"], 4, old) == 4


@pytest.mark.slow
@pytest.mark.parametrize(("file_format", "points"), [("parquet", ALL), ("csv", 20), ("jsonl", 20), ("arrow", 20)])
def test_a_kill_before_any_operation(driver: Driver, old: Seen, file_format: str, points: int) -> None:
    options = ["--no-audit", "--format", file_format]
    met = kill_at(driver, options, points, None) + kill_at(driver, [*options, "--force"], points, old)

    assert met == 2 * points if points < ALL else met > 200


@pytest.mark.slow
def test_a_kill_of_an_audited_run_on_several_threads(driver: Driver) -> None:
    kill_at(driver, ["--threads", "3", "--chunk-rows", "200"], 40, None)


def test_a_run_that_resumes_may_be_killed_too(driver: Driver, old: Seen) -> None:
    argv = driver.argv("--no-audit", "--force")
    whole = clean(driver, ["--no-audit"])
    for first, second in ((40, 10), (60, 25), (85, 8)):
        *_, last = driver.case(
            {"argv": argv, "fault": ["kill", first, 0]},
            {"argv": [*argv, "--resume"], "fault": ["kill", second, 0]},
            {"argv": [*argv, "--resume"]},
            template="old",
        )
        assert last.tree == whole.tree, last.err
        assert last.beside == []


def test_a_plain_run_begins_anew(driver: Driver) -> None:
    argv = driver.argv("--no-audit")
    killed, again = driver.case({"argv": argv, "fault": ["kill", 50, 0]}, {"argv": argv})

    assert killed.beside != []
    assert (again.code, again.beside) == (0, [])
    assert "kept and not generated again" not in again.err
    assert again.tree == clean(driver, ["--no-audit"]).tree


def refuse_at(driver: Driver, options: Sequence[str], points: int, before: Seen | None) -> int:
    """Let operations all over the life of a run fail, one a run; return the number of points."""
    template = "old" if before else ""
    older = before.tree if before else {}
    (whole,) = driver.case({"argv": driver.argv(*options)}, template=template)
    assert whole.count is not None
    numbers = spread(whole.count, points)
    for number in numbers:
        error = ERRORS[number % len(ERRORS)]
        argv = driver.argv(*options)
        refused, again = driver.case(
            {"argv": argv, "fault": ["fail", number, error]}, {"argv": [*argv, "--force"]}, template=template
        )
        place = f"operation {number} of {whole.count}: {refused.err}"
        assert "Traceback" not in refused.err, place
        if refused.code == 0:  # what could not be removed at the end is no fault of the data
            assert refused.tree == whole.tree, place
        else:
            assert refused.code == 4, place
            assert os.strerror(error) in refused.err, place
            assert "target" in refused.err, place
            assert refused.tree == (whole.tree if "is published" in refused.err else older), place
            assert refused.beside == [], place
        assert (again.code, again.tree, again.beside) == (0, whole.tree, []), f"{place}\n{again.err}"
    return len(numbers)


def test_a_disk_that_refuses_once(driver: Driver, old: Seen) -> None:
    assert refuse_at(driver, ["--no-audit"], 5, None) == 5
    assert refuse_at(driver, ["--no-audit", "--force"], 4, old) == 4


@pytest.mark.slow
def test_a_disk_that_refuses_any_operation(driver: Driver, old: Seen) -> None:
    options = ["--no-audit", "--format", "csv"]

    assert refuse_at(driver, options, ALL, None) + refuse_at(driver, [*options, "--force"], ALL, old) > 200


def test_a_run_that_resumes_keeps_its_parts_from_a_disk_that_refuses(driver: Driver) -> None:
    whole = clean(driver, ["--no-audit"])
    argv = driver.argv("--no-audit", "--resume")
    for number in (20, 30, 45):
        refused, again = driver.case({"argv": argv, "fault": ["fail", number, errno.ENOSPC]}, {"argv": argv})

        assert refused.code == 4
        assert "run the same command again to continue" in refused.err
        assert refused.tree == {}
        assert "kept and not generated again" in again.err
        assert (again.tree, again.beside) == (whole.tree, [])


def interrupt_at(driver: Driver, options: Sequence[str], points: int, before: Seen | None, number: int) -> None:
    template = "old" if before else ""
    older = before.tree if before else {}
    (whole,) = driver.case({"argv": driver.argv(*options)}, template=template)
    assert whole.count is not None
    for place in spread(whole.count, points):
        (stopped,) = driver.case({"argv": driver.argv(*options), "fault": ["signal", place, number]}, template=template)
        told = f"operation {place} of {whole.count}: {stopped.err}"
        assert stopped.code == 128 + number, told
        assert "gen: interrupted" in stopped.err, told
        assert "Traceback" not in stopped.err, told
        assert stopped.beside == [], told
        assert stopped.tree == (whole.tree if "was published before that" in stopped.err else older), told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(driver: Driver, old: Seen, number: int) -> None:
    interrupt_at(driver, ["--no-audit"], 5, None, number)
    interrupt_at(driver, ["--no-audit", "--force"], 4, old, number)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "points"), [(signal.SIGINT, ALL), (signal.SIGTERM, 20)])
def test_an_interrupt_at_any_operation(driver: Driver, old: Seen, number: int, points: int) -> None:
    interrupt_at(driver, ["--no-audit", "--format", "csv"], points, None, number)
    interrupt_at(driver, ["--no-audit", "--format", "csv", "--force"], points, old, number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_that_resumes_says_how_to_go_on(driver: Driver, number: int) -> None:
    argv = driver.argv("--no-audit", "--resume")
    stopped, again = driver.case({"argv": argv, "fault": ["signal", 60, number]}, {"argv": argv})

    assert stopped.code == 128 + number
    assert "run the same command again to continue" in stopped.err
    assert "kept and not generated again" in again.err
    assert (again.tree, again.beside) == (clean(driver, ["--no-audit"]).tree, [])


def test_of_two_runs_at_once_one_is_told_so(driver: Driver) -> None:
    whole = clean(driver, ["--no-audit"])
    step = {"argv": driver.argv("--no-audit")}
    for _ in range(2):
        both = driver.case([step, step])

        assert sorted(seen.code for seen in both) == [0, 4]
        refusal = next(seen.err for seen in both if seen.code == 4)
        assert "another run is writing there" in refusal or "already holds a data set" in refusal
        assert (both[-1].tree, both[-1].beside) == (whole.tree, [])
